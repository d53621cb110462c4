using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>What the processor multiplies and adds where nothing is loaded: no product of matrices can be faster. In vectors of 512 bits, which the runtime splits where they are narrower.</summary>
public class DenseRoofBenchmarks
{
    private const int Rounds = 1000;
    private const int Sums = 12;

    private readonly Vector512<double> _factor = Vector512.Create(0.999);
    private readonly Vector512<float> _singleFactor = Vector512.Create(0.999f);

    [Benchmark]
    public Vector512<double> DoubleFma()
    {
        Vector512<double> f = _factor, a0 = f, a1 = f, a2 = f, a3 = f, a4 = f, a5 = f, a6 = f, a7 = f, a8 = f, a9 = f, a10 = f, a11 = f;
        for (int i = 0; i < Rounds; i++)
        {
            a0 = Vector512.FusedMultiplyAdd(a0, f, f);
            a1 = Vector512.FusedMultiplyAdd(a1, f, f);
            a2 = Vector512.FusedMultiplyAdd(a2, f, f);
            a3 = Vector512.FusedMultiplyAdd(a3, f, f);
            a4 = Vector512.FusedMultiplyAdd(a4, f, f);
            a5 = Vector512.FusedMultiplyAdd(a5, f, f);
            a6 = Vector512.FusedMultiplyAdd(a6, f, f);
            a7 = Vector512.FusedMultiplyAdd(a7, f, f);
            a8 = Vector512.FusedMultiplyAdd(a8, f, f);
            a9 = Vector512.FusedMultiplyAdd(a9, f, f);
            a10 = Vector512.FusedMultiplyAdd(a10, f, f);
            a11 = Vector512.FusedMultiplyAdd(a11, f, f);
        }

        return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
    }

    [Benchmark]
    public Vector512<float> SingleFma()
    {
        Vector512<float> f = _singleFactor, a0 = f, a1 = f, a2 = f, a3 = f, a4 = f, a5 = f, a6 = f, a7 = f, a8 = f, a9 = f, a10 = f, a11 = f;
        for (int i = 0; i < Rounds; i++)
        {
            a0 = Vector512.FusedMultiplyAdd(a0, f, f);
            a1 = Vector512.FusedMultiplyAdd(a1, f, f);
            a2 = Vector512.FusedMultiplyAdd(a2, f, f);
            a3 = Vector512.FusedMultiplyAdd(a3, f, f);
            a4 = Vector512.FusedMultiplyAdd(a4, f, f);
            a5 = Vector512.FusedMultiplyAdd(a5, f, f);
            a6 = Vector512.FusedMultiplyAdd(a6, f, f);
            a7 = Vector512.FusedMultiplyAdd(a7, f, f);
            a8 = Vector512.FusedMultiplyAdd(a8, f, f);
            a9 = Vector512.FusedMultiplyAdd(a9, f, f);
            a10 = Vector512.FusedMultiplyAdd(a10, f, f);
            a11 = Vector512.FusedMultiplyAdd(a11, f, f);
        }

        return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
    }

    internal static (double Count, string Unit) Work(string method) =>
        (2.0 * Sums * Rounds * (method == nameof(SingleFma) ? Vector512<float>.Count : Vector512<double>.Count), "GFLOP/s");
}
