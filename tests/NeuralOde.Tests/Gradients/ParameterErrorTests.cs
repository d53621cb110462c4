using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Gradients;

public sealed class ParameterErrorTests
{
    private static readonly OdeMethod[] Adaptive =
    [
        OdeMethod.DormandPrince5, OdeMethod.Tsitouras5, OdeMethod.BogackiShampine3, OdeMethod.Verner7, OdeMethod.DormandPrince8, OdeMethod.Heun, OdeMethod.Ralston, CashKarp(),
    ];

    public static TheoryData<string, string> Methods
    {
        get
        {
            var methods = new TheoryData<string, string>();
            foreach (OdeMethod method in Adaptive)
            {
                methods.Add("discrete", method.Name);
                methods.Add("continuous", method.Name);
            }

            return methods;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_cosine_that_acts_on_a_state_at_rest_has_the_gradient_of_its_integral(string gradient, string method)
    {
        OdeMethod named = Method(method);
        RestingField field = RestingFields.Cosine();
        foreach (double tolerance in named.Tableau!.Order < 4 ? new[] { 1e-3, 1e-4, 1e-5 } : [1e-3, 1e-6, 1e-8, 1e-12])
        {
            OdeSolverOptions solver = Solver(tolerance, named);
            GradientResult result = field.Compute(Gradient(gradient), solver);
            result.Status.Should().Be(OdeStatus.Success, "at {0}", tolerance);
            field.Excess(result, solver).Should().BeLessThan(1, "at {0}", tolerance);
            result.ParameterError.Should().BeLessThan(100 * (tolerance * 0.0507 + solver.AbsoluteTolerance));
        }
    }

    [Fact]
    public void Switched_off_it_is_as_wrong_as_the_steps_are_long_and_says_nothing()
    {
        GradientResult result = RestingFields.Cosine().Compute(GradientMethod.DiscreteAdjoint() with { ControlsError = false }, Solver(1e-6));
        result.Status.Should().Be(OdeStatus.Success);
        Math.Abs(result.Parameters[0]).Should().BeGreaterThan(1);
        result.ParameterError.Should().Be(double.NaN);
        result.Refinements.Should().Be(0);
    }

    [Theory]
    [InlineData("discrete", 1e-6, 1000)]
    [InlineData("continuous", 1e-6, 1000)]
    [InlineData("discrete", 1e-3, 200)]
    [InlineData("discrete", 1e-8, 200)]
    [InlineData("continuous", 1e-8, 200)]
    public void Of_random_fields_at_rest_at_most_one_in_a_hundred_is_missed(string gradient, double tolerance, int count)
    {
        OdeSolverOptions solver = Solver(tolerance);
        int missed = 0, wrongBefore = 0;
        for (int seed = 0; seed < count; seed++)
        {
            RestingField field = RestingFields.Random(seed);
            GradientResult result = field.Compute(Gradient(gradient), solver);
            if (result.Status == OdeStatus.Success && !(field.Excess(result, solver) <= 1))
                missed++;
            if (seed < 100 && field.Excess(field.Compute(Gradient(gradient) with { ControlsError = false }, solver), solver) > 1)
                wrongBefore++;
        }

        missed.Should().BeLessThanOrEqualTo(count / 100);
        wrongBefore.Should().BeGreaterThan(20, "or the fields test nothing");
    }

    [Theory]
    [InlineData("discrete", "DormandPrince5", 1e-3)]
    [InlineData("discrete", "DormandPrince5", 1e-6)]
    [InlineData("discrete", "DormandPrince5", 1e-8)]
    [InlineData("discrete", "Tsitouras5", 1e-3)]
    [InlineData("discrete", "Tsitouras5", 1e-6)]
    [InlineData("discrete", "Verner7", 1e-3)]
    [InlineData("continuous", "DormandPrince5", 1e-3)]
    [InlineData("continuous", "DormandPrince5", 1e-6)]
    [InlineData("continuous", "Tsitouras5", 1e-3)]
    [InlineData("continuous", "Tsitouras5", 1e-6)]
    public void So_of_fields_that_almost_rest(string gradient, string method, double tolerance)
    {
        const int Count = 1000;
        OdeSolverOptions solver = Solver(tolerance, Method(method));
        int missed = 0;
        for (int seed = 0; seed < Count; seed++)
        {
            RestingField field = NearRest.Random(seed);
            GradientResult result = field.Compute(Gradient(gradient), solver);
            if (result.Status == OdeStatus.Success && !(field.Excess(result, solver) <= 1))
                missed++;
        }

        missed.Should().BeLessThanOrEqualTo(Count / 100);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void So_with_every_method(string gradient, string method)
    {
        OdeMethod named = Method(method);
        OdeSolverOptions solver = Solver(named.Tableau!.Order < 4 ? 1e-4 : 1e-7, named);
        Enumerable.Range(0, 40).Select(RestingFields.Random)
            .Count(field => field.Compute(Gradient(gradient), solver) is { Status: OdeStatus.Success } result && !(field.Excess(result, solver) <= 1))
            .Should().BeLessThanOrEqualTo(1);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-4)]
    [InlineData(1e-5)]
    [InlineData(1e-6)]
    [InlineData(1e-7)]
    [InlineData(1e-8)]
    public void Ordinary_gradients_are_left_alone(double tolerance)
    {
        foreach (OdeMethod method in new[] { OdeMethod.DormandPrince5, OdeMethod.Tsitouras5 })
        {
            OdeSolverOptions solver = Solver(tolerance, method);
            foreach (string gradient in new[] { "discrete", "continuous" })
            {
                foreach ((string name, TrainableVectorField field, double[] start, double[] times) in OrdinaryProblems())
                {
                    GradientResult result = new NeuralOdeModel(field) { Solver = solver, Gradient = Gradient(gradient) }.ComputeGradient(start, times, Squares);
                    result.Refinements.Should().Be(0, "of {0}, {1}", name, gradient);
                    // The state cannot be solved backward along a limit cycle or an attractor.
                    if (gradient == "discrete" || times.Length > 2)
                        result.EnsureSuccess().ParameterError.Should().BePositive();
                }

                var wide = new NeuralOdeModel(new MultilayerPerceptron(64, [256], 64, Activation.Tanh, seed: 3)) { Solver = solver, Gradient = Gradient(gradient) };
                double[][] starts = [.. Enumerable.Range(0, 4).Select(i => Enumerable.Range(0, 64).Select(k => Math.Sin(1 + 3 * i + 7 * k)).ToArray())];
                wide.ComputeBatchGradient(starts, [.. starts.Select(_ => new[] { 0.0, 1.0 })], (_, prediction, cotangent) => Squares(prediction, cotangent)).EnsureSuccess().Refinements.Should().Be(0);
            }
        }
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1e-6)]
    [InlineData(1e-8)]
    public void Networks_that_learn_a_spiral_are_left_alone(double tolerance)
    {
        // dz/dt = A(z³), observed often, in segments of ten.
        double[] times = [.. Enumerable.Range(0, 200).Select(i => i / 8.0)];
        VectorField spiral = VectorField.FromFunction(2, (_, y, dydt) =>
            (dydt[0], dydt[1]) = (-0.1 * Math.Pow(y[0], 3) + 2 * Math.Pow(y[1], 3), -2 * Math.Pow(y[0], 3) - 0.1 * Math.Pow(y[1], 3)));
        OdeSolution truth = OdeSolver.Solve(spiral, [2.0, 0.0], times).EnsureSuccess();
        double[,] states = new double[times.Length, 2];
        for (int n = 0; n < times.Length; n++)
            (states[n, 0], states[n, 1]) = (truth.State(n)[0], truth.State(n)[1]);
        TrajectoryDataset data = TrajectoryDataset.FromTrajectory(times, states);
        foreach (string gradient in new[] { "discrete", "continuous" })
        {
            foreach (Network network in new Network[] { new MultilayerPerceptron(2, [50], 2, Activation.Tanh, seed: 7), new MultilayerPerceptron(2, [50], 2, Activation.Identity, seed: 7) })
            {
                var model = new NeuralOdeModel(network) { Solver = Solver(tolerance), Gradient = Gradient(gradient) };
                TrainingResult result = new Trainer(model, new TrainingOptions { Iterations = 520, Seed = 7 }).Fit(data);
                (result.End, result.Refinements, result.StepLimit).Should().Be((TrainingEnd.Completed, 0, double.PositiveInfinity), gradient);
            }
        }
    }

    [Fact]
    public void Every_sample_is_measured_and_refined_by_itself()
    {
        // A parameter for each: one sample has a gradient a million times that of the other, which rests.
        TrainableVectorField field = TwoParameters();
        OdeSolverOptions solver = Solver(1e-6);
        var model = new NeuralOdeModel(field) { Solver = solver };
        double[] times = [0, 10];
        double Loss(int sample, ReadOnlySpan<double> prediction, Span<double> cotangent)
        {
            cotangent[^1] = sample == 0 ? 1e6 : 1;
            return cotangent[^1] * prediction[^1];
        }

        BatchGradientResult both = model.ComputeBatchGradient([[1.0, 0.0], [0.0, 0.0]], [times, times], Loss).EnsureSuccess();
        both.Refinements.Should().BePositive();
        both.ParameterErrorOf(1).Should().BeLessThan(1e-4);
        both.ParameterError.Should().Be(both.ParameterErrorOf(0) + both.ParameterErrorOf(1));
        // The active sample takes the steps that it takes alone.
        double[] ActiveAlone(bool controls) => [.. new NeuralOdeModel(field) { Solver = solver, Gradient = GradientMethod.DiscreteAdjoint() with { ControlsError = controls } }
            .ComputeBatchGradient([[1.0, 0.0], [1.0, 0.0]], [times, times], (_, prediction, cotangent) => Loss(0, prediction, cotangent)).InitialState(0)];
        both.InitialState(0).ToArray().Should().Equal(ActiveAlone(controls: true)).And.Equal(ActiveAlone(controls: false));
        BatchGradientResult active = model.ComputeBatchGradient([[1.0, 0.0], [1.0, 0.0]], [times, times], (_, prediction, cotangent) => Loss(0, prediction, cotangent)).EnsureSuccess();
        both.ParameterErrorOf(0).Should().Be(active.ParameterErrorOf(0));
    }

    [Fact]
    public void Parts_of_a_large_batch_have_the_same_bits_on_any_number_of_threads()
    {
        RestingField field = RestingFields.Random(2);
        BatchGradientResult Compute(int threads)
        {
            var model = new NeuralOdeModel(field.Field) { Solver = Solver(1e-6) with { MaxDegreeOfParallelism = threads } };
            double[][] starts = [.. Enumerable.Range(0, 150).Select(s => field.Start.Select(value => value + s % 3).ToArray())];
            return model.ComputeBatchGradient(starts, [.. starts.Select(_ => field.Times)], (_, prediction, cotangent) => field.Loss(prediction, cotangent)).EnsureSuccess();
        }

        BatchGradientResult one = Compute(1), four = Compute(4);
        one.Refinements.Should().BePositive().And.Be(four.Refinements);
        four.Parameters.ToArray().Should().Equal(one.Parameters.ToArray());
        four.ParameterError.Should().Be(one.ParameterError);
    }

    [Fact]
    public void One_step_for_all_is_refined_for_all()
    {
        RestingField field = RestingFields.Cosine();
        var model = new NeuralOdeModel(field.Field) { Solver = Solver(1e-6) with { ErrorControl = ErrorControl.Joint } };
        BatchGradientResult result = model.ComputeBatchGradient([[0], [1]], [[0, 10], [0, 10]], (_, prediction, cotangent) => field.Loss(prediction, cotangent)).EnsureSuccess();
        result.Parameters[0].Should().BeApproximately(2 * field.Gradient[0], 2e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20_000)]
    public void What_is_recorded_changes_no_bit(long budget)
    {
        RestingField field = Enumerable.Range(0, 100).Select(i => RestingFields.Random(RestingFields.Kinds * i + 1)).First(network => network.Compute(GradientMethod.DiscreteAdjoint(), Solver(1e-6)).Refinements > 0);
        GradientResult all = field.Compute(GradientMethod.DiscreteAdjoint(), Solver(1e-6)), some = field.Compute(GradientMethod.DiscreteAdjoint(budget), Solver(1e-6));
        all.Refinements.Should().BePositive();
        some.Parameters.ToArray().Should().Equal(all.Parameters.ToArray());
        some.ParameterError.Should().Be(all.ParameterError);
    }

    [Fact]
    public void The_rounding_of_single_precision_is_no_error()
    {
        var network = new MultilayerPerceptron(2, [40], 2, Activation.Tanh, seed: 5) { Precision = Precision.Single };
        foreach (string gradient in new[] { "discrete", "continuous" })
        {
            GradientResult result = new NeuralOdeModel(network) { Solver = Solver(1e-8), Gradient = Gradient(gradient) }.ComputeGradient([1.0, 0.5], [0, 1, 3], Squares);
            result.Status.Should().Be(OdeStatus.Success);
            result.Refinements.Should().Be(0);
        }
    }

    [Fact]
    public void Fixed_steps_are_measured_and_left_as_they_are()
    {
        foreach (OdeMethod method in new[] { OdeMethod.RungeKutta4, OdeMethod.Euler, OdeMethod.DormandPrince5 })
        {
            GradientResult result = RestingFields.Cosine().Compute(GradientMethod.DiscreteAdjoint(), new OdeSolverOptions { Method = method, FixedStep = 2.5 });
            result.Status.Should().Be(OdeStatus.Success);
            (result.Refinements, result.ForwardStatistics.AcceptedSteps).Should().Be((0, 4));
            Math.Abs(result.Parameters[0] - RestingFields.Cosine().Gradient[0]).Should().BeGreaterThan(0.01);
            result.ParameterError.Should().BeGreaterThan(0.01);
        }
    }

    [Fact]
    public void Rates_that_change_unannounced_are_right_or_refused_and_announced_ones_are_right()
    {
        // x' = p_k x − x y on the k-th interval, y' = x y − y, at its equilibrium (1, 1): the adjoint turns, and dL/dp_k is the integral of a cosine.
        double[] changes = [1, 2, 3];
        var field = TrainableVectorField.FromFunction(2, [1, 1, 1, 1],
            (t, y, p, dydt) =>
            {
                dydt[0] = p[changes.Count(change => t >= change)] * y[0] - y[0] * y[1];
                dydt[1] = y[0] * y[1] - y[1];
            },
            (t, y, p, c, cy, cp) =>
            {
                int k = changes.Count(change => t >= change);
                cy[0] = c[0] * (p[k] - y[1]) + c[1] * y[1];
                cy[1] = -c[0] * y[0] + c[1] * (y[0] - 1);
                cp[k] = c[0] * y[0];
            });
        double[] edges = [0, 1, 2, 3, 10], gradient = new double[4];
        for (int k = 0; k < 4; k++)
            gradient[k] = 20 * (Math.Sin(10 - edges[k]) - Math.Sin(10 - edges[k + 1]));
        var resting = new RestingField("predators", field, [0, 10], [1, 1], [[0, 0], [20, 0]], gradient);
        OdeSolverOptions unmeasured = Solver(1e-6);
        resting.Excess(resting.Compute(GradientMethod.DiscreteAdjoint() with { ControlsError = false }, unmeasured), unmeasured).Should().BeGreaterThan(1e3);
        foreach (OdeMethod solved in new[] { OdeMethod.DormandPrince5, OdeMethod.Tsitouras5, OdeMethod.Verner7 })
        {
            foreach (double tolerance in new[] { 1e-3, 1e-5, 1e-6, 1e-8 })
            {
                foreach (string method in new[] { "discrete", "continuous" })
                {
                    OdeSolverOptions solver = Solver(tolerance, solved);
                    GradientResult unannounced = resting.Compute(Gradient(method), solver);
                    if (unannounced.Status == OdeStatus.Success)
                        resting.Excess(unannounced, solver).Should().BeLessThan(1, "{0}, {1} at {2}", method, solved, tolerance);
                    else
                        unannounced.Failure!.Message.Should().Contain("JumpTimes").And.Contain("ControlsError");
                    OdeSolverOptions announced = solver with { JumpTimes = changes };
                    resting.Excess(resting.Compute(Gradient(method), announced).EnsureSuccess(), announced).Should().BeLessThan(1, "{0}, {1} at {2}", method, solved, tolerance);
                }
            }
        }
    }

    [Fact]
    public void What_no_allowed_step_resolves_is_a_failure()
    {
        GradientResult result = RestingFields.Cosine().Compute(GradientMethod.DiscreteAdjoint(), Solver(1e-6) with { MinStep = 2 });
        result.Status.Should().Be(OdeStatus.UnresolvedGradient);
        result.Failure!.Message.Should().Contain("MinStep");
        double.IsNaN(result.Parameters[0]).Should().BeTrue();
        RestingFields.Cosine().Compute(GradientMethod.DiscreteAdjoint(), Solver(1e-6) with { MaxSteps = 10 }).Status.Should().Be(OdeStatus.UnresolvedGradient);
    }

    [Fact]
    public void Measuring_allocates_nothing_once_warm()
    {
        foreach (GradientMethod gradient in new[] { GradientMethod.DiscreteAdjoint(), GradientMethod.ContinuousAdjoint() })
        {
            GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: true, width: 50), 20);
            GradientEngine engine = gradient.CreateEngine(problem.Field, Solver(1e-6), 20);
            engine.MeasuresErrors = true;
            var harness = new GradientHarness(problem, engine);
            harness.Compute();
            Allocations.During(() =>
            {
                harness.Solve();
                harness.Backward();
            }).Should().Be(0);
        }
    }

    [Fact]
    public void Measuring_changes_no_bit_of_the_gradient()
    {
        foreach (GradientMethod gradient in new[] { GradientMethod.DiscreteAdjoint(), GradientMethod.ContinuousAdjoint() })
        {
            GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: true), 9);
            LossGradient plain = GradientHarness.Compute(gradient, Solver(1e-6), problem);
            GradientEngine engine = gradient.CreateEngine(problem.Field, Solver(1e-6), 9);
            engine.MeasuresErrors = true;
            LossGradient measured = new GradientHarness(problem, engine).Compute();
            measured.Parameters.Should().Equal(plain.Parameters);
            LossGradient.Flat(measured.InitialStates).Should().Equal(LossGradient.Flat(plain.InitialStates));
            LossGradient.Flat(measured.Times).Should().Equal(LossGradient.Flat(plain.Times));
        }
    }

    private static OdeSolverOptions Solver(double tolerance, OdeMethod? method = null) =>
        new() { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * 1e-3 };

    private static GradientMethod Gradient(string name) => Models.ModelExamples.Method(name);

    private static OdeMethod Method(string name) => Adaptive.Single(method => method.Name == name);

    private static OdeMethod CashKarp() => OdeMethod.FromTableau("Cash-Karp", 5, [0, 0.2, 0.3, 0.6, 1, 0.875],
        [[], [0.2], [3d / 40, 9d / 40], [0.3, -0.9, 1.2], [-11d / 54, 2.5, -70d / 27, 35d / 27], [1631d / 55296, 175d / 512, 575d / 13824, 44275d / 110592, 253d / 4096]],
        [37d / 378, 0, 250d / 621, 125d / 594, 0, 512d / 1771], [2825d / 27648, 0, 18575d / 48384, 13525d / 55296, 277d / 14336, 0.25], 4);

    /// <summary>x' = −p₀ x, y' = p₀ x + p₁ cos 10t at p₁ = 0: a sample with x = 0 rests.</summary>
    private static TrainableVectorField TwoParameters() => TrainableVectorField.FromFunction(2, [0.3, 0],
        (t, y, p, dydt) => (dydt[0], dydt[1]) = (-p[0] * y[0], p[0] * y[0] + p[1] * (1 - y[0]) * Math.Cos(10 * t)),
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = p[0] * (c[1] - c[0]) - c[1] * p[1] * Math.Cos(10 * t);
            cp[0] = y[0] * (c[1] - c[0]);
            cp[1] = y[0] == 0 ? c[1] * Math.Cos(10 * t) : 0;
        });

    private static double Squares(ReadOnlySpan<double> prediction, Span<double> cotangent)
    {
        double sum = 0;
        for (int i = 0; i < prediction.Length; i++)
            (sum, cotangent[i]) = (sum + prediction[i] * prediction[i], 2 * prediction[i]);
        return sum;
    }

    private static IEnumerable<(string Name, TrainableVectorField Field, double[] Start, double[] Times)> OrdinaryProblems()
    {
        double[] Grid(double end, int count) => [.. Enumerable.Range(0, count).Select(i => end * i / (count - 1))];
        yield return ("Lotka–Volterra", GradientProblems.LotkaVolterra(), [1, 1], [0, 10]);
        yield return ("Lotka–Volterra, observed often", GradientProblems.LotkaVolterra(), [10, 5], Grid(10, 101));
        TrainableVectorField vanDerPol = TrainableVectorField.FromFunction(2, [1.0],
            (_, y, p, dydt) => (dydt[0], dydt[1]) = (y[1], p[0] * (1 - y[0] * y[0]) * y[1] - y[0]),
            (_, y, p, c, cy, cp) => (cy[0], cy[1], cp[0]) = (c[1] * (-2 * p[0] * y[0] * y[1] - 1), c[0] + c[1] * p[0] * (1 - y[0] * y[0]), c[1] * (1 - y[0] * y[0]) * y[1]));
        yield return ("Van der Pol", vanDerPol, [2, 0], [0, 20]);
        yield return ("Van der Pol, observed often", vanDerPol, [2, 0], Grid(20, 50));
        TrainableVectorField lorenz = TrainableVectorField.FromFunction(3, [10, 28, 8.0 / 3],
            (_, y, p, dydt) => (dydt[0], dydt[1], dydt[2]) = (p[0] * (y[1] - y[0]), y[0] * (p[1] - y[2]) - y[1], y[0] * y[1] - p[2] * y[2]),
            (_, y, p, c, cy, cp) =>
            {
                (cy[0], cy[1], cy[2]) = (-p[0] * c[0] + (p[1] - y[2]) * c[1] + y[1] * c[2], p[0] * c[0] - c[1] + y[0] * c[2], -y[0] * c[1] - p[2] * c[2]);
                (cp[0], cp[1], cp[2]) = (c[0] * (y[1] - y[0]), c[1] * y[0], -c[2] * y[2]);
            });
        yield return ("Lorenz", lorenz, [1, 1, 1], [0, 5]);
        yield return ("Lorenz, long", lorenz, [1, 1, 1], [0, 20]);
        yield return ("Lorenz, observed often", lorenz, [1, 1, 1], Grid(10, 101));
    }
}
