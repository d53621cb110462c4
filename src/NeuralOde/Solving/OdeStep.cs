namespace NeuralOde;

/// <summary>An accepted step of one sample, as a <see cref="StepObserver"/> sees it.</summary>
public readonly ref struct OdeStep
{
    internal OdeStep(int sample, double startTime, double time, ReadOnlySpan<double> state)
    {
        Sample = sample;
        StartTime = startTime;
        Time = time;
        State = state;
    }

    /// <summary>The sample of the batch; 0 where there is only one.</summary>
    public int Sample { get; }

    /// <summary>Where the step starts.</summary>
    public double StartTime { get; }

    /// <summary>Where the step ends.</summary>
    public double Time { get; }

    /// <summary>The state at <see cref="Time"/>, one number per component, before an event changes it.</summary>
    public ReadOnlySpan<double> State { get; }
}
