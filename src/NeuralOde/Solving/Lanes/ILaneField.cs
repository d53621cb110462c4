namespace NeuralOde;

/// <summary>The vector field that <see cref="LaneSolve{TVector, TField}"/> evaluates, for a fixed number of lanes at a time.</summary>
/// <remarks>A struct, so that the loops are compiled for it and its number of lanes.</remarks>
internal interface ILaneField
{
    /// <summary>Lanes of one evaluation.</summary>
    static abstract int Lanes { get; }

    /// <summary>Parameters of every sample.</summary>
    int ParameterCount { get; }

    /// <summary>A sample's parameters; empty where there are none.</summary>
    ReadOnlySpan<double> Parameters(int sample);

    /// <summary>slopes = f(states, time; parameters).</summary>
    /// <param name="time">The first of one number per lane.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="states">The first of one row of lanes per component.</param>
    /// <param name="parameters">The first of one row of lanes per parameter.</param>
    /// <param name="slopes">Receives one row of lanes per component; zero on entry.</param>
    void Evaluate(ref readonly double time, int dimension, ref readonly double states, ref readonly double parameters, ref double slopes);
}
