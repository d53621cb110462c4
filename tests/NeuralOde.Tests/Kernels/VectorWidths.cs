using System.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>The kernels of every vector width, in either precision, and numbers in it.</summary>
internal static class VectorWidths
{
    public static (string Name, NetworkKernels<T> Kernels)[] Of<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        ("512 bits", new NetworkKernels<T, Lanes512<T>>()),
        ("256 bits", new NetworkKernels<T, Lanes256<T>>()),
        ("128 bits", new NetworkKernels<T, Lanes128<T>>()),
        ("one lane", new NetworkKernels<T, Lanes1<T>>()),
    ];

    /// <summary>The kernels that the steppers use, in double precision.</summary>
    public static SolverKernels[] OfSolvers { get; } =
    [
        SolverKernels.Of<Lanes512<double>>("512 bits"),
        SolverKernels.Of<Lanes256<double>>("256 bits"),
        SolverKernels.Of<Lanes128<double>>("128 bits"),
        SolverKernels.Of<Lanes1<double>>("one lane"),
    ];

    /// <summary>Indices into <see cref="OfSolvers"/>.</summary>
    public static TheoryData<int> All { get; } = [.. Enumerable.Range(0, OfSolvers.Length)];

    /// <summary>A batch whose rows are whole vectors of the widest kind.</summary>
    public static BatchLayout Layout<T>(int samples) => typeof(T) == typeof(double) ? new BatchLayout(samples) : new BatchLayout(samples).ForSingles();

    public static double Epsilon<T>() => typeof(T) == typeof(double) ? Math.BitIncrement(1.0) - 1.0 : MathF.BitIncrement(1f) - 1f;

    public static T[] Round<T>(double[] numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. numbers.Select(T.CreateTruncating)];

    public static double[] Widen<T>(T[] numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. numbers.Select(double.CreateTruncating)];

    public static void ShouldHaveTheBitsOf<T>(this T[] actual, T[] expected, string because)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Batches.ShouldHaveTheBitsOf(Widen(actual), Widen(expected), because);
}

/// <summary>The kernels of one vector width.</summary>
internal sealed record SolverKernels(string Name, StageKernels Stages, ErrorKernels Errors, MultistepKernels Multistep, LuKernels Lu)
{
    public static SolverKernels Of<TVector>(string name)
        where TVector : unmanaged, IVector<double, TVector> =>
        new(name, new StageKernels<TVector>(), new ErrorKernels<TVector>(), new MultistepKernels<TVector>(), new LuKernels<TVector>());

    public override string ToString() => Name;
}
