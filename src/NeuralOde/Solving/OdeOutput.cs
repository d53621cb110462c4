namespace NeuralOde;

/// <summary>What a solution keeps: the values of <see cref="OdeSolution.Times"/> and <see cref="OdeSolution.States"/>.</summary>
public enum OdeOutput
{
    /// <summary><see cref="Times"/> where output times are given, <see cref="Steps"/> where only an interval is. The default.</summary>
    Automatic,

    /// <summary>The times that were asked for: of an interval, its two ends.</summary>
    Times,

    /// <summary>The initial time and the end of every step from there to the last time, whatever lies between; where an event changes the state twice, with the state before and after.</summary>
    Steps,

    /// <summary>The last time alone, or that of the event which ends the solve: nothing is kept on the way. After a failure there is no output, but <see cref="OdeSolution.FinalState"/>.</summary>
    End,
}
