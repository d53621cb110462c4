namespace NeuralOde.Tests.Solving;

/// <summary>Stiff initial-value problems with their Jacobians (Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.10).</summary>
internal static class StiffProblems
{
    /// <summary>A problem, a state where its numbers are of their usual size, and its Jacobian.</summary>
    public sealed record Problem(string Name, VectorFieldFunction Function, JacobianFunction Jacobian, double[] InitialState, double[] TypicalState)
    {
        public int Dimension => InitialState.Length;

        public VectorField Field => VectorField.FromFunction(Dimension, Function);

        public VectorField FieldWithJacobian => VectorField.FromFunction(Dimension, Function, Jacobian, isAutonomous: true);

        public double[] ExactJacobian(ReadOnlySpan<double> state)
        {
            var jacobian = new double[Dimension * Dimension];
            Jacobian(0.0, state, jacobian);
            return jacobian;
        }
    }

    /// <summary>High irradiance responses of photomorphogenesis, 8 components.</summary>
    public static Problem Hires { get; } = new("HIRES",
        (t, y, dydt) =>
        {
            dydt[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
            dydt[1] = 1.71 * y[0] - 8.75 * y[1];
            dydt[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
            dydt[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
            dydt[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
            dydt[5] = -280.0 * y[5] * y[7] + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
            dydt[6] = 280.0 * y[5] * y[7] - 1.81 * y[6];
            dydt[7] = -280.0 * y[5] * y[7] + 1.81 * y[6];
        },
        (t, y, jacobian) =>
        {
            jacobian[0 * 8 + 0] = -1.71;
            jacobian[0 * 8 + 1] = 0.43;
            jacobian[0 * 8 + 2] = 8.32;
            jacobian[1 * 8 + 0] = 1.71;
            jacobian[1 * 8 + 1] = -8.75;
            jacobian[2 * 8 + 2] = -10.03;
            jacobian[2 * 8 + 3] = 0.43;
            jacobian[2 * 8 + 4] = 0.035;
            jacobian[3 * 8 + 1] = 8.32;
            jacobian[3 * 8 + 2] = 1.71;
            jacobian[3 * 8 + 3] = -1.12;
            jacobian[4 * 8 + 4] = -1.745;
            jacobian[4 * 8 + 5] = 0.43;
            jacobian[4 * 8 + 6] = 0.43;
            jacobian[5 * 8 + 3] = 0.69;
            jacobian[5 * 8 + 4] = 1.71;
            jacobian[5 * 8 + 5] = -280.0 * y[7] - 0.43;
            jacobian[5 * 8 + 6] = 0.69;
            jacobian[5 * 8 + 7] = -280.0 * y[5];
            jacobian[6 * 8 + 5] = 280.0 * y[7];
            jacobian[6 * 8 + 6] = -1.81;
            jacobian[6 * 8 + 7] = 280.0 * y[5];
            jacobian[7 * 8 + 5] = -280.0 * y[7];
            jacobian[7 * 8 + 6] = 1.81;
            jacobian[7 * 8 + 7] = -280.0 * y[5];
        },
        [1, 0, 0, 0, 0, 0, 0, 0.0057], [0.1, 0.02, 0.05, 0.4, 0.9, 0.6, 0.004, 0.0012]);

    /// <summary>Robertson's chemical reaction.</summary>
    public static Problem Rober { get; } = new("ROBER",
        (t, y, dydt) =>
        {
            double first = 0.04 * y[0], second = 3e7 * y[1] * y[1], third = 1e4 * y[1] * y[2];
            dydt[0] = -first + third;
            dydt[1] = first - third - second;
            dydt[2] = second;
        },
        (t, y, jacobian) =>
        {
            jacobian[0] = -0.04;
            jacobian[1] = 1e4 * y[2];
            jacobian[2] = 1e4 * y[1];
            jacobian[3] = 0.04;
            jacobian[4] = -1e4 * y[2] - 6e7 * y[1];
            jacobian[5] = -1e4 * y[1];
            jacobian[7] = 6e7 * y[1];
        },
        [1, 0, 0], [0.7, 1.2e-5, 0.3]);

    /// <summary>Van der Pol's equation with a stiffness of a million.</summary>
    public static Problem VanDerPol { get; } = new("Van der Pol",
        (t, y, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = 1e6 * ((1.0 - y[0] * y[0]) * y[1] - y[0]);
        },
        (t, y, jacobian) =>
        {
            jacobian[1] = 1.0;
            jacobian[2] = 1e6 * (-2.0 * y[0] * y[1] - 1.0);
            jacobian[3] = 1e6 * (1.0 - y[0] * y[0]);
        },
        [2, 0], [1.7, -0.9]);

    public static Problem Named(string name) => new[] { Hires, Rober, VanDerPol }.Single(problem => problem.Name == name);

    public static TheoryData<string> Names { get; } = [Hires.Name, Rober.Name, VanDerPol.Name];
}
