using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace NeuralOde;

/// <summary>128 bits: 2 doubles or 4 floats.</summary>
internal readonly struct Lanes128<T>(Vector128<T> vector) : IVector<T, Lanes128<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector128<T> _vector = vector;

    public static int Count => Vector128<T>.Count;

    public T First => _vector.ToScalar();

    public static int Registers => AdvSimd.Arm64.IsSupported ? 32 : 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Load(ref readonly T source) => new(Vector128.LoadUnsafe(in source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Constant(double value, double singleValue) =>
        new(typeof(T) == typeof(double) ? Vector128.Create(value).As<double, T>() : Vector128.Create((float)singleValue).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Constant(double value) =>
        new(typeof(T) == typeof(double) ? Vector128.Create(value).As<double, T>() : Vector128.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> MultiplyAdd(Lanes128<T> factor, Lanes128<T> values, Lanes128<T> sums) => new(typeof(T) == typeof(double)
        ? Vector128.MultiplyAddEstimate(factor._vector.AsDouble(), values._vector.AsDouble(), sums._vector.AsDouble()).As<double, T>()
        : Vector128.MultiplyAddEstimate(factor._vector.AsSingle(), values._vector.AsSingle(), sums._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> FusedMultiplyAdd(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c) => new(typeof(T) == typeof(double)
        ? Vector128.FusedMultiplyAdd(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>()
        : Vector128.FusedMultiplyAdd(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator +(Lanes128<T> a, Lanes128<T> b) => new(a._vector + b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> a, Lanes128<T> b) => new(a._vector - b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator *(Lanes128<T> a, Lanes128<T> b) => new(a._vector * b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator /(Lanes128<T> a, Lanes128<T> b) => new(a._vector / b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> a) => new(-a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Abs(Lanes128<T> value) => new(Vector128.Abs(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Sqrt(Lanes128<T> value) => new(Vector128.Sqrt(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> CopySign(Lanes128<T> value, Lanes128<T> sign) => new(Vector128.CopySign(value._vector, sign._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Minimum(Lanes128<T> bound, Lanes128<T> value) => new(Vector128.MinNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Maximum(Lanes128<T> bound, Lanes128<T> value) => new(Vector128.MaxNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> MaximumOrNaN(Lanes128<T> a, Lanes128<T> b) => new(Vector128.Max(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> LessThan(Lanes128<T> a, Lanes128<T> b) => new(Vector128.LessThan(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> LessThanOrEqual(Lanes128<T> a, Lanes128<T> b) => new(Vector128.LessThanOrEqual(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Equals(Lanes128<T> a, Lanes128<T> b) => new(Vector128.Equals(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Select(Lanes128<T> mask, Lanes128<T> whereSet, Lanes128<T> elsewhere) =>
        new(Vector128.ConditionalSelect(mask._vector, whereSet._vector, elsewhere._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator &(Lanes128<T> a, Lanes128<T> b) => new(a._vector & b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator |(Lanes128<T> a, Lanes128<T> b) => new(a._vector | b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Without(Lanes128<T> a, Lanes128<T> mask) => new(Vector128.AndNot(a._vector, mask._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes128<T> mask) => mask._vector.AsInt32() != Vector128<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes128<T> mask) => (uint)Vector128.ExtractMostSignificantBits(mask._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Mask(uint bits)
    {
        if (typeof(T) == typeof(double))
        {
            Vector128<long> ofLanes = Vector128.Create(1L, 2);
            return new(Vector128.Equals(Vector128.Create((long)bits) & ofLanes, ofLanes).As<long, T>());
        }

        Vector128<int> ofShortLanes = Vector128.Create(1, 2, 4, 8);
        return new(Vector128.Equals(Vector128.Create((int)bits) & ofShortLanes, ofShortLanes).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Exponent(Lanes128<T> x, out Lanes128<T> mantissa)
    {
        if (typeof(T) == typeof(double))
        {
            // A shift that keeps the sign is slow where vectors are narrower, so the exponent stays biased until it is a number.
            Vector128<long> bits = x._vector.AsInt64();
            Vector128<long> biased = Vector128.ShiftRightLogical(bits - Vector128.Create(ExponentBits.Offset), ExponentBits.Fraction);
            mantissa = new((bits - Vector128.ShiftLeft(biased - Vector128.Create(ExponentBits.Bias), ExponentBits.Fraction)).As<long, T>());
            return new(((biased | Vector128.Create(ExponentBits.OfInteger)).AsDouble() - Vector128.Create(ExponentBits.IntegerOffset)).As<double, T>());
        }

        Vector128<int> singleBits = x._vector.AsInt32();
        Vector128<int> n = Vector128.ShiftRightArithmetic(singleBits - Vector128.Create(ExponentBits.SingleRootOfHalf), ExponentBits.SingleFraction);
        mantissa = new((singleBits - Vector128.ShiftLeft(n, ExponentBits.SingleFraction)).As<int, T>());
        return new(Vector128.ConvertToSingle(n).As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> PowerOfTwo(Lanes128<T> exponents) => new(typeof(T) == typeof(double)
        ? Vector128.ShiftLeft(exponents._vector.AsInt64(), ExponentBits.Fraction).As<long, T>()
        : Vector128.ShiftLeft(exponents._vector.AsInt32(), ExponentBits.SingleFraction).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> HasBit(Lanes128<T> numbers, int bit)
    {
        if (typeof(T) == typeof(double))
        {
            Vector128<long> bits = Vector128.Create(1L << bit);
            return new(Vector128.Equals(numbers._vector.AsInt64() & bits, bits).As<long, T>());
        }

        Vector128<int> shortBits = Vector128.Create(1 << bit);
        return new(Vector128.Equals(numbers._vector.AsInt32() & shortBits, shortBits).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Sums(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c, Lanes128<T> d) =>
        Vector256.Create(double.CreateTruncating(Sum(a)), double.CreateTruncating(Sum(b)), double.CreateTruncating(Sum(c)), double.CreateTruncating(Sum(d)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes128<T> value) => Vector128.Sum(value._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination) => _vector.StoreUnsafe(ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> LoadRounded(ref readonly double source) => new(typeof(T) == typeof(double)
        ? Vector128.LoadUnsafe(in source).As<double, T>()
        : Vector128.Narrow(Vector128.LoadUnsafe(in source), Vector128.LoadUnsafe(in source, (nuint)Vector128<double>.Count)).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreWidened(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            _vector.AsDouble().StoreUnsafe(ref destination);
            return;
        }

        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(_vector.AsSingle());
        lower.StoreUnsafe(ref destination);
        upper.StoreUnsafe(ref destination, (nuint)Vector128<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector128.LoadUnsafe(ref destination) + _vector.AsDouble()).StoreUnsafe(ref destination);
            return;
        }

        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(_vector.AsSingle());
        (Vector128.LoadUnsafe(ref destination) + lower).StoreUnsafe(ref destination);
        destination = ref Unsafe.Add(ref destination, Vector128<double>.Count);
        (Vector128.LoadUnsafe(ref destination) + upper).StoreUnsafe(ref destination);
    }
}
