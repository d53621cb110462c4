using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace NeuralOde.Samples;

/// <summary>
/// The textbook's predator and prey, dH/dt = αH − βHL and dL/dt = −γL + δHL. In logarithms h = ln H, l = ln L:
/// dh/dt = α − βeˡ and dl/dt = −γ + δeʰ.
/// </summary>
/// <remarks>The parameters are ln α, ln β, ln γ, ln δ, so that the rates stay positive.</remarks>
internal sealed class LotkaVolterra
{
    private const int Rates = 4;
    private readonly NeuralOdeModel _model;
    private readonly double[] _initialState;

    private LotkaVolterra(NeuralOdeModel model, double[] initialState)
    {
        _model = model;
        _initialState = initialState;
    }

    /// <summary>α, β, γ, δ per year (and per thousand pelts).</summary>
    public double[] RateConstants => [.. _model.Parameters.ToArray().Select(Math.Exp)];

    /// <summary>
    /// Finds the rates and the initial state with the least mean squared error in standardized logarithms, the loss of the networks.
    /// The library gives the gradient with respect to both; the descent is MathNet's L-BFGS.
    /// </summary>
    public static LotkaVolterra Fit(Trajectory observed)
    {
        TrainableVectorField field = CreateField(observed);
        var model = new NeuralOdeModel(field) { Solver = new OdeSolverOptions { RelativeTolerance = 1e-8, MaxSteps = 5000 } };
        double[] times = observed.Times.ToArray();
        double[] targets = observed.States.ToArray();
        double[] scales = Standardization.FromDataset(TrajectoryDataset.FromTrajectories([observed])).Scales.ToArray();

        (double, Vector<double>) LossAndGradient(Vector<double> point)
        {
            double[] p = point.ToArray();
            p.AsSpan(0, Rates).CopyTo(model.Parameters);
            GradientResult g = model.ComputeGradient(p.AsSpan(Rates), times, (prediction, cotangent) => MeanSquaredError(prediction, targets, scales, cotangent));
            return (g.EnsureSuccess().Loss, Vector<double>.Build.Dense([.. g.Parameters, .. g.InitialState]));
        }

        Vector<double> start = Vector<double>.Build.Dense([.. field.Parameters, .. observed.StateAt(0)]);
        var descent = new LimitedMemoryBfgsMinimizer(gradientTolerance: 1e-6, parameterTolerance: 1e-9, functionProgressTolerance: 1e-12, memory: 10);
        double[] best = descent.FindMinimum(ObjectiveFunction.Gradient(LossAndGradient), start).MinimizingPoint.ToArray();
        best.AsSpan(0, Rates).CopyTo(model.Parameters);
        return new LotkaVolterra(model, best[Rates..]);
    }

    public OdeSolution Predict(double[] times) => _model.Predict(_initialState, times);

    /// <summary>Starts with the equilibrium (γ/δ, α/β) at the means of the data and a period of about nine years, 2π/√(αγ).</summary>
    private static TrainableVectorField CreateField(Trajectory observed)
    {
        const double Rate = 0.7;
        Vector<double> means = observed.ToMatrix().ColumnSums() / observed.Length;
        double lnRate = Math.Log(Rate);
        return TrainableVectorField.FromFunction(dimension: 2, parameters: [lnRate, lnRate - means[1], lnRate, lnRate - means[0]],
            (t, y, p, dydt) =>
            {
                dydt[0] = Math.Exp(p[0]) - Math.Exp(p[1] + y[1]);
                dydt[1] = -Math.Exp(p[2]) + Math.Exp(p[3] + y[0]);
            },
            (t, y, p, c, cy, cp) =>
            {
                double eaten = Math.Exp(p[1] + y[1]), born = Math.Exp(p[3] + y[0]);
                cy[0] = c[1] * born;
                cy[1] = -c[0] * eaten;
                cp[0] = c[0] * Math.Exp(p[0]);
                cp[1] = -c[0] * eaten;
                cp[2] = -c[1] * Math.Exp(p[2]);
                cp[3] = c[1] * born;
            });
    }

    private static double MeanSquaredError(ReadOnlySpan<double> prediction, double[] targets, double[] scales, Span<double> cotangent)
    {
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            double scale = scales[i % scales.Length];
            double difference = (prediction[i] - targets[i]) / scale;
            sum += difference * difference;
            cotangent[i] = 2 * difference / scale / targets.Length;
        }

        return sum / targets.Length;
    }
}
