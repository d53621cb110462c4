using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>A <see cref="LanesVectorField"/>, eight lanes at a time.</summary>
internal readonly struct VectorLaneField(LanesVectorField owner) : ILaneField
{
    private readonly ParametricLanesFunction _function = owner.Function;
    private readonly int _parameterCount = owner.ParameterCount;

    public static int Lanes => Vector512<double>.Count;

    public int ParameterCount => _parameterCount;

    public ReadOnlySpan<double> Parameters(int sample) => owner.Parameters(sample);

    public void Evaluate(ref readonly double time, int dimension, ref readonly double states, ref readonly double parameters, ref double slopes) =>
        _function(Vector512.LoadUnsafe(in time), Vectors(in states, dimension), Vectors(in parameters, _parameterCount),
            MemoryMarshal.CreateSpan(ref Unsafe.As<double, Vector512<double>>(ref slopes), dimension));

    private static ReadOnlySpan<Vector512<double>> Vectors(ref readonly double first, int count) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<double, Vector512<double>>(ref Unsafe.AsRef(in first)), count);
}
