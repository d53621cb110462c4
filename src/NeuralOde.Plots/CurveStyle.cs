namespace NeuralOde.Plots;

/// <summary>What a curve is, and so what it looks like.</summary>
public enum CurveStyle
{
    /// <summary>What a model says: a blue line, vermillion where it forecasts, which is after the last observation that is not held out. The default.</summary>
    Fit,

    /// <summary>What a model says of times that it has not seen: a vermillion line.</summary>
    Forecast,

    /// <summary>What is known to be right: a broad pale line below all others.</summary>
    Truth,

    /// <summary>One of many, of an ensemble for instance: a thin grey line below the others.</summary>
    Member,

    /// <summary>Something to compare with: a thin dashed line, in a colour of its own.</summary>
    Alternative,

    /// <summary>What was measured: dots without a line.</summary>
    Points,
}
