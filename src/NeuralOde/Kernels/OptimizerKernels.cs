using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Updates of optimizers, in vectors as far as whole ones go and number by number behind, with the same bits.</summary>
internal abstract class OptimizerKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static OptimizerKernels Widest { get; } = VectorWidth.Widest<double, OptimizerKernels, Maker>(default);

    /// <summary>Adam: m = β1 m + (1 − β1) g, v = β2 v + (1 − β2) g², θ = remaining · θ − rate · m / (√v / rootCorrection + ε).</summary>
    public abstract void Adam(Span<double> parameters, ReadOnlySpan<double> gradient, Span<double> firstMoment, Span<double> secondMoment,
        double beta1, double beta2, double remaining, double rate, double rootCorrection, double epsilon);

    /// <summary>RMSProp: v = α v + (1 − α) g², result = g / (√v + ε).</summary>
    public abstract void Normalize(ReadOnlySpan<double> gradient, Span<double> squareAverage, double smoothing, double epsilon, Span<double> result);

    private readonly struct Maker : VectorWidth.IMaker<double, OptimizerKernels>
    {
        public OptimizerKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new OptimizerKernels<TVector>();
    }
}

/// <inheritdoc cref="OptimizerKernels"/>
internal sealed class OptimizerKernels<TVector> : OptimizerKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    public override void Adam(Span<double> parameters, ReadOnlySpan<double> gradient, Span<double> firstMoment, Span<double> secondMoment,
        double beta1, double beta2, double remaining, double rate, double rootCorrection, double epsilon)
    {
        int whole = parameters.Length / TVector.Count * TVector.Count;
        Adam<TVector>(0, whole, parameters, gradient, firstMoment, secondMoment, beta1, beta2, remaining, rate, rootCorrection, epsilon);
        Adam<Lanes1<double>>(whole, parameters.Length, parameters, gradient, firstMoment, secondMoment, beta1, beta2, remaining, rate, rootCorrection, epsilon);
    }

    public override void Normalize(ReadOnlySpan<double> gradient, Span<double> squareAverage, double smoothing, double epsilon, Span<double> result)
    {
        int whole = gradient.Length / TVector.Count * TVector.Count;
        Normalize<TVector>(0, whole, gradient, squareAverage, smoothing, epsilon, result);
        Normalize<Lanes1<double>>(whole, gradient.Length, gradient, squareAverage, smoothing, epsilon, result);
    }

    private static void Adam<V>(int first, int end, Span<double> parameters, ReadOnlySpan<double> gradient, Span<double> firstMoment, Span<double> secondMoment,
        double beta1, double beta2, double remaining, double rate, double rootCorrection, double epsilon)
        where V : unmanaged, IVector<double, V>
    {
        ref double g = ref MemoryMarshal.GetReference(gradient[..end]);
        ref double m = ref MemoryMarshal.GetReference(firstMoment[..end]), v = ref MemoryMarshal.GetReference(secondMoment[..end]);
        ref double theta = ref MemoryMarshal.GetReference(parameters[..end]);
        V decay1 = V.Broadcast(beta1), fresh1 = V.Broadcast(1 - beta1), decay2 = V.Broadcast(beta2), fresh2 = V.Broadcast(1 - beta2);
        for (int i = first; i < end; i += V.Count)
        {
            V slope = V.Load(ref Unsafe.Add(ref g, i));
            V moment = decay1 * V.Load(ref Unsafe.Add(ref m, i)) + fresh1 * slope;
            V square = decay2 * V.Load(ref Unsafe.Add(ref v, i)) + fresh2 * slope * slope;
            moment.Store(ref Unsafe.Add(ref m, i));
            square.Store(ref Unsafe.Add(ref v, i));
            V change = V.Broadcast(rate) * moment / (V.Sqrt(square) / V.Broadcast(rootCorrection) + V.Broadcast(epsilon));
            (V.Broadcast(remaining) * V.Load(ref Unsafe.Add(ref theta, i)) - change).Store(ref Unsafe.Add(ref theta, i));
        }
    }

    private static void Normalize<V>(int first, int end, ReadOnlySpan<double> gradient, Span<double> squareAverage, double smoothing, double epsilon, Span<double> result)
        where V : unmanaged, IVector<double, V>
    {
        ref double g = ref MemoryMarshal.GetReference(gradient[..end]);
        ref double v = ref MemoryMarshal.GetReference(squareAverage[..end]), normalized = ref MemoryMarshal.GetReference(result[..end]);
        V decay = V.Broadcast(smoothing), fresh = V.Broadcast(1 - smoothing);
        for (int i = first; i < end; i += V.Count)
        {
            V slope = V.Load(ref Unsafe.Add(ref g, i));
            V square = decay * V.Load(ref Unsafe.Add(ref v, i)) + fresh * slope * slope;
            square.Store(ref Unsafe.Add(ref v, i));
            (slope / (V.Sqrt(square) + V.Broadcast(epsilon))).Store(ref Unsafe.Add(ref normalized, i));
        }
    }
}
