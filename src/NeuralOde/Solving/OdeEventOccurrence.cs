namespace NeuralOde;

/// <summary>One event that happened in a solve.</summary>
public sealed class OdeEventOccurrence
{
    private readonly double[] _stateBefore;
    private readonly double[] _stateAfter;

    internal OdeEventOccurrence(int index, string name, EventDirection direction, double time, double[] stateBefore, double[] stateAfter)
    {
        Event = index;
        Name = name;
        Direction = direction;
        Time = time;
        _stateBefore = stateBefore;
        _stateAfter = stateAfter;
    }

    /// <summary>Index of the event in <see cref="OdeSolverOptions.Events"/>.</summary>
    public int Event { get; }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>How its function crossed zero, along the integration: <see cref="EventDirection.Rising"/> or <see cref="EventDirection.Falling"/>.</summary>
    public EventDirection Direction { get; }

    /// <summary>When: the first time at which the event's function has left its side.</summary>
    public double Time { get; }

    /// <summary>The state at <see cref="Time"/> before this event changed it, one number per dimension.</summary>
    public ReadOnlySpan<double> StateBefore => _stateBefore;

    /// <summary>The state after this event: the same as <see cref="StateBefore"/> unless it has a <see cref="OdeEvent.StateChange"/>.</summary>
    public ReadOnlySpan<double> StateAfter => _stateAfter;

    /// <summary>This occurrence of a solve on standardized states and time, in the data's units.</summary>
    internal OdeEventOccurrence InUnits(Standardization standardization)
    {
        var before = new double[_stateBefore.Length];
        var after = new double[_stateAfter.Length];
        standardization.Invert(_stateBefore, before);
        standardization.Invert(_stateAfter, after);
        return new OdeEventOccurrence(Event, Name, Direction, standardization.FromStandardTime(Time), before, after);
    }
}
