namespace NeuralOde;

/// <summary>What happens at an event, besides that it is listed in <see cref="OdeSolution.Events"/>.</summary>
public enum EventAction
{
    /// <summary>The integration goes on.</summary>
    Record,

    /// <summary>The sample's solution ends there, with <see cref="OdeStatus.TerminatedByEvent"/>.</summary>
    Terminate,
}
