using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Dense output of whole batches in which every sample has a θ of its own; a θ of NaN stands for a sample that wants nothing.</summary>
/// <remarks>
/// Weights are rows of one number per sample. The bits are those of the same sums number by number, so that a sample has the same alone and in a batch.
/// </remarks>
internal abstract class InterpolationKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    private static readonly InterpolationKernels Widest = VectorWidth.Widest<double, InterpolationKernels, Maker>(default);

    private static readonly InterpolationKernels OneByOne = new InterpolationKernels<Lanes1<double>>();

    /// <summary>Those that suit a batch; a single sample's rows are one number.</summary>
    public static InterpolationKernels For(BatchLayout layout) => layout.IsSingle ? OneByOne : Widest;

    /// <summary>weights[i] = Σ_p coefficients[p][i] · e_p(θ) from the last p to the first, in the basis θ, θ(1−θ), θ²(1−θ), θ²(1−θ)², …; 0 where θ is NaN.</summary>
    public abstract void HermiteWeights(ReadOnlySpan<double> thetas, double[][] coefficients, int rows, Span<double> weights);

    /// <summary>result = states + step · Σ_i weights[i] · slopes[i] for the samples that want something; the others' numbers may be anything.</summary>
    public abstract void Interpolate(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps, ReadOnlySpan<double> thetas,
        ReadOnlySpan<double> weights, ReadOnlySpan<double> slopes, Span<double> result);

    /// <summary>cotangents of slope i += step · weights[i] · outputCotangent: the way back from <see cref="Interpolate"/>. Zero for samples that want nothing.</summary>
    public abstract void AddCotangents(BatchLayout layout, int dimension, ReadOnlySpan<double> steps, ReadOnlySpan<double> thetas,
        ReadOnlySpan<double> weights, ReadOnlySpan<double> outputCotangents, Span<double> slopeCotangents);

    private readonly struct Maker : VectorWidth.IMaker<double, InterpolationKernels>
    {
        public InterpolationKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new InterpolationKernels<TVector>();
    }
}

/// <inheritdoc cref="InterpolationKernels"/>
internal sealed class InterpolationKernels<TVector> : InterpolationKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    public override void HermiteWeights(ReadOnlySpan<double> thetas, double[][] coefficients, int rows, Span<double> weights)
    {
        int rowLength = thetas.Length;
        ref double weight = ref KernelArguments.First<double>(weights, rows, rowLength);
        Span<TVector> basis = stackalloc TVector[coefficients.Length];
        for (int lane = 0; lane < rowLength; lane += TVector.Count)
        {
            TVector theta = TVector.Load(in thetas[lane]), wanted = TVector.Equals(theta, theta);
            if (!TVector.Any(wanted))
                continue;
            TVector rest = TVector.Constant(1.0) - theta, element = theta;
            for (int p = 0; p < basis.Length; p++)
            {
                basis[p] = element;
                element *= p % 2 == 0 ? rest : theta;
            }

            for (int i = 0; i < rows; i++)
            {
                TVector sum = TVector.Constant(0.0);
                for (int p = basis.Length - 1; p >= 0; p--)
                    sum += TVector.Broadcast(coefficients[p][i]) * basis[p];
                (sum & wanted).Store(ref Unsafe.Add(ref weight, i * rowLength + lane));
            }
        }
    }

    public override void Interpolate(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps, ReadOnlySpan<double> thetas,
        ReadOnlySpan<double> weights, ReadOnlySpan<double> slopes, Span<double> result)
    {
        int stateLength = layout.Length(dimension), rowLength = layout.RowLength, rows = weights.Length / rowLength;
        ref double weight = ref MemoryMarshal.GetReference(weights);
        ref double slope = ref KernelArguments.First(slopes, rows, stateLength);
        states = states[..stateLength];
        result = result[..stateLength];
        steps = steps[..rowLength];
        thetas = thetas[..rowLength];
        for (int lane = 0; lane < rowLength; lane += TVector.Count)
        {
            if (!IsWanted(thetas, lane))
                continue;
            TVector step = TVector.Load(in steps[lane]);
            for (int i = 0; i < dimension; i++)
            {
                int at = i * layout.Stride + lane;
                TVector sum = TVector.Constant(0.0);
                for (int row = 0; row < rows; row++)
                    sum += TVector.Load(ref Unsafe.Add(ref weight, row * rowLength + lane)) * TVector.Load(ref Unsafe.Add(ref slope, row * stateLength + at));
                (TVector.Load(in states[at]) + step * sum).Store(ref result[at]);
            }
        }
    }

    public override void AddCotangents(BatchLayout layout, int dimension, ReadOnlySpan<double> steps, ReadOnlySpan<double> thetas,
        ReadOnlySpan<double> weights, ReadOnlySpan<double> outputCotangents, Span<double> slopeCotangents)
    {
        int stateLength = layout.Length(dimension), rowLength = layout.RowLength, rows = weights.Length / rowLength;
        steps = steps[..rowLength];
        thetas = thetas[..rowLength];
        ref double cotangent = ref MemoryMarshal.GetReference(outputCotangents[..stateLength]);
        ref double result = ref KernelArguments.First<double>(slopeCotangents, rows, stateLength);
        for (int lane = 0; lane < rowLength; lane += TVector.Count)
        {
            if (!IsWanted(thetas, lane))
                continue;
            TVector step = TVector.Load(in steps[lane]);
            for (int row = 0; row < rows; row++)
            {
                TVector factor = step * TVector.Load(in weights[row * rowLength + lane]);
                for (int i = 0; i < dimension; i++)
                {
                    int at = i * layout.Stride + lane;
                    ref double target = ref Unsafe.Add(ref result, row * stateLength + at);
                    (TVector.Load(ref target) + factor * TVector.Load(ref Unsafe.Add(ref cotangent, at))).Store(ref target);
                }
            }
        }
    }

    private static bool IsWanted(ReadOnlySpan<double> thetas, int lane)
    {
        TVector theta = TVector.Load(in thetas[lane]);
        return TVector.Any(TVector.Equals(theta, theta));
    }
}
