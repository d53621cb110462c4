using NeuralOde.Tests.Solving;

namespace NeuralOde.Tests.Gradients;

/// <summary>Gradients of segments that start, end and are observed some roundings from the breakpoints of their input.</summary>
public sealed class NearbyStopGradientTests
{
    private const double Rate = -0.8;
    private const double Gain = 1.3;
    private const double Initial = 0.7;

    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-10 };

    public static TheoryData<bool, int> Ways => new() { { false, 0 }, { false, 1 }, { false, 2 }, { true, 0 }, { true, 1 }, { true, 2 } };

    /// <summary>y' = a y + b u, of which a, b and y0 have derivatives in closed form but for a quadrature.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void They_are_those_of_the_closed_form(bool isContinuous, int kind)
    {
        InputSignal input = NearbyStopTests.Inputs[kind];
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.HasGradient && method.IsAdaptive && method.Order >= 5))
        {
            var model = new NeuralOdeModel(new NeuralVectorField(new Sequential(seed: 1, new Dense(2, 1, hasBias: false)), input))
            {
                Solver = Tight with { Method = method },
                Gradient = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
            };
            (model.Parameters[0], model.Parameters[1]) = (Rate, Gain);
            for (int k = -4; k <= 4; k++)
            {
                foreach (int way in new[] { 2, -2 })
                {
                    double start = NearbyStopTests.Roundings(0.1 * 3, k), middle = NearbyStopTests.Roundings(0.1 * (3 + way / 2), k), end = NearbyStopTests.Roundings(0.1 * (3 + way), -k);
                    GradientResult gradient = model.ComputeGradient([Initial], [start, middle, end], (predictions, cotangents) =>
                    {
                        (cotangents[0], cotangents[1], cotangents[2]) = (0, 1, 2);
                        return predictions[1] + 2 * predictions[2];
                    }).EnsureSuccess();
                    string because = $"{method} from {start:R} by {middle:R} to {end:R}";
                    gradient.Loss.Should().BeApproximately(State(input, start, middle) + 2 * State(input, start, end), 1e-7, because);
                    gradient.Parameters[0].Should().BeApproximately(ByRate(input, start, middle) + 2 * ByRate(input, start, end), 1e-6, because);
                    gradient.Parameters[1].Should().BeApproximately(ByGain(input, start, middle) + 2 * ByGain(input, start, end), 1e-6, because);
                    gradient.InitialState[0].Should().BeApproximately(Math.Exp(Rate * (middle - start)) + 2 * Math.Exp(Rate * (end - start)), 1e-7, because);
                }
            }
        }
    }

    /// <summary>Data at i / 10.0 and an input with knots 0.1 · i: a third of the segments start one rounding before a knot.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void A_trainer_skips_none_of_such_segments(bool isContinuous, int kind)
    {
        InputSignal input = NearbyStopTests.Inputs[kind];
        double[] times = [.. Enumerable.Range(0, 12).Select(i => i / 10.0)];
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([new Trajectory(times, [.. times.Select(t => State(input, 0, t))], dimension: 1)]);
        var model = new NeuralOdeModel(new NeuralVectorField(new Sequential(seed: 1, new Dense(2, 1, hasBias: false)), input))
        {
            Gradient = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
        };
        TrainingResult result = new Trainer(model, new TrainingOptions { Iterations = 60, BatchSize = 3, SegmentLength = 3, Seed = 1, Optimizer = Optimizer.Adam(5e-2) }).Fit(data);
        result.SkippedMinibatches.Should().Be(0, "{0}", result.LastFailure);
        result.End.Should().Be(TrainingEnd.Completed);
    }

    private static double State(InputSignal input, double t0, double t) =>
        Math.Exp(Rate * (t - t0)) * Initial + Gain * ByGain(input, t0, t);

    private static double ByGain(InputSignal input, double t0, double t) =>
        NearbyStopTests.Integral(input, t0, t, (s, u) => Math.Exp(Rate * (t - s)) * u);

    private static double ByRate(InputSignal input, double t0, double t) =>
        (t - t0) * Math.Exp(Rate * (t - t0)) * Initial + Gain * NearbyStopTests.Integral(input, t0, t, (s, u) => (t - s) * Math.Exp(Rate * (t - s)) * u);
}
