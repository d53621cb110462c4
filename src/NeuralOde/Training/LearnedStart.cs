namespace NeuralOde;

/// <summary>The learned initial state of one segment (<see cref="InitialStates.Learned"/>).</summary>
public sealed class LearnedStart
{
    private readonly double[] _state;

    internal LearnedStart(int trajectory, int observation, double time, double[] state)
    {
        Trajectory = trajectory;
        Observation = observation;
        Time = time;
        _state = state;
    }

    /// <summary>Index of the trajectory among those that are trained on.</summary>
    public int Trajectory { get; }

    /// <summary>The observation of the trajectory at which the segment starts.</summary>
    public int Observation { get; }

    /// <summary>The time of that observation.</summary>
    public double Time { get; }

    /// <summary>The state then, one number per component of the model, hidden ones among them, in the data's units.</summary>
    public ReadOnlySpan<double> State => _state;
}
