using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>σ and σ', the latter from whichever of input and output is cheaper. The loops are those of <see cref="ActivationKernels{T,TVector}"/>.</summary>
internal interface IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector>;

    static abstract TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector>;
}

internal readonly struct TanhFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => TVector.Constant(1.0) - y * y;
}

internal readonly struct SigmoidFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => y * (TVector.Constant(1.0) - y);
}

internal readonly struct SoftplusFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.Softplus(x);

    // y = log(1 + e^x), so the derivative e^x/(1 + e^x) is 1 − e^−y.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => -Transcendental<T, TVector>.ExpMinusOne(-y);
}

internal readonly struct EluFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => TVector.Select(TVector.LessThan(x, TVector.Constant(0.0)), Transcendental<T, TVector>.ExpMinusOne(x), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => TVector.Constant(1.0) + Transcendental<T, TVector>.Minimum(y, 0.0, 0.0);
}

/// <summary>x·Φ(x) with the exact normal distribution function Φ (Hendrycks &amp; Gimpel 2016), not the tanh approximation.</summary>
internal readonly struct GeluFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.AboveMinusInfinity(x) * NormalDistribution<T, TVector>.Distribution(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector>
    {
        TVector bounded = Transcendental<T, TVector>.Bounded(x, 100.0);
        return NormalDistribution<T, TVector>.Distribution(x) + bounded * NormalDistribution<T, TVector>.Density(bounded);
    }
}

internal readonly struct SiluFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.AboveMinusInfinity(x) * Transcendental<T, TVector>.Sigmoid(x);

    // s·(1 + x·(1 − s)) with 1 − s as the sigmoid of −x: the difference would lose digits that x multiplies.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector>
    {
        TVector bounded = Transcendental<T, TVector>.Bounded(x, 1000.0);
        TVector sigmoid = Transcendental<T, TVector>.Sigmoid(bounded, out TVector complement);
        return sigmoid * (TVector.Constant(1.0) + bounded * complement);
    }
}

internal readonly struct ReluFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Transcendental<T, TVector>.Maximum(x, 0.0, 0.0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => TVector.Select(TVector.LessThan(TVector.Constant(0.0), y), TVector.Constant(1.0), TVector.Constant(0.0));
}

internal readonly struct SinFunction<T> : IActivationFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x)
        where TVector : unmanaged, IVector<T, TVector> => Trigonometric<T, TVector>.Sin(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Derivative<TVector>(TVector x, TVector y)
        where TVector : unmanaged, IVector<T, TVector> => Trigonometric<T, TVector>.Cos(x);
}
