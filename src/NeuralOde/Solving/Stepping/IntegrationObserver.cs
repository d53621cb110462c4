namespace NeuralOde;

/// <summary>What a solve is for: says where samples must land, and sees every round.</summary>
internal abstract class IntegrationObserver
{
    /// <summary>Called once, before the first evaluation.</summary>
    /// <param name="times">Every sample's initial time.</param>
    /// <param name="states">Initial states, component-major.</param>
    public virtual void Begin(ReadOnlySpan<double> times, ReadOnlySpan<double> states)
    {
    }

    /// <summary>The next time that a step of the sample must end on, or NaN when the sample has arrived at its last.</summary>
    public abstract double NextStop(int sample);

    /// <summary>A sample is at its stop. Returns true after changing its state, so that its derivative is evaluated anew.</summary>
    public virtual bool Arrive(int sample, Span<double> states) => false;

    /// <summary>Whether the observer will ask for the solution strictly inside the step that a sample has just taken.</summary>
    public virtual bool WantsInterior(int sample, StepRound round) => false;

    /// <summary>An event has changed a sample's state at the end of the round before.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="time">Where it is.</param>
    /// <param name="states">States after the change, component-major.</param>
    public virtual void StateChanged(int sample, double time, ReadOnlySpan<double> states)
    {
    }

    /// <summary>A round in which at least one sample moved. Samples that did not have a step of 0.</summary>
    /// <param name="round">Start, end and stages.</param>
    /// <param name="slopes">Rows of the method's interpolant, one buffer after the other; meaningless for samples that did not move.</param>
    public virtual void RoundCompleted(StepRound round, ReadOnlySpan<double> slopes)
    {
    }
}
