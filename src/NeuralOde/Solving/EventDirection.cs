namespace NeuralOde;

/// <summary>Which crossings of zero are events. Seen in the direction of integration, also where time decreases.</summary>
public enum EventDirection
{
    /// <summary>Every crossing.</summary>
    Both,

    /// <summary>From negative to positive along the integration.</summary>
    Rising,

    /// <summary>From positive to negative along the integration.</summary>
    Falling,
}
