namespace NeuralOde;

/// <summary>What shorter steps would change in one sample's part of the parameter gradient.</summary>
internal readonly record struct SampleParameterError
{
    /// <summary>The largest change of a component, in the gradient's unit.</summary>
    public double Error { get; init; }

    /// <summary>Whether the error is small by a second gradient from the same steps (<see cref="GradientScreen"/>); shorter steps were not tried.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>The largest component of the sample's gradient.</summary>
    public double Scale { get; init; }

    /// <summary>Tolerances that the gradient may change by for other reasons than steps that miss how the parameters act.</summary>
    public double Explained { get; init; }

    /// <summary>The sample's longest step.</summary>
    public double LongestStep { get; init; }

    /// <summary>For a solution that failed with shorter steps: how much the gradient changes is unknown, but the solution explains it.</summary>
    public static SampleParameterError OfFailure(double scale, double longestStep) =>
        new() { Error = double.PositiveInfinity, Scale = scale, Explained = double.PositiveInfinity, LongestStep = longestStep };
}
