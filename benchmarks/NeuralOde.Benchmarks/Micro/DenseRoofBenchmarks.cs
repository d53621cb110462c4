using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>What the processor multiplies and adds where nothing is loaded: no product of matrices can be faster.</summary>
public class DenseRoofBenchmarks
{
    private const int Rounds = 1000;
    private const int Sums = 12;

    [Benchmark]
    public double DoubleFma() => VectorWidth.Widest<double, double, Roof<double>>(default);

    [Benchmark]
    public float SingleFma() => VectorWidth.Widest<float, float, Roof<float>>(default);

    internal static (double Count, string Unit) Work(string method)
    {
        int lanes = method == nameof(SingleFma) ? VectorWidth.Widest<float, int, Lanes<float>>(default) : VectorWidth.Widest<double, int, Lanes<double>>(default);
        return (2.0 * Sums * Rounds * lanes, "GFLOP/s");
    }

    private readonly struct Roof<T> : VectorWidth.IMaker<T, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public T Make<TVector>()
            where TVector : unmanaged, IVector<T, TVector>
        {
            TVector f = TVector.Constant(0.999), a0 = f, a1 = f, a2 = f, a3 = f, a4 = f, a5 = f, a6 = f, a7 = f, a8 = f, a9 = f, a10 = f, a11 = f;
            for (int i = 0; i < Rounds; i++)
            {
                a0 = TVector.MultiplyAdd(a0, f, f);
                a1 = TVector.MultiplyAdd(a1, f, f);
                a2 = TVector.MultiplyAdd(a2, f, f);
                a3 = TVector.MultiplyAdd(a3, f, f);
                a4 = TVector.MultiplyAdd(a4, f, f);
                a5 = TVector.MultiplyAdd(a5, f, f);
                a6 = TVector.MultiplyAdd(a6, f, f);
                a7 = TVector.MultiplyAdd(a7, f, f);
                a8 = TVector.MultiplyAdd(a8, f, f);
                a9 = TVector.MultiplyAdd(a9, f, f);
                a10 = TVector.MultiplyAdd(a10, f, f);
                a11 = TVector.MultiplyAdd(a11, f, f);
            }

            return TVector.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
        }
    }

    private readonly struct Lanes<T> : VectorWidth.IMaker<T, int>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public int Make<TVector>()
            where TVector : unmanaged, IVector<T, TVector> => TVector.Count;
    }
}
