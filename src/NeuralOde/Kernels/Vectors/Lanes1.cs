using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>A single number, for hardware without vectors.</summary>
internal readonly struct Lanes1<T>(T value) : IVector<T, Lanes1<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    public static int Vectors => 1;

    public static int Count => 1;

    public static int Registers => 16;

    public static Lanes1<T> Load(ref readonly T source) => new(source);

    public static Lanes1<T> Broadcast(T value) => new(value);

    public static Lanes1<T> Constant(double value) => new(T.CreateTruncating(value));

    public static Lanes1<T> Constant(double value, double singleValue) => new(T.CreateTruncating(typeof(T) == typeof(double) ? value : singleValue));

    public static Lanes1<T> MultiplyAdd(Lanes1<T> factor, Lanes1<T> values, Lanes1<T> sums) =>
        new(T.MultiplyAddEstimate(factor._value, values._value, sums._value));

    public static Lanes1<T> FusedMultiplyAdd(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c) => new(T.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Lanes1<T> operator +(Lanes1<T> a, Lanes1<T> b) => new(a._value + b._value);

    public static Lanes1<T> operator -(Lanes1<T> a, Lanes1<T> b) => new(a._value - b._value);

    public static Lanes1<T> operator *(Lanes1<T> a, Lanes1<T> b) => new(a._value * b._value);

    public static Lanes1<T> operator /(Lanes1<T> a, Lanes1<T> b) => new(a._value / b._value);

    public static Lanes1<T> operator -(Lanes1<T> a) => new(-a._value);

    public static Lanes1<T> Abs(Lanes1<T> value) => new(T.Abs(value._value));

    public static Lanes1<T> CopySign(Lanes1<T> value, Lanes1<T> sign) => new(T.CopySign(value._value, sign._value));

    public static Lanes1<T> Minimum(Lanes1<T> bound, Lanes1<T> value) => bound._value < value._value ? bound : value;

    public static Lanes1<T> Maximum(Lanes1<T> bound, Lanes1<T> value) => bound._value > value._value ? bound : value;

    public static Lanes1<T> LessThan(Lanes1<T> a, Lanes1<T> b) => Mask(a._value < b._value);

    public static Lanes1<T> Equals(Lanes1<T> a, Lanes1<T> b) => Mask(a._value == b._value);

    public static Lanes1<T> Select(Lanes1<T> mask, Lanes1<T> whereSet, Lanes1<T> elsewhere) => Any(mask) ? whereSet : elsewhere;

    public static bool Any(Lanes1<T> mask) => !T.IsZero(mask._value);

    public static Lanes1<T> PowerOfTwo(Lanes1<T> exponents) => new(typeof(T) == typeof(double)
        ? Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(exponents._value) << 52)
        : Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(exponents._value) << 23));

    public static Lanes1<T> HasBit(Lanes1<T> numbers, int bit) => Mask(typeof(T) == typeof(double)
        ? (Unsafe.BitCast<T, long>(numbers._value) >> bit & 1) != 0
        : (Unsafe.BitCast<T, int>(numbers._value) >> bit & 1) != 0);

    public static Vector256<double> Sums(Lanes1<T> a, Lanes1<T> b, Lanes1<T> c, Lanes1<T> d) => Vector256.Create(
        double.CreateTruncating(a._value), double.CreateTruncating(b._value), double.CreateTruncating(c._value), double.CreateTruncating(d._value));

    public static T Sum(Lanes1<T> value) => value._value;

    public void Store(ref T destination) => destination = _value;

    public void AddTo(ref double destination) => destination += double.CreateTruncating(_value);

    private static Lanes1<T> Mask(bool isSet) => new(isSet ? T.One : T.Zero);
}
