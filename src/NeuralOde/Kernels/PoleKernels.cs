using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Rejects the steps of a batch that have jumped over a pole (<see cref="PoleTest{TVector}"/>).</summary>
internal abstract class PoleKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    private static readonly PoleKernels Widest = VectorWidth.Widest<double, PoleKernels, Maker>(default);

    private static readonly PoleKernels OneByOne = new PoleKernels<Lanes1<double>>();

    /// <summary>Those that suit a batch; a single sample's rows are one number.</summary>
    public static PoleKernels For(BatchLayout layout) => layout.IsSingle ? OneByOne : Widest;

    /// <summary>Raises the errors, one per sample, of steps over a pole above 1.</summary>
    public abstract void Judge(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int endStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, Span<double> errors);

    private readonly struct Maker : VectorWidth.IMaker<double, PoleKernels>
    {
        public PoleKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new PoleKernels<TVector>();
    }
}

/// <inheritdoc cref="PoleKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class PoleKernels<TVector> : PoleKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    public override void Judge(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int endStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, Span<double> errors)
    {
        int size = layout.Length(dimension);
        before = before[..size];
        after = after[..size];
        steps = steps[..layout.RowLength];
        errors = errors[..layout.RowLength];
        KernelArguments.ThrowIfShort(derivatives.Length, (endStage + 1L) * size);
        ref double slopes = ref KernelArguments.Stages(derivatives, indices, size);
        ref double weight = ref MemoryMarshal.GetReference(weights[..indices.Length]);
        for (int lane = 0; lane < layout.RowLength; lane += TVector.Count)
        {
            var test = default(PoleTest<TVector>);
            for (int i = 0; i < dimension; i++)
            {
                int at = i * layout.Stride + lane;
                TVector difference = StageKernels<TVector>.Sum(ref Unsafe.Add(ref slopes, at), size, indices, ref weight);
                TVector magnitude = TVector.Maximum(TVector.Abs(TVector.Load(in before[at])), TVector.Abs(TVector.Load(in after[at])));
                TVector scale = ErrorArithmetic<TVector>.Scale(magnitude, TVector.Broadcast(relativeTolerances[i]), TVector.Broadcast(absoluteTolerances[i]));
                test.Add(difference, TVector.Load(ref Unsafe.Add(ref slopes, at)), TVector.Load(ref Unsafe.Add(ref slopes, endStage * size + at)), magnitude, scale);
            }

            test.Judge(TVector.Load(in steps[lane]), TVector.Load(in errors[lane])).Store(ref errors[lane]);
        }
    }
}
