namespace NeuralOde.Benchmarks;

/// <summary>A problem of the work–precision diagrams. It starts at time 0.</summary>
internal sealed record InitialValueProblem
{
    /// <summary>As on the command line and in the peers' output.</summary>
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>What is solved, in one line.</summary>
    public required string Description { get; init; }

    public required VectorFieldFunction Field { get; init; }

    public required double[] InitialState { get; init; }

    public required double EndTime { get; init; }

    /// <summary>The state at the end, right to all digits (benchmarks/peers/reference.cpp).</summary>
    public required double[] Reference { get; init; }

    /// <summary>Absolute over relative tolerance: the size below which a component counts as zero.</summary>
    public double AbsoluteScale { get; init; } = 1;

    /// <summary>
    /// How much a perturbation grows until the end at worst, both in the norm of <see cref="ErrorOf"/>, whenever it happens
    /// (measured by perturbing, two digits).
    /// </summary>
    public required double Amplification { get; init; }

    public bool IsStiff { get; init; }

    public int Dimension => InitialState.Length;

    /// <summary>
    /// The error of an end state in units of the solution: the root mean square of its components' errors, each over
    /// <see cref="AbsoluteScale"/> + |reference|. So a component's error of one tolerance gives the relative tolerance.
    /// </summary>
    public double ErrorOf(ReadOnlySpan<double> end) => ErrorBeside(end, Reference);

    /// <summary>The error of any state in the units of <see cref="ErrorOf"/>.</summary>
    public double ErrorBeside(ReadOnlySpan<double> state, ReadOnlySpan<double> reference)
    {
        double sum = 0;
        for (int i = 0; i < Dimension; i++)
        {
            double error = (state[i] - reference[i]) / (AbsoluteScale + Math.Abs(reference[i]));
            sum += error * error;
        }

        return Math.Sqrt(sum / Dimension);
    }
}
