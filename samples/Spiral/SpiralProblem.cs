using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;

namespace NeuralOde.Samples;

/// <summary>The dynamics behind the data, dz/dt = A zᵖ with the power taken of every component, and what is observed of them.</summary>
internal sealed class SpiralProblem
{
    /// <summary>Observations end here: what comes after is unseen in training.</summary>
    public const double ObservedUntil = 25;

    public const double PredictedUntil = 50;

    private const int Observations = 1000;

    private SpiralProblem(int power, double[,] a)
    {
        Power = power;
        A = Matrix<double>.Build.DenseOfArray(a);
    }

    /// <summary>A spiral that turns once in 2π and shrinks like exp(−0.1 t).</summary>
    public static SpiralProblem Linear { get; } = new(power: 1, new[,] { { -0.1, -1.0 }, { 1.0, -0.1 } });

    /// <summary>The spiral of torchdiffeq's ode_demo.py, which multiplies the row vector z³ by Aᵀ.</summary>
    public static SpiralProblem Cubic { get; } = new(power: 3, new[,] { { -0.1, -2.0 }, { 2.0, -0.1 } });

    public int Power { get; }

    public Matrix<double> A { get; }

    public double[] InitialState { get; } = [2.0, 0.0];

    /// <summary>Equally spaced times on [0, 50]; the first 1000 of them end at t = 25.</summary>
    public static double[] Times { get; } = [.. Enumerable.Range(0, 2 * Observations - 1).Select(n => n * ObservedUntil / (Observations - 1))];

    public static int ObservedTimes => Observations;

    public void Derivative(ReadOnlySpan<double> state, Span<double> derivative)
    {
        double x = Math.Pow(state[0], Power), y = Math.Pow(state[1], Power);
        derivative[0] = A[0, 0] * x + A[0, 1] * y;
        derivative[1] = A[1, 0] * x + A[1, 1] * y;
    }

    /// <summary>The states at given times, the first of which is 0, to about ten digits.</summary>
    public OdeSolution Solve(double[] times)
    {
        var field = VectorField.FromFunction(dimension: 2, (t, z, dzdt) => Derivative(z, dzdt));
        var options = new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };
        return OdeSolver.Solve(field, InitialState, times, options).EnsureSuccess();
    }

    /// <summary>What training sees: 1000 observations on [0, 25].</summary>
    /// <param name="noise">Standard deviation of what is added to every component.</param>
    /// <param name="isIrregular">Whether the times after the first are drawn at random rather than equally spaced.</param>
    /// <param name="seed">Seed of times and noise.</param>
    public TrajectoryDataset Observe(double noise, bool isIrregular, int seed)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        double[] times = isIrregular
            ? [0, .. Enumerable.Range(1, Observations - 1).Select(_ => ObservedUntil * random.NextDouble()).Order()]
            : Times[..Observations];
        Matrix<double> states = Solve(times).ToMatrix();
        if (noise > 0)
            states += Matrix<double>.Build.Random(states.RowCount, states.ColumnCount, new Normal(0, noise, random));
        return TrajectoryDataset.FromTrajectory(times, states);
    }
}
