using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>
/// Activation functions over whole buffers. A function is a tiny struct, the loop is shared; buffers hold whole vectors
/// (<see cref="BatchLayout"/>), source and destination may be the same.
/// </summary>
internal static class ActivationKernels
{
    /// <summary>outputs = σ(inputs).</summary>
    public static void Apply(Activation activation, ReadOnlySpan<double> inputs, Span<double> outputs)
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

    /// <summary>inputCotangents = outputCotangents ∘ σ'. Where <see cref="DerivativeNeedsInput"/> is false, <paramref name="inputs"/> is not read.</summary>
    public static void Backpropagate(Activation activation, ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputs,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents)
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

    /// <summary>False where σ' follows from σ alone, so that the activation may overwrite its input.</summary>
    public static bool DerivativeNeedsInput(Activation activation) =>
        activation is Activation.Gelu or Activation.Silu or Activation.Sin;

    private static void Apply<T>(ReadOnlySpan<double> inputs, Span<double> outputs) where T : struct, IActivationFunction
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(inputs);
        Span<V> y = MemoryMarshal.Cast<double, V>(outputs)[..x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = T.Value(x[i]);
    }

    private static void Backpropagate<T>(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputs,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents) where T : struct, IActivationFunction
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(inputs);
        ReadOnlySpan<V> y = MemoryMarshal.Cast<double, V>(outputs)[..x.Length];
        ReadOnlySpan<V> g = MemoryMarshal.Cast<double, V>(outputCotangents)[..x.Length];
        Span<V> destination = MemoryMarshal.Cast<double, V>(inputCotangents)[..x.Length];
        for (int i = 0; i < x.Length; i++)
            destination[i] = g[i] * T.Derivative(x[i], y[i]);
    }

    /// <summary>σ and σ', the latter from whichever of input and output is cheaper.</summary>
    private interface IActivationFunction
    {
        static abstract V Value(V x);

        static abstract V Derivative(V x, V y);
    }

    private readonly struct TanhFunction : IActivationFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Value(V x) => Transcendental.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Derivative(V x, V y) => V.One - y * y;
    }

    private readonly struct SigmoidFunction : IActivationFunction
    {
        public static V Value(V x) => Transcendental.Sigmoid(x);

        public static V Derivative(V x, V y) => y * (V.One - y);
    }

    private readonly struct SoftplusFunction : IActivationFunction
    {
        public static V Value(V x) => Transcendental.Softplus(x);

        // y = log(1 + e^x), so the derivative e^x/(1 + e^x) is 1 − e^−y.
        public static V Derivative(V x, V y) =>
            -Transcendental.ExpMinusOne(-Simd.Min(y, Simd.Create(700.0)));
    }

    private readonly struct EluFunction : IActivationFunction
    {
        public static V Value(V x) =>
            Simd.ConditionalSelect(Simd.LessThan(x, V.Zero), Transcendental.ExpMinusOne(Simd.Max(x, Simd.Create(-700.0))), x);

        public static V Derivative(V x, V y) => V.One + Simd.Min(y, V.Zero);
    }

    /// <summary>x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016), not the tanh approximation.</summary>
    private readonly struct GeluFunction : IActivationFunction
    {
        // −∞ · 0 would be NaN; where the other factor is 0 any finite x gives the limit.
        public static V Value(V x) => Simd.Max(x, Simd.Create(double.MinValue)) * NormalDistribution.Distribution(x);

        public static V Derivative(V x, V y)
        {
            V bounded = Simd.Max(Simd.Min(x, Simd.Create(100.0)), Simd.Create(-100.0));
            return NormalDistribution.Distribution(x) + bounded * NormalDistribution.Density(bounded);
        }
    }

    private readonly struct SiluFunction : IActivationFunction
    {
        // −∞ · 0 would be NaN.
        public static V Value(V x) => Simd.Max(x, Simd.Create(double.MinValue)) * Transcendental.Sigmoid(x);

        // s·(1 + x·(1 − s)) with 1 − s as the sigmoid of −x: the difference would lose digits that x multiplies.
        public static V Derivative(V x, V y)
        {
            V bounded = Simd.Max(Simd.Min(x, Simd.Create(1000.0)), Simd.Create(-1000.0));
            return Transcendental.Sigmoid(bounded) * (V.One + bounded * Transcendental.Sigmoid(-bounded));
        }
    }

    private readonly struct ReluFunction : IActivationFunction
    {
        public static V Value(V x) => Simd.Max(x, V.Zero);

        public static V Derivative(V x, V y) => Simd.ConditionalSelect(Simd.GreaterThan(y, V.Zero), V.One, V.Zero);
    }

    private readonly struct SinFunction : IActivationFunction
    {
        public static V Value(V x) => Trigonometric.Sin(x);

        public static V Derivative(V x, V y) => Trigonometric.Cos(x);
    }
}
