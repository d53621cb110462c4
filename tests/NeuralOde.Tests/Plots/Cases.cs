namespace NeuralOde.Tests.Plots;

/// <summary>Models and data whose solutions are known.</summary>
internal static class Cases
{
    /// <summary>z' = −z in every component: z(t) = z(0) exp(−t).</summary>
    public static NeuralOdeModel Decay(int dimension) => new(TrainableVectorField.FromFunction(dimension, [1.0],
        (t, y, p, dydt) =>
        {
            for (int i = 0; i < y.Length; i++)
                dydt[i] = -p[0] * y[i];
        },
        (t, y, p, c, cy, cp) =>
        {
            for (int i = 0; i < y.Length; i++)
            {
                cy[i] = -p[0] * c[i];
                cp[0] -= c[i] * y[i];
            }
        }));

    /// <summary>z' = (−z₂, z₁): circles.</summary>
    public static VectorField Rotation { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = -y[1];
        dydt[1] = y[0];
    });

    public static TrajectoryDataset Waves(int dimension, int length)
    {
        var times = new double[length];
        var states = new double[length, dimension];
        for (int n = 0; n < length; n++)
        {
            times[n] = 0.1 * n;
            for (int i = 0; i < dimension; i++)
                states[n, i] = Math.Pow(10, i - 3) * Math.Cos(times[n] * (1 + 0.2 * i) + i);
        }

        return TrajectoryDataset.FromTrajectory(times, states);
    }

    public static TrainingProgress Step(int iteration, double loss, double? validation = null, bool isSkipped = false) =>
        new() { Iteration = iteration, Loss = loss, ValidationLoss = validation, IsSkipped = isSkipped };
}
