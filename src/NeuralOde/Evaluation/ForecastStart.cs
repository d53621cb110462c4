namespace NeuralOde;

/// <summary>Where a forecast starts.</summary>
public enum ForecastStart
{
    /// <summary>In the last observation, all of which was observed.</summary>
    Observed,

    /// <summary>In a state fitted to the last observations.</summary>
    Fitted,

    /// <summary>In the best state found; the search ended before it settled, so that another may fit better.</summary>
    NotConverged,

    /// <summary>In one of many states that fit alike: the observations do not determine all of it.</summary>
    Undetermined,
}
