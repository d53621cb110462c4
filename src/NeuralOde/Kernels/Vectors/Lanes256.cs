using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralOde;

/// <summary>256 bits: 4 doubles or 8 floats.</summary>
internal readonly struct Lanes256<T>(Vector256<T> vector) : IVector<T, Lanes256<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector256<T> _vector = vector;

    public static int Count => Vector256<T>.Count;

    public T First => _vector.ToScalar();

    public static int Registers => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Load(ref readonly T source) => new(Vector256.LoadUnsafe(in source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Constant(double value, double singleValue) =>
        new(typeof(T) == typeof(double) ? Vector256.Create(value).As<double, T>() : Vector256.Create((float)singleValue).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Constant(double value) =>
        new(typeof(T) == typeof(double) ? Vector256.Create(value).As<double, T>() : Vector256.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> MultiplyAdd(Lanes256<T> factor, Lanes256<T> values, Lanes256<T> sums) => new(typeof(T) == typeof(double)
        ? Vector256.MultiplyAddEstimate(factor._vector.AsDouble(), values._vector.AsDouble(), sums._vector.AsDouble()).As<double, T>()
        : Vector256.MultiplyAddEstimate(factor._vector.AsSingle(), values._vector.AsSingle(), sums._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> FusedMultiplyAdd(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) => new(typeof(T) == typeof(double)
        ? Vector256.FusedMultiplyAdd(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>()
        : Vector256.FusedMultiplyAdd(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator +(Lanes256<T> a, Lanes256<T> b) => new(a._vector + b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> a, Lanes256<T> b) => new(a._vector - b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator *(Lanes256<T> a, Lanes256<T> b) => new(a._vector * b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator /(Lanes256<T> a, Lanes256<T> b) => new(a._vector / b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> a) => new(-a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Abs(Lanes256<T> value) => new(Vector256.Abs(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Sqrt(Lanes256<T> value) => new(Vector256.Sqrt(value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> CopySign(Lanes256<T> value, Lanes256<T> sign) => new(Vector256.CopySign(value._vector, sign._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Minimum(Lanes256<T> bound, Lanes256<T> value) => new(Vector256.MinNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Maximum(Lanes256<T> bound, Lanes256<T> value) => new(Vector256.MaxNative(bound._vector, value._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> MaximumOrNaN(Lanes256<T> a, Lanes256<T> b) => new(Vector256.Max(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> LessThan(Lanes256<T> a, Lanes256<T> b) => new(Vector256.LessThan(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> LessThanOrEqual(Lanes256<T> a, Lanes256<T> b) => new(Vector256.LessThanOrEqual(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Equals(Lanes256<T> a, Lanes256<T> b) => new(Vector256.Equals(a._vector, b._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Select(Lanes256<T> mask, Lanes256<T> whereSet, Lanes256<T> elsewhere) =>
        new(Vector256.ConditionalSelect(mask._vector, whereSet._vector, elsewhere._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator &(Lanes256<T> a, Lanes256<T> b) => new(a._vector & b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator |(Lanes256<T> a, Lanes256<T> b) => new(a._vector | b._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Without(Lanes256<T> a, Lanes256<T> mask) => new(Vector256.AndNot(a._vector, mask._vector));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Lanes256<T> mask) => mask._vector.AsInt32() != Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Lanes256<T> mask) => (uint)Vector256.ExtractMostSignificantBits(mask._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Mask(uint bits)
    {
        if (typeof(T) == typeof(double))
        {
            Vector256<long> ofLanes = Vector256.Create(1L, 2, 4, 8);
            return new(Vector256.Equals(Vector256.Create((long)bits) & ofLanes, ofLanes).As<long, T>());
        }

        Vector256<int> ofShortLanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return new(Vector256.Equals(Vector256.Create((int)bits) & ofShortLanes, ofShortLanes).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Exponent(Lanes256<T> x, out Lanes256<T> mantissa)
    {
        if (typeof(T) == typeof(double))
        {
            // A shift that keeps the sign is slow where vectors are narrower, so the exponent stays biased until it is a number.
            Vector256<long> bits = x._vector.AsInt64();
            Vector256<long> biased = Vector256.ShiftRightLogical(bits - Vector256.Create(ExponentBits.Offset), ExponentBits.Fraction);
            mantissa = new((bits - Vector256.ShiftLeft(biased - Vector256.Create(ExponentBits.Bias), ExponentBits.Fraction)).As<long, T>());
            return new(((biased | Vector256.Create(ExponentBits.OfInteger)).AsDouble() - Vector256.Create(ExponentBits.IntegerOffset)).As<double, T>());
        }

        Vector256<int> singleBits = x._vector.AsInt32();
        Vector256<int> n = Vector256.ShiftRightArithmetic(singleBits - Vector256.Create(ExponentBits.SingleRootOfHalf), ExponentBits.SingleFraction);
        mantissa = new((singleBits - Vector256.ShiftLeft(n, ExponentBits.SingleFraction)).As<int, T>());
        return new(Vector256.ConvertToSingle(n).As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> PowerOfTwo(Lanes256<T> exponents) => new(typeof(T) == typeof(double)
        ? Vector256.ShiftLeft(exponents._vector.AsInt64(), ExponentBits.Fraction).As<long, T>()
        : Vector256.ShiftLeft(exponents._vector.AsInt32(), ExponentBits.SingleFraction).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> HasBit(Lanes256<T> numbers, int bit)
    {
        if (typeof(T) == typeof(double))
        {
            Vector256<long> bits = Vector256.Create(1L << bit);
            return new(Vector256.Equals(numbers._vector.AsInt64() & bits, bits).As<long, T>());
        }

        Vector256<int> shortBits = Vector256.Create(1 << bit);
        return new(Vector256.Equals(numbers._vector.AsInt32() & shortBits, shortBits).As<int, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Sums(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c, Lanes256<T> d)
    {
        if (!Avx.IsSupported)
            return Lanes128<T>.Sums(a.Halves(), b.Halves(), c.Halves(), d.Halves());
        if (typeof(T) == typeof(double))
        {
            // Pairs a01 b01 a23 b23 and c01 d01 c23 d23, then the pairs of each.
            Vector256<double> first = Avx.HorizontalAdd(a._vector.AsDouble(), b._vector.AsDouble());
            Vector256<double> second = Avx.HorizontalAdd(c._vector.AsDouble(), d._vector.AsDouble());
            return Avx.Blend(first, second, 0b1100) + Avx.Permute2x128(first, second, 0x21);
        }

        Vector256<float> ab = Avx.HorizontalAdd(a._vector.AsSingle(), b._vector.AsSingle());
        Vector256<float> cd = Avx.HorizontalAdd(c._vector.AsSingle(), d._vector.AsSingle());
        Vector256<float> abcd = Avx.HorizontalAdd(ab, cd);
        return Avx.ConvertToVector256Double(abcd.GetLower() + abcd.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes256<T> value) => Vector256.Sum(value._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination) => _vector.StoreUnsafe(ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> LoadRounded(ref readonly double source) => new(typeof(T) == typeof(double)
        ? Vector256.LoadUnsafe(in source).As<double, T>()
        : Vector256.Narrow(Vector256.LoadUnsafe(in source), Vector256.LoadUnsafe(in source, (nuint)Vector256<double>.Count)).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreWidened(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            _vector.AsDouble().StoreUnsafe(ref destination);
            return;
        }

        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(_vector.AsSingle());
        lower.StoreUnsafe(ref destination);
        upper.StoreUnsafe(ref destination, (nuint)Vector256<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(ref double destination)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector256.LoadUnsafe(ref destination) + _vector.AsDouble()).StoreUnsafe(ref destination);
            return;
        }

        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(_vector.AsSingle());
        (Vector256.LoadUnsafe(ref destination) + lower).StoreUnsafe(ref destination);
        destination = ref Unsafe.Add(ref destination, Vector256<double>.Count);
        (Vector256.LoadUnsafe(ref destination) + upper).StoreUnsafe(ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes128<T> Halves() => new(_vector.GetLower() + _vector.GetUpper());
}
