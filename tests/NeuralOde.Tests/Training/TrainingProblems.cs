using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Training;

/// <summary>Small problems to train on, with known truth: the spiral z' = Az, A = [[−0.1, −1], [1, −0.1]].</summary>
internal static class TrainingProblems
{
    public static double[] Spiral(double time, double amplitude = 2.0, double phase = 0.0)
    {
        double radius = amplitude * Math.Exp(-0.1 * time);
        return [radius * Math.Cos(time + phase), radius * Math.Sin(time + phase)];
    }

    public static Trajectory SpiralTrajectory(double[] times, double amplitude = 2.0, double phase = 0.0) =>
        new(times, times.SelectMany(time => Spiral(time, amplitude, phase)).ToArray(), dimension: 2);

    /// <summary>One spiral, equally spaced.</summary>
    public static TrajectoryDataset Regular(int observations = 60, double step = 0.1) =>
        TrajectoryDataset.FromTrajectories([SpiralTrajectory([.. Enumerable.Range(0, observations).Select(i => i * step)])]);

    /// <summary>Irregular times, lengths from 1 to 40, and one trajectory that runs backward in time.</summary>
    public static TrajectoryDataset Irregular() => TrajectoryDataset.FromTrajectories(
    [
        SpiralTrajectory(Times(40, 0.0, 1)),
        SpiralTrajectory([.. Times(25, -3.0, 1).Reverse()], amplitude: 1.2, phase: 1.0),
        SpiralTrajectory([5.0]),
        SpiralTrajectory(Times(3, 100.0, 1), amplitude: 2e4, phase: 2.0),
        SpiralTrajectory(Times(17, 1.5, 1), amplitude: 1.5, phase: -2.0),
    ]);

    public static NeuralOdeModel Model(string method = "discrete", int seed = 3, int hidden = 8) => new(new MultilayerPerceptron(2, [hidden], 2, Activation.Tanh, seed))
    {
        Gradient = ModelExamples.Method(method),
        Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
    };

    public static TrainingOptions Options(int iterations = 40) => new()
    {
        Iterations = iterations,
        BatchSize = 6,
        SegmentLength = 5,
        Seed = 11,
        Optimizer = Optimizer.Adam(learningRate: 1e-2),
    };

    /// <summary>A field of one unknown rate that is not a number where z is above 1.5: minibatches that come there fail.</summary>
    public static NeuralOdeModel FailingAbove(double limit) => new(TrainableVectorField.FromFunction(2, [0.05, 0.7],
        (_, y, p, dydt) =>
        {
            bool fails = y[0] > limit;
            dydt[0] = fails ? double.NaN : -p[0] * y[0] - p[1] * y[1];
            dydt[1] = p[1] * y[0] - p[0] * y[1];
        },
        (_, y, p, c, cy, cp) =>
        {
            cy[0] = -p[0] * c[0] + p[1] * c[1];
            cy[1] = -p[1] * c[0] - p[0] * c[1];
            cp[0] = -y[0] * c[0] - y[1] * c[1];
            cp[1] = -y[1] * c[0] + y[0] * c[1];
        }))
    {
        Solver = new OdeSolverOptions { RelativeTolerance = 1e-5 },
    };

    /// <summary>Largest distance between the prediction from the first observation and the truth.</summary>
    public static double Error(NeuralOdeModel model, Trajectory truth)
    {
        OdeSolution prediction = model.Predict(truth.StateAt(0), truth.Times).EnsureSuccess();
        double error = 0;
        for (int i = 0; i < truth.States.Length; i++)
            error = Math.Max(error, Math.Abs(prediction.States[i] - truth.States[i]));
        return error;
    }

    private static double[] Times(int count, double start, int seed)
    {
        double time = start;
        return [.. Enumerable.Range(0, count).Select(i => time += 0.05 + 0.15 * (1 + Math.Sin(7.3 * i + seed)))];
    }
}
