using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>A single number: for a state in a lane of its own, for what is left behind whole vectors, and for hardware without vectors.</summary>
internal readonly struct Lanes1<T>(T value) : IVector<T, Lanes1<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    public static int Count => 1;

    public T First => _value;

    public static int Registers => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Load(ref readonly T source) => new(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Broadcast(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Constant(double value) => new(T.CreateTruncating(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Constant(double value, double singleValue) => new(T.CreateTruncating(typeof(T) == typeof(double) ? value : singleValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> MultiplyAdd(Lanes1<T> factor, Lanes1<T> values, Lanes1<T> sums) =>
        new(T.MultiplyAddEstimate(factor._value, values._value, sums._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> FusedMultiplyAdd(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c) => new(T.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator +(Lanes1<T> a, Lanes1<T> b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator -(Lanes1<T> a, Lanes1<T> b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator *(Lanes1<T> a, Lanes1<T> b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator /(Lanes1<T> a, Lanes1<T> b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator -(Lanes1<T> a) => new(-a._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Abs(Lanes1<T> value) => new(T.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Sqrt(Lanes1<T> value) => new(T.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> CopySign(Lanes1<T> value, Lanes1<T> sign) => new(T.CopySign(value._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Minimum(Lanes1<T> bound, Lanes1<T> value) => From(Vector128.MinNative(bound.ToVector(), value.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Maximum(Lanes1<T> bound, Lanes1<T> value) => From(Vector128.MaxNative(bound.ToVector(), value.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> MaximumOrNaN(Lanes1<T> a, Lanes1<T> b) => new(T.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> LessThan(Lanes1<T> a, Lanes1<T> b) => From(Vector128.LessThan(a.ToVector(), b.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> LessThanOrEqual(Lanes1<T> a, Lanes1<T> b) => From(Vector128.LessThanOrEqual(a.ToVector(), b.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Equals(Lanes1<T> a, Lanes1<T> b) => From(Vector128.Equals(a.ToVector(), b.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Select(Lanes1<T> mask, Lanes1<T> whereSet, Lanes1<T> elsewhere) => From(Vector128.ConditionalSelect(mask.ToVector(), whereSet.ToVector(), elsewhere.ToVector()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator &(Lanes1<T> a, Lanes1<T> b) => From(a.ToVector() & b.ToVector());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> operator |(Lanes1<T> a, Lanes1<T> b) => From(a.ToVector() | b.ToVector());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Without(Lanes1<T> a, Lanes1<T> mask) => From(Vector128.AndNot(a.ToVector(), mask.ToVector()));

    public static bool Any(Lanes1<T> mask) => Bits(mask) != 0;

    public static uint Bits(Lanes1<T> mask) => Vector128.ExtractMostSignificantBits(mask.ToVector()) & 1u;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Mask(uint bits) => FromBits(-(long)(bits & 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> Exponent(Lanes1<T> x, out Lanes1<T> mantissa)
    {
        int fraction = typeof(T) == typeof(double) ? ExponentBits.Fraction : ExponentBits.SingleFraction;
        long n = (x.ToBits() - (typeof(T) == typeof(double) ? ExponentBits.RootOfHalf : ExponentBits.SingleRootOfHalf)) >> fraction;
        mantissa = FromBits(x.ToBits() - (n << fraction));
        return new(T.CreateTruncating(n));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> PowerOfTwo(Lanes1<T> exponents) =>
        FromBits(exponents.ToBits() << (typeof(T) == typeof(double) ? ExponentBits.Fraction : ExponentBits.SingleFraction));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1<T> HasBit(Lanes1<T> numbers, int bit) => FromBits(-(numbers.ToBits() >> bit & 1));

    public static Vector256<double> Sums(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c, Lanes1<T> d) => Vector256.Create(
        double.CreateTruncating(a._value), double.CreateTruncating(b._value), double.CreateTruncating(c._value), double.CreateTruncating(d._value));

    public static T Sum(Lanes1<T> value) => value._value;

    public void Store(ref T destination) => destination = _value;

    public static Lanes1<T> LoadRounded(ref readonly double source) => new(T.CreateTruncating(source));

    public void StoreWidened(ref double destination) => destination = double.CreateTruncating(_value);

    public void AddTo(ref double destination) => destination += double.CreateTruncating(_value);

    // What has no instruction for a number alone is done to the first lane of a register: nothing moves for it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<T> ToVector() => Vector128.CreateScalarUnsafe(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes1<T> From(Vector128<T> vector) => new(vector.ToScalar());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long ToBits() => typeof(T) == typeof(double) ? Unsafe.BitCast<T, long>(_value) : Unsafe.BitCast<T, int>(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes1<T> FromBits(long bits) => new(typeof(T) == typeof(double) ? Unsafe.BitCast<long, T>(bits) : Unsafe.BitCast<int, T>((int)bits));
}
