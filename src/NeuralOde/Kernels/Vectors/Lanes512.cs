using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralOde;

/// <summary>512 bits: 8 doubles or 16 floats.</summary>
internal readonly struct Lanes512<T>(Vector512<T> vector) : IVector<T, Lanes512<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _vector = vector;

    public static int Count => Vector512<T>.Count;

    public T First => _vector.ToScalar();

    public static int Registers => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(ref readonly T source) => new(Vector512.LoadUnsafe(in source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Constant(double value, double singleValue) =>
        new(typeof(T) == typeof(double) ? Vector512.Create(value).As<double, T>() : Vector512.Create((float)singleValue).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Constant(double value) =>
        new(typeof(T) == typeof(double) ? Vector512.Create(value).As<double, T>() : Vector512.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> MultiplyAdd(Lanes512<T> factor, Lanes512<T> values, Lanes512<T> sums) => new(typeof(T) == typeof(double)
        ? Vector512.MultiplyAddEstimate(factor._vector.AsDouble(), values._vector.AsDouble(), sums._vector.AsDouble()).As<double, T>()
        : Vector512.MultiplyAddEstimate(factor._vector.AsSingle(), values._vector.AsSingle(), sums._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> FusedMultiplyAdd(Lanes512<T> a, Lanes512<T> b, Lanes512<T> c) => new(typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> a, Lanes512<T> b) => new(a._vector + b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> a, Lanes512<T> b) => new(a._vector - b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator *(Lanes512<T> a, Lanes512<T> b) => new(a._vector * b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator /(Lanes512<T> a, Lanes512<T> b) => new(a._vector / b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> a) => new(-a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Abs(Lanes512<T> value) => new(Vector512.Abs(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Sqrt(Lanes512<T> value) => new(Vector512.Sqrt(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> CopySign(Lanes512<T> value, Lanes512<T> sign) => new(Vector512.CopySign(value._vector, sign._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Minimum(Lanes512<T> bound, Lanes512<T> value) => new(Vector512.MinNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Maximum(Lanes512<T> bound, Lanes512<T> value) => new(Vector512.MaxNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> MaximumOrNaN(Lanes512<T> a, Lanes512<T> b) => new(Vector512.Max(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LessThan(Lanes512<T> a, Lanes512<T> b) => new(Vector512.LessThan(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LessThanOrEqual(Lanes512<T> a, Lanes512<T> b) => new(Vector512.LessThanOrEqual(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Equals(Lanes512<T> a, Lanes512<T> b) => new(Vector512.Equals(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Select(Lanes512<T> mask, Lanes512<T> whereSet, Lanes512<T> elsewhere) =>
        new(Vector512.ConditionalSelect(mask._vector, whereSet._vector, elsewhere._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator &(Lanes512<T> a, Lanes512<T> b) => new(a._vector & b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator |(Lanes512<T> a, Lanes512<T> b) => new(a._vector | b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Without(Lanes512<T> a, Lanes512<T> mask) => new(Vector512.AndNot(a._vector, mask._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes512<T> mask) => mask._vector.AsInt32() != Vector512<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes512<T> mask) => (uint)Vector512.ExtractMostSignificantBits(mask._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Mask(uint bits)
    {
        if (typeof(T) == typeof(double))
        {
            Vector512<long> ofLanes = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
            return new(Vector512.Equals(Vector512.Create((long)bits) & ofLanes, ofLanes).As<long, T>());
        }

        Vector512<int> ofShortLanes = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return new(Vector512.Equals(Vector512.Create((int)bits) & ofShortLanes, ofShortLanes).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Exponent(Lanes512<T> x, out Lanes512<T> mantissa)
    {
        if (typeof(T) == typeof(double))
        {
            // A shift that keeps the sign is slow where vectors are narrower, so the exponent stays biased until it is a number.
            Vector512<long> bits = x._vector.AsInt64();
            Vector512<long> biased = Vector512.ShiftRightLogical(bits - Vector512.Create(ExponentBits.Offset), ExponentBits.Fraction);
            mantissa = new((bits - Vector512.ShiftLeft(biased - Vector512.Create(ExponentBits.Bias), ExponentBits.Fraction)).As<long, T>());
            return new(((biased | Vector512.Create(ExponentBits.OfInteger)).AsDouble() - Vector512.Create(ExponentBits.IntegerOffset)).As<double, T>());
        }

        Vector512<int> singleBits = x._vector.AsInt32();
        Vector512<int> n = Vector512.ShiftRightArithmetic(singleBits - Vector512.Create(ExponentBits.SingleRootOfHalf), ExponentBits.SingleFraction);
        mantissa = new((singleBits - Vector512.ShiftLeft(n, ExponentBits.SingleFraction)).As<int, T>());
        return new(Vector512.ConvertToSingle(n).As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> PowerOfTwo(Lanes512<T> exponents) => new(typeof(T) == typeof(double)
        ? Vector512.ShiftLeft(exponents._vector.AsInt64(), ExponentBits.Fraction).As<long, T>()
        : Vector512.ShiftLeft(exponents._vector.AsInt32(), ExponentBits.SingleFraction).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> HasBit(Lanes512<T> numbers, int bit)
    {
        if (typeof(T) == typeof(double))
        {
            Vector512<long> bits = Vector512.Create(1L << bit);
            return new(Vector512.Equals(numbers._vector.AsInt64() & bits, bits).As<long, T>());
        }

        Vector512<int> shortBits = Vector512.Create(1 << bit);
        return new(Vector512.Equals(numbers._vector.AsInt32() & shortBits, shortBits).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Sums(Lanes512<T> a, Lanes512<T> b, Lanes512<T> c, Lanes512<T> d)
    {
        if (typeof(T) == typeof(double) || !Avx512F.IsSupported)
            return Lanes256<T>.Sums(a.Halves(), b.Halves(), c.Halves(), d.Halves());

        // Every quarter becomes a02 b02 a13 b13, then a b c d.
        Vector512<float> ab = Avx512F.UnpackLow(a._vector.AsSingle(), b._vector.AsSingle()) + Avx512F.UnpackHigh(a._vector.AsSingle(), b._vector.AsSingle());
        Vector512<float> cd = Avx512F.UnpackLow(c._vector.AsSingle(), d._vector.AsSingle()) + Avx512F.UnpackHigh(c._vector.AsSingle(), d._vector.AsSingle());
        Vector512<float> quarters = Avx512F.UnpackLow(ab.AsDouble(), cd.AsDouble()).AsSingle() + Avx512F.UnpackHigh(ab.AsDouble(), cd.AsDouble()).AsSingle();
        Vector256<float> halves = quarters.GetLower() + quarters.GetUpper();
        return Avx.ConvertToVector256Double(halves.GetLower() + halves.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes512<T> value) => Vector512.Sum(value._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination) => _vector.StoreUnsafe(ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> LoadRounded(ref readonly double source) => new(typeof(T) == typeof(double)
        ? Vector512.LoadUnsafe(in source).As<double, T>()
        : Vector512.Narrow(Vector512.LoadUnsafe(in source), Vector512.LoadUnsafe(in source, (nuint)Vector512<double>.Count)).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreWidened(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            _vector.AsDouble().StoreUnsafe(ref destination);
            return;
        }

        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(_vector.AsSingle());
        lower.StoreUnsafe(ref destination);
        upper.StoreUnsafe(ref destination, (nuint)Vector512<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector512.LoadUnsafe(ref destination) + _vector.AsDouble()).StoreUnsafe(ref destination);
            return;
        }

        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(_vector.AsSingle());
        (Vector512.LoadUnsafe(ref destination) + lower).StoreUnsafe(ref destination);
        destination = ref Unsafe.Add(ref destination, Vector512<double>.Count);
        (Vector512.LoadUnsafe(ref destination) + upper).StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes256<T> Halves() => new(_vector.GetLower() + _vector.GetUpper());
}
