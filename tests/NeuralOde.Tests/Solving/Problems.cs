namespace NeuralOde.Tests.Solving;

/// <summary>Initial-value problems whose solution is known, and fields that tests put trouble into.</summary>
internal static class Problems
{
    /// <summary>y' = −y.</summary>
    public static VectorField Decay { get; } = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0]);

    /// <summary>y1' = y2, y2' = −sin y1.</summary>
    public static VectorField Pendulum { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = -Math.Sin(y[0]);
    });

    /// <summary>A pendulum pushed by a sine.</summary>
    public static VectorField NonAutonomousPendulum { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = -Math.Sin(y[0]) + 0.5 * Math.Sin(2 * t);
    });

    /// <summary>Lotka and Volterra with the coefficients of references.json.</summary>
    public static VectorField LotkaVolterra { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = 1.5 * y[0] - y[0] * y[1];
        dydt[1] = -3.0 * y[1] + y[0] * y[1];
    });

    /// <summary>Two coupled equations that depend on t, solved by <see cref="NonAutonomousSolution"/>.</summary>
    public static VectorField NonAutonomous { get; } = VectorField.FromFunction(2, EvaluateNonAutonomous);

    /// <summary>The same with its Jacobian, for methods whose order depends on that.</summary>
    public static VectorField NonAutonomousWithJacobian { get; } = VectorField.FromFunction(2, EvaluateNonAutonomous, (t, y, jacobian) =>
    {
        jacobian[0] = Math.Cos(t);
        jacobian[1] = 1.0;
        jacobian[2] = y[1];
        jacobian[3] = -4.0 * t * y[1] + (y[0] - Math.Exp(Math.Sin(t)));
    });

    public static double[] NonAutonomousSolution(double t) => [Math.Exp(Math.Sin(t)), 1.0 / (1.0 + t * t)];

    public static double[] NonAutonomousSlope(double t) => [Math.Cos(t) * Math.Exp(Math.Sin(t)), -2.0 * t / Math.Pow(1.0 + t * t, 2)];

    private static void EvaluateNonAutonomous(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        dydt[0] = y[0] * Math.Cos(t) + (y[1] - 1.0 / (1.0 + t * t));
        dydt[1] = -2.0 * t * y[1] * y[1] + (y[0] - Math.Exp(Math.Sin(t))) * y[1];
    }

    /// <summary>An oscillation whose frequency 1 + t rises, solved by <see cref="ChirpSolution"/>.</summary>
    public static VectorField Chirp { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = -(1.0 + t) * y[1];
        dydt[1] = (1.0 + t) * y[0];
    });

    public static double[] ChirpSolution(double t) => [Math.Cos(t + t * t / 2.0), Math.Sin(t + t * t / 2.0)];

    /// <summary>The restricted three-body problem of the Arenstorf orbit.</summary>
    public static VectorField Arenstorf(double mu) => VectorField.FromFunction(4, (t, y, dydt) =>
    {
        double nu = 1.0 - mu;
        double d1 = Math.Pow((y[0] + mu) * (y[0] + mu) + y[1] * y[1], 1.5);
        double d2 = Math.Pow((y[0] - nu) * (y[0] - nu) + y[1] * y[1], 1.5);
        dydt[0] = y[2];
        dydt[1] = y[3];
        dydt[2] = y[0] + 2.0 * y[3] - nu * (y[0] + mu) / d1 - mu * (y[0] - nu) / d2;
        dydt[3] = y[1] - 2.0 * y[2] - nu * y[1] / d1 - mu * y[1] / d2;
    });

    /// <summary>A field that counts its evaluations and remembers the range of their times.</summary>
    public static Recording Record(VectorField field) => new(field);

    public sealed class Recording
    {
        public Recording(VectorField field) => Field = VectorField.FromFunction(field.Dimension, (t, y, dydt) =>
        {
            Evaluations++;
            First = Math.Min(First, t);
            Last = Math.Max(Last, t);
            field.Evaluate(t, y, dydt);
        });

        public VectorField Field { get; }

        public long Evaluations { get; private set; }

        public double First { get; private set; } = double.PositiveInfinity;

        public double Last { get; private set; } = double.NegativeInfinity;
    }
}
