using System.Text.Json;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>The named step-size controllers, and parity with Hairer's program.</summary>
public class ControllerTests
{
    private static readonly OdeSolverOptions AsHairer = new()
    {
        Method = OdeMethod.DormandPrince5,
        RelativeTolerance = 1e-7,
        AbsoluteTolerance = 1e-7,
        Controller = StepSizeController.Hairer,
    };

    private static readonly JsonElement Expected = Reference.Problem("arenstorf", "hairer_dopri5_tol_1e-7");

    [Fact]
    public void The_Arenstorf_orbit_takes_the_evaluations_and_steps_of_Hairers_program()
    {
        OdeSolution orbit = Orbit(AsHairer).EnsureSuccess();
        OdeStatistics counts = orbit.Statistics;
        counts.Evaluations.Should().Be(Expected.GetProperty("evaluations").GetInt64());
        counts.AcceptedSteps.Should().Be(Expected.GetProperty("accepted").GetInt64());
        (counts.AcceptedSteps + counts.RejectedSteps).Should().Be(Expected.GetProperty("steps").GetInt64());
        (counts.Evaluations, counts.AcceptedSteps + counts.RejectedSteps, counts.AcceptedSteps, counts.RejectedSteps).Should().Be((1442, 240, 216, 24));
        // His program counts rejections only once a step was accepted: it prints 22.
        int atFirst = 0;
        while (Orbit(AsHairer with { MaxSteps = atFirst + 1 }).Statistics.AcceptedSteps == 0)
            atFirst++;
        (counts.RejectedSteps - atFirst).Should().Be(Expected.GetProperty("rejected").GetInt64());
        orbit.FinalState[0].Should().BeApproximately(Expected.GetProperty("y_end")[0].GetDouble(), 1e-9);
        orbit.FinalState[1].Should().BeApproximately(Expected.GetProperty("y_end")[1].GetDouble(), 1e-8);
    }

    [Fact]
    public void Its_dense_output_is_that_of_Hairers_program_after_as_many_steps()
    {
        OdeSolution orbit = Orbit(AsHairer).EnsureSuccess();
        foreach (double[] row in Expected.GetProperty("dense_output").EnumerateArray().Select(row => row.Numbers()))
        {
            double[] state = orbit.Evaluate(row[0]);
            state[0].Should().BeApproximately(row[1], 2e-9, "y1 at {0}", row[0]);
            state[1].Should().BeApproximately(row[2], 2e-9, "y2 at {0}", row[0]);
            int step = (int)row[3];
            row[0].Should().BeGreaterThan(orbit.Times[step - 1]).And.BeLessThanOrEqualTo(orbit.Times[step]);
        }
    }

    [Fact]
    public void The_first_step_of_Hairers_program_takes_sums_where_others_take_means()
    {
        // Sixteen equal components: the first norm of sums is four times that of means, the first step 4^(1/5) times as short.
        VectorField field = VectorField.FromFunction(16, (t, y, dydt) =>
        {
            for (int i = 0; i < 16; i++)
                dydt[i] = -y[i];
        });
        double[] start = [.. Enumerable.Repeat(1.0, 16)];
        double First(StepSizeController? controller) => OdeSolver.Solve(field, start, 0, 1, new OdeSolverOptions { Method = OdeMethod.DormandPrince5, Controller = controller, RelativeTolerance = 1e-9 }).Times[1];
        (First(null) / First(StepSizeController.Hairer)).Should().BeApproximately(Math.Pow(4, 0.2), 1e-12);
        double Single(StepSizeController? controller) => OdeSolver.Solve(Problems.Decay, [1], 0, 1, new OdeSolverOptions { Method = OdeMethod.DormandPrince5, Controller = controller, RelativeTolerance = 1e-9 }).Times[1];
        Single(StepSizeController.Hairer).Should().Be(Single(null), "one component is its own sum");
    }

    public static TheoryData<string> Names { get; } =
    [
        nameof(StepSizeController.Integral), nameof(StepSizeController.ProportionalIntegral), nameof(StepSizeController.ProportionalIntegralDerivative), nameof(StepSizeController.Hairer),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_named_controller_reaches_the_tolerance_with_every_method(string name)
    {
        var controller = (StepSizeController)typeof(StepSizeController).GetProperty(name)!.GetValue(null)!;
        double[] expected = Reference.Problem("lotka_volterra_gradient", "u_10").Numbers();
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 3))
        {
            OdeSolution solution = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0.0, 10],
                new OdeSolverOptions { Method = method, Controller = controller, RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 }).EnsureSuccess();
            solution.FinalState.ToArray().ShouldBeNear(expected, 1e-3, $"{method} with {name}");
        }
    }

    [Fact]
    public void The_error_of_the_first_step_holds_back_only_those_who_count_it()
    {
        // Two steps into a solve the errors are the same; only what stands for those before the first and the second differs.
        double[] Steps(bool countsFirst)
        {
            var steps = new List<double>();
            OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0.0, 10], new OdeSolverOptions
            {
                Method = OdeMethod.DormandPrince5,
                InitialStep = 0.01,
                Controller = new StepSizeController { CountsFirstError = countsFirst, MaximumFactor = 100.0 },
                StepObserver = (in OdeStep step) => steps.Add(step.Time - step.StartTime),
            });
            return [.. steps];
        }

        double[] careful = Steps(true), usual = Steps(false);
        careful[0].Should().Be(usual[0]);
        (usual[1] / careful[1]).Should().BeApproximately(Math.Pow(1e-4, -0.2 / 5), 1e-9);
        usual[2].Should().BeGreaterThan(careful[2]);
    }

    [Fact]
    public void The_next_step_is_what_the_law_says_of_the_last_three_errors()
    {
        foreach (StepSizeController controller in new[] { StepSizeController.Integral, StepSizeController.ProportionalIntegral, StepSizeController.ProportionalIntegralDerivative })
        {
            // What the norm saw last when a step is accepted is that step's error; what it saw before, those of rejected ones.
            var seen = new List<double>();
            var accepted = new List<(double Error, double Step, bool IsFirstTrial)>();
            OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0.0, 10], new OdeSolverOptions
            {
                Method = OdeMethod.DormandPrince5,
                Controller = controller,
                InitialStep = 0.02,
                ErrorNorm = ErrorNorm.FromFunction(e => { seen.Add(Math.Max(Math.Abs(e[0]), Math.Abs(e[1]))); return seen[^1]; }),
                StepObserver = (in OdeStep step) => { accepted.Add((seen[^1], step.Time - step.StartTime, seen.Count == 1)); seen.Clear(); },
            }).EnsureSuccess();
            // The first step was a guess, whose error does not count after the next.
            int checks = 0;
            for (int n = 4; n < accepted.Count - 2; n++)
            {
                if (!accepted[n - 1].IsFirstTrial || !accepted[n].IsFirstTrial)
                    continue;
                double Term(int step, double beta) => Math.Pow(step == n - 1 ? accepted[step].Error : Math.Max(accepted[step].Error, 1e-4), beta / 5);
                double factor = 0.9 / (Term(n - 1, controller.Beta1) * Term(n - 2, controller.Beta2) * Term(n - 3, controller.Beta3));
                accepted[n].Step.Should().BeApproximately(Math.Clamp(factor, 0.2, 10) * accepted[n - 1].Step, 1e-12);
                checks++;
            }

            checks.Should().BeGreaterThan(30);
        }
    }

    private static OdeSolution Orbit(OdeSolverOptions options) => OdeSolver.Solve(Problems.Arenstorf(Reference.Problem("arenstorf", "mu").GetDouble()),
        Reference.Problem("arenstorf", "y0").Numbers(), 0, Reference.Problem("arenstorf", "period").GetDouble(), options);
}
