namespace NeuralOde.Tests.Evaluation;

/// <summary>A damped oscillator whose solution is known, as a model and as data.</summary>
internal static class EvaluationExamples
{
    /// <summary>z1' = z2, z2' = −4 z1 − 0.2 z2.</summary>
    public static NeuralOdeModel Oscillator(double stiffness = 4.0, Standardization? standardization = null) => new(TrainableVectorField.FromFunction(2, [stiffness, 0.2],
        (_, y, p, dydt) => (dydt[0], dydt[1]) = (y[1], (-p[0] * y[0]) - (p[1] * y[1])),
        (_, y, p, c, cy, cp) =>
        {
            (cy[0], cy[1]) = (-p[0] * c[1], c[0] - (p[1] * c[1]));
            (cp[0], cp[1]) = (-y[0] * c[1], -y[1] * c[1]);
        }))
    {
        Solver = new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
        Standardization = standardization,
    };

    /// <summary>The solution from (1, 0): underdamped, with ω = √(4 − 0.01).</summary>
    public static double[] State(double t)
    {
        double frequency = Math.Sqrt(4.0 - 0.01);
        double decay = Math.Exp(-0.1 * t);
        double position = decay * (Math.Cos(frequency * t) + (0.1 / frequency * Math.Sin(frequency * t)));
        double velocity = -decay * 4.0 / frequency * Math.Sin(frequency * t);
        return [position, velocity];
    }

    public static double[] Times(int count, double step = 0.2) => [.. Enumerable.Range(0, count).Select(n => n * step)];

    /// <summary>The solution with what a change makes of the number of observation n and component i.</summary>
    public static Trajectory Observed(double[] times, Func<int, int, double, double>? change = null)
    {
        var states = new double[times.Length, 2];
        for (int n = 0; n < times.Length; n++)
        {
            double[] state = State(times[n]);
            for (int i = 0; i < 2; i++)
                states[n, i] = change is null ? state[i] : change(n, i, state[i]);
        }

        return new Trajectory(times, states);
    }

    public static TrajectoryDataset Dataset(params Trajectory[] trajectories) => TrajectoryDataset.FromTrajectories(trajectories, ["position", "velocity"]);
}
