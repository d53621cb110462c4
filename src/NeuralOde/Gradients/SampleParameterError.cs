namespace NeuralOde;

/// <summary>What shorter steps would change in one sample's part of the parameter gradient.</summary>
internal readonly record struct SampleParameterError
{
    /// <summary>The largest change of a component, in the gradient's unit.</summary>
    public double Error { get; init; }

    /// <summary>Whether a second gradient of the same steps has told the error, and that it is small; shorter steps were not tried.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>The largest component of the sample's gradient.</summary>
    public double Scale { get; init; }

    /// <summary>By how many tolerances it may change for other reasons than steps that miss how the parameters act.</summary>
    public double Explained { get; init; }

    /// <summary>The sample's longest step.</summary>
    public double LongestStep { get; init; }

    /// <summary>Where the solution with shorter steps failed: nobody knows by how much the gradient changes, but it is the solution that does.</summary>
    public static SampleParameterError OfFailure(double scale, double longestStep) =>
        new() { Error = double.PositiveInfinity, Scale = scale, Explained = double.PositiveInfinity, LongestStep = longestStep };
}
