using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>A function of a single state, in the only lane.</summary>
internal readonly struct SingleLaneField(VectorFieldFunction function) : ILaneField
{
    /// <summary>Components up to which one lane is faster than vectors over the components, which have to wait for numbers written one by one.</summary>
    public const int MaxDimension = 12;

    public static int Lanes => 1;

    public int ParameterCount => 0;

    public ReadOnlySpan<double> Parameters(int sample) => default;

    public void Evaluate(ref readonly double time, int dimension, ref readonly double states, ref readonly double parameters, ref double slopes) =>
        function(time, MemoryMarshal.CreateReadOnlySpan(in states, dimension), MemoryMarshal.CreateSpan(ref slopes, dimension));
}
