using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>Two neighbouring vectors: a group for the matrix kernels, and a vector of twice the width for functions, whose long chains of operations then fill each other's gaps.</summary>
internal readonly struct Two<T, TVector> : ILaneGroup<T, TVector, Two<T, TVector>>, IVector<T, Two<T, TVector>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private readonly TVector _first;
    private readonly TVector _second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Two(TVector first, TVector second)
    {
        _first = first;
        _second = second;
    }

    public static int Count => 2 * TVector.Count;

    public T First => _first.First;

    public static int Registers => TVector.Registers / 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Load(ref readonly T source) =>
        new(TVector.Load(in source), TVector.Load(in Unsafe.Add(ref Unsafe.AsRef(in source), TVector.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Broadcast(T value)
    {
        TVector vector = TVector.Broadcast(value);
        return new(vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Constant(double value)
    {
        TVector vector = TVector.Constant(value);
        return new(vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Constant(double value, double singleValue)
    {
        TVector vector = TVector.Constant(value, singleValue);
        return new(vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> MultiplyAdd(TVector factor, Two<T, TVector> values, Two<T, TVector> sums) =>
        new(TVector.MultiplyAdd(factor, values._first, sums._first), TVector.MultiplyAdd(factor, values._second, sums._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> MultiplyAdd(Two<T, TVector> factor, Two<T, TVector> values, Two<T, TVector> sums) =>
        new(TVector.MultiplyAdd(factor._first, values._first, sums._first), TVector.MultiplyAdd(factor._second, values._second, sums._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> FusedMultiplyAdd(Two<T, TVector> a, Two<T, TVector> b, Two<T, TVector> c) =>
        new(TVector.FusedMultiplyAdd(a._first, b._first, c._first), TVector.FusedMultiplyAdd(a._second, b._second, c._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator +(Two<T, TVector> a, Two<T, TVector> b) => new(a._first + b._first, a._second + b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator -(Two<T, TVector> a, Two<T, TVector> b) => new(a._first - b._first, a._second - b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator *(Two<T, TVector> a, Two<T, TVector> b) => new(a._first * b._first, a._second * b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator /(Two<T, TVector> a, Two<T, TVector> b) => new(a._first / b._first, a._second / b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator -(Two<T, TVector> a) => new(-a._first, -a._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Abs(Two<T, TVector> value) =>
        new(TVector.Abs(value._first), TVector.Abs(value._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Sqrt(Two<T, TVector> value) =>
        new(TVector.Sqrt(value._first), TVector.Sqrt(value._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> CopySign(Two<T, TVector> value, Two<T, TVector> sign) =>
        new(TVector.CopySign(value._first, sign._first), TVector.CopySign(value._second, sign._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Minimum(Two<T, TVector> bound, Two<T, TVector> value) =>
        new(TVector.Minimum(bound._first, value._first), TVector.Minimum(bound._second, value._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Maximum(Two<T, TVector> bound, Two<T, TVector> value) =>
        new(TVector.Maximum(bound._first, value._first), TVector.Maximum(bound._second, value._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> MaximumOrNaN(Two<T, TVector> a, Two<T, TVector> b) =>
        new(TVector.MaximumOrNaN(a._first, b._first), TVector.MaximumOrNaN(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> LessThan(Two<T, TVector> a, Two<T, TVector> b) =>
        new(TVector.LessThan(a._first, b._first), TVector.LessThan(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> LessThanOrEqual(Two<T, TVector> a, Two<T, TVector> b) =>
        new(TVector.LessThanOrEqual(a._first, b._first), TVector.LessThanOrEqual(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Equals(Two<T, TVector> a, Two<T, TVector> b) =>
        new(TVector.Equals(a._first, b._first), TVector.Equals(a._second, b._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Select(Two<T, TVector> mask, Two<T, TVector> whereSet, Two<T, TVector> elsewhere) =>
        new(TVector.Select(mask._first, whereSet._first, elsewhere._first), TVector.Select(mask._second, whereSet._second, elsewhere._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator &(Two<T, TVector> a, Two<T, TVector> b) => new(a._first & b._first, a._second & b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> operator |(Two<T, TVector> a, Two<T, TVector> b) => new(a._first | b._first, a._second | b._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Without(Two<T, TVector> a, Two<T, TVector> mask) =>
        new(TVector.Without(a._first, mask._first), TVector.Without(a._second, mask._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Two<T, TVector> mask) => TVector.Any(mask._first) || TVector.Any(mask._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Bits(Two<T, TVector> mask) => TVector.Bits(mask._first) | TVector.Bits(mask._second) << TVector.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Mask(uint bits) => new(TVector.Mask(bits), TVector.Mask(bits >> TVector.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Exponent(Two<T, TVector> x, out Two<T, TVector> mantissa)
    {
        TVector first = TVector.Exponent(x._first, out TVector firstMantissa), second = TVector.Exponent(x._second, out TVector secondMantissa);
        mantissa = new(firstMantissa, secondMantissa);
        return new(first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> PowerOfTwo(Two<T, TVector> exponents) =>
        new(TVector.PowerOfTwo(exponents._first), TVector.PowerOfTwo(exponents._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> HasBit(Two<T, TVector> numbers, int bit) => new(TVector.HasBit(numbers._first, bit), TVector.HasBit(numbers._second, bit));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Sums(Two<T, TVector> a, Two<T, TVector> b, Two<T, TVector> c, Two<T, TVector> d) =>
        TVector.Sums(a._first + a._second, b._first + b._second, c._first + c._second, d._first + d._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Two<T, TVector> value) => TVector.Sum(value._first + value._second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination)
    {
        _first.Store(ref destination);
        _second.Store(ref Unsafe.Add(ref destination, TVector.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> LoadRounded(ref readonly double source) =>
        new(TVector.LoadRounded(in source), TVector.LoadRounded(in Unsafe.Add(ref Unsafe.AsRef(in source), TVector.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreWidened(ref double destination)
    {
        _first.StoreWidened(ref destination);
        _second.StoreWidened(ref Unsafe.Add(ref destination, TVector.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTo(ref double destination)
    {
        _first.AddTo(ref destination);
        _second.AddTo(ref Unsafe.Add(ref destination, TVector.Count));
    }
}
