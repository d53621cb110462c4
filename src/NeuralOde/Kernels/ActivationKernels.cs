using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// Activation functions over whole buffers. A function is a tiny struct, the loop is shared; buffers hold whole vectors
/// (<see cref="BatchLayout"/>), source and destination may be the same.
/// </summary>
internal static class ActivationKernels<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>outputs = σ(inputs).</summary>
    public static void Apply(Activation activation, ReadOnlySpan<T> inputs, Span<T> outputs)
    {
        switch (activation)
        {
            case Activation.Identity: inputs.CopyTo(outputs); break;
            case Activation.Tanh: Apply<TanhFunction>(inputs, outputs); break;
            case Activation.Sigmoid: Apply<SigmoidFunction>(inputs, outputs); break;
            case Activation.Softplus: Apply<SoftplusFunction>(inputs, outputs); break;
            case Activation.Elu: Apply<EluFunction>(inputs, outputs); break;
            case Activation.Gelu: Apply<GeluFunction>(inputs, outputs); break;
            case Activation.Silu: Apply<SiluFunction>(inputs, outputs); break;
            case Activation.Relu: Apply<ReluFunction>(inputs, outputs); break;
            case Activation.Sin: Apply<SinFunction>(inputs, outputs); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    /// <summary>inputCotangents = outputCotangents ∘ σ'. Where the derivative follows from the output alone, <paramref name="inputs"/> is not read.</summary>
    public static void Backpropagate(Activation activation, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents)
    {
        switch (activation)
        {
            case Activation.Identity: outputCotangents.CopyTo(inputCotangents); break;
            case Activation.Tanh: Backpropagate<TanhFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Sigmoid: Backpropagate<SigmoidFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Softplus: Backpropagate<SoftplusFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Elu: Backpropagate<EluFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Gelu: Backpropagate<GeluFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Silu: Backpropagate<SiluFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Relu: Backpropagate<ReluFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Sin: Backpropagate<SinFunction>(inputs, outputs, outputCotangents, inputCotangents); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    private static void Apply<TFunction>(ReadOnlySpan<T> inputs, Span<T> outputs) where TFunction : struct, IActivationFunction
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs[..inputs.Length]);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
            TFunction.Value(TVector.Load(ref Unsafe.Add(ref x, i))).Store(ref Unsafe.Add(ref y, i));
    }

    private static void Backpropagate<TFunction>(ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) where TFunction : struct, IActivationFunction
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs[..inputs.Length]);
        ref T g = ref MemoryMarshal.GetReference(outputCotangents[..inputs.Length]);
        ref T destination = ref MemoryMarshal.GetReference(inputCotangents[..inputs.Length]);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
        {
            TVector slope = TFunction.Derivative(TVector.Load(ref Unsafe.Add(ref x, i)), TVector.Load(ref Unsafe.Add(ref y, i)));
            (TVector.Load(ref Unsafe.Add(ref g, i)) * slope).Store(ref Unsafe.Add(ref destination, i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Bounded(TVector x, double bound) => Transcendental<T, TVector>.Maximum(Transcendental<T, TVector>.Minimum(x, bound, bound), -bound, -bound);

    /// <summary>x, but for −∞ the least finite number: times 0 it is 0, and not NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AboveMinusInfinity(TVector x) => Transcendental<T, TVector>.Maximum(x, double.MinValue, float.MinValue);

    /// <summary>σ and σ', the latter from whichever of input and output is cheaper.</summary>
    private interface IActivationFunction
    {
        static abstract TVector Value(TVector x);

        static abstract TVector Derivative(TVector x, TVector y);
    }

    private readonly struct TanhFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => Transcendental<T, TVector>.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => TVector.Constant(1.0) - y * y;
    }

    private readonly struct SigmoidFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => Transcendental<T, TVector>.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => y * (TVector.Constant(1.0) - y);
    }

    private readonly struct SoftplusFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => Transcendental<T, TVector>.Softplus(x);

        // y = log(1 + e^x), so the derivative e^x/(1 + e^x) is 1 − e^−y.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => -Transcendental<T, TVector>.ExpMinusOne(-y);
    }

    private readonly struct EluFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => TVector.Select(TVector.LessThan(x, TVector.Constant(0.0)), Transcendental<T, TVector>.ExpMinusOne(x), x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => TVector.Constant(1.0) + Transcendental<T, TVector>.Minimum(y, 0.0, 0.0);
    }

    /// <summary>x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016), not the tanh approximation.</summary>
    private readonly struct GeluFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => AboveMinusInfinity(x) * NormalDistribution<T, TVector>.Distribution(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y)
        {
            TVector bounded = Bounded(x, 100.0);
            return NormalDistribution<T, TVector>.Distribution(x) + bounded * NormalDistribution<T, TVector>.Density(bounded);
        }
    }

    private readonly struct SiluFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => AboveMinusInfinity(x) * Transcendental<T, TVector>.Sigmoid(x);

        // s·(1 + x·(1 − s)) with 1 − s as the sigmoid of −x: the difference would lose digits that x multiplies.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y)
        {
            TVector bounded = Bounded(x, 1000.0);
            TVector sigmoid = Transcendental<T, TVector>.Sigmoid(bounded, out TVector complement);
            return sigmoid * (TVector.Constant(1.0) + bounded * complement);
        }
    }

    private readonly struct ReluFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => Transcendental<T, TVector>.Maximum(x, 0.0, 0.0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => TVector.Select(TVector.LessThan(TVector.Constant(0.0), y), TVector.Constant(1.0), TVector.Constant(0.0));
    }

    private readonly struct SinFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Value(TVector x) => Trigonometric<T, TVector>.Sin(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Derivative(TVector x, TVector y) => Trigonometric<T, TVector>.Cos(x);
    }
}
