using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>A <see cref="LanesVectorField"/>, eight lanes at a time.</summary>
internal readonly struct VectorLaneField(LanesVectorField owner) : ILaneField
{
    private readonly ParametricLanesFunction _function = owner.Function;

    public static int Lanes => Vector512<double>.Count;

    public int ParameterCount => owner.ParameterCount;

    public ReadOnlySpan<double> Parameters(int sample) => owner.Parameters(sample);

    public void Evaluate(ref readonly double time, ReadOnlySpan<double> states, ReadOnlySpan<double> parameters, Span<double> slopes) =>
        _function(Vector512.LoadUnsafe(in time), MemoryMarshal.Cast<double, Vector512<double>>(states),
            MemoryMarshal.Cast<double, Vector512<double>>(parameters), MemoryMarshal.Cast<double, Vector512<double>>(slopes));
}
