using NeuralOde.Tests.Gradients;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Tolerances per component, and norms of one's own.</summary>
public class ToleranceTests
{
    public static TheoryData<string> AdaptiveNames { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(AdaptiveNames))]
    public void A_component_that_starts_at_zero_needs_no_absolute_tolerance_or_is_named(string name)
    {
        (VectorField Field, double[] Start, double[] End)[] cases =
        [
            (EventProblems.Oscillator, [1, 0], [Math.Cos(2), -Math.Sin(2)]),
            (VectorField.FromFunction(3, (t, y, dydt) => { dydt[0] = -y[0]; dydt[1] = y[0] - 2 * y[1]; dydt[2] = 2 * y[1]; }), [1, 0, 0],
                [Math.Exp(-2), Math.Exp(-2) - Math.Exp(-4), 1 - 2 * Math.Exp(-2) + Math.Exp(-4)]),
            (VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = -y[0]; dydt[1] = -1000 * y[1]; }), [1, 0], [Math.Exp(-2), 0]),
            (VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = 3 * t * t; dydt[1] = 1; }), [0, 0], [8, 2]),
            (VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = 0; dydt[1] = 0; }), [0, 0], [0, 0]),
        ];
        int right = 0;
        foreach ((VectorField field, double[] start, double[] end) in cases)
        {
            foreach (bool isPerComponent in new[] { false, true })
            {
                var options = new OdeSolverOptions { Method = OdeMethod.All.Single(method => method.Name == name), RelativeTolerance = 1e-4, AbsoluteTolerance = 0, MaxSteps = 50_000 };
                if (isPerComponent)
                    options = options with { AbsoluteTolerances = [.. start.Select(y => y == 0.0 ? 0.0 : 1e-9)] };
                OdeSolution solution = OdeSolver.Solve(field, start, [0, 2], options);
                if (solution.Failure is { } failure)
                {
                    int zero = Array.IndexOf(start, 0.0);
                    failure.Message.Should().Contain($"Component {zero} is 0 and its absolute tolerance too");
                    continue;
                }

                right++;
                for (int i = 0; i < end.Length; i++)
                    solution.FinalState[i].Should().BeApproximately(end[i], 0.02 * Math.Abs(end[i]));
            }
        }

        // A component like t³ never has digits after the first steps of a method of lower order.
        right.Should().BeGreaterThanOrEqualTo(name is "BogackiShampine3" or "Heun" or "Ralston" or "Midpoint" or "TrBdf2" or "Bdf" or "Adams" ? 8 : 10);
    }

    [Theory]
    [InlineData("KennedyCarpenter5")]
    [InlineData("Kvaerno5")]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    public void Robertsons_reaction_is_solved_with_relative_tolerances_alone(string name)
    {
        OdeSolution solution = OdeSolver.Solve(StiffProblems.Rober.Field, StiffProblems.Rober.InitialState, [0, 100],
            new OdeSolverOptions { Method = OdeMethod.All.Single(method => method.Name == name), AbsoluteTolerance = 0 }).EnsureSuccess();
        double[] reference = Reference.Problem("rober", "t_100").Numbers();
        for (int i = 0; i < 3; i++)
            solution.FinalState[i].Should().BeApproximately(reference[i], 1e-4 * reference[i]);
    }

    private static readonly OdeMethod[] Adaptive = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    /// <summary>A slow decay beside an oscillation of size 1000, which do not see each other.</summary>
    private static readonly VectorField SmallAndLarge = VectorField.FromFunction(3, (t, y, dydt) =>
    {
        dydt[0] = -y[0];
        dydt[1] = y[2];
        dydt[2] = -y[1];
    });

    [Fact]
    public void Each_component_meets_its_own_tolerance_and_a_loose_one_is_not_paid_for()
    {
        double[] exact = [Math.Exp(-5), 1000 * Math.Cos(5), -1000 * Math.Sin(5)];
        foreach (OdeMethod method in Adaptive.Where(method => method.Order > 2))
        {
            var loose = new OdeSolverOptions { Method = method, RelativeTolerance = 0, AbsoluteTolerances = [1e-9, 10, 10], ErrorNorm = ErrorNorm.Maximum };
            OdeSolution solution = OdeSolver.Solve(SmallAndLarge, [1, 1000, 0], [0.0, 5], loose).EnsureSuccess();
            solution.FinalState[0].Should().BeApproximately(exact[0], 1e-8, method.Name);
            for (int i = 1; i < 3; i++)
                solution.FinalState[i].Should().BeApproximately(exact[i], 100, method.Name);

            OdeSolution tight = OdeSolver.Solve(SmallAndLarge, [1, 1000, 0], [0.0, 5], loose with { AbsoluteTolerances = [10, 1e-9, 1e-9] }).EnsureSuccess();
            for (int i = 1; i < 3; i++)
                tight.FinalState[i].Should().BeApproximately(exact[i], method == OdeMethod.Bdf ? 1e-6 : 1e-7, method.Name);
            tight.Statistics.AcceptedSteps.Should().BeGreaterThan(solution.Statistics.AcceptedSteps, method.Name);
        }
    }

    [Fact]
    public void Units_of_components_do_not_matter_where_their_tolerances_change_with_them()
    {
        // Powers of two change no bits.
        double[] units = [1, 1024, 1.0 / 4096];
        VectorField scaled = VectorField.FromFunction(3, (t, y, dydt) =>
        {
            SmallAndLarge.Evaluate(t, [y[0] / units[0], y[1] / units[1], y[2] / units[2]], dydt);
            for (int i = 0; i < 3; i++)
                dydt[i] *= units[i];
        });
        foreach (OdeMethod method in Adaptive.Where(method => method.Tableau is not null))
        {
            foreach (ErrorNorm norm in new[] { ErrorNorm.RootMeanSquare, ErrorNorm.Maximum })
            {
                var options = new OdeSolverOptions { Method = method, RelativeTolerances = [1e-4, 1e-5, 1e-6], AbsoluteTolerances = [1e-7, 1e-5, 1e-6], ErrorNorm = norm };
                OdeSolution plain = OdeSolver.Solve(SmallAndLarge, [1, 3, 2], 0, 5, options).EnsureSuccess();
                OdeSolution other = OdeSolver.Solve(scaled, [1 * units[0], 3 * units[1], 2 * units[2]], 0, 5,
                    options with { AbsoluteTolerances = [1e-7 * units[0], 1e-5 * units[1], 1e-6 * units[2]] }).EnsureSuccess();
                other.Times.ShouldHaveTheBitsOf(plain.Times, $"{method} with {norm}");
            }
        }
    }

    [Fact]
    public void Equal_tolerances_of_all_components_are_the_one_tolerance()
    {
        foreach (ErrorNorm norm in new[] { ErrorNorm.RootMeanSquare, ErrorNorm.Maximum, Sum })
        {
            var one = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, ErrorNorm = norm };
            var many = new OdeSolverOptions { RelativeTolerances = [1e-5, 1e-5, 1e-5], AbsoluteTolerances = [1e-7, 1e-7, 1e-7], ErrorNorm = norm };
            OdeSolver.Solve(SmallAndLarge, [1, 3, 2], 0, 5, many).States.ShouldHaveTheBitsOf(OdeSolver.Solve(SmallAndLarge, [1, 3, 2], 0, 5, one).States, norm.ToString());
        }
    }

    [Fact]
    public void With_tolerances_and_norms_of_any_kind_a_sample_has_the_same_bits_alone_and_in_a_batch()
    {
        double[][] states = Batches.Random(11, 3, seed: 4);
        foreach (OdeMethod method in Adaptive)
        {
            foreach (ErrorNorm norm in new[] { ErrorNorm.RootMeanSquare, ErrorNorm.Maximum, Sum })
            {
                var options = new OdeSolverOptions { Method = method, RelativeTolerances = [1e-3, 1e-6, 1e-4], AbsoluteTolerances = [1e-7, 1e-5, 1e-6], ErrorNorm = norm };
                OdeBatchSolution batch = OdeSolver.SolveBatch(SmallAndLarge, states, [0.0, 1, 2], options).EnsureSuccess();
                for (int i = 0; i < states.Length; i++)
                {
                    OdeSolution alone = OdeSolver.Solve(SmallAndLarge, states[i], [0.0, 1, 2], options);
                    batch[i].States.ShouldHaveTheBitsOf(alone.States, $"{method} with {norm}");
                    batch[i].Statistics.Should().Be(alone.Statistics);
                }
            }
        }
    }

    public static TheoryData<string, string, OdeSolverOptions> BadTolerances { get; } = new()
    {
        { "RelativeTolerances", "RelativeTolerances has 2 numbers; the state has 3 components.*", new() { RelativeTolerances = [1e-3, 1e-3] } },
        { "AbsoluteTolerances", "AbsoluteTolerances has 4 numbers; the state has 3 components.*", new() { AbsoluteTolerances = [1, 1, 1, 1] } },
        { "RelativeTolerances", "RelativeTolerances[2] must be at least 0 and below 1.*-0.5*", new() { RelativeTolerances = [0, 0, -0.5] } },
        { "RelativeTolerances", "RelativeTolerances[1] must be at least 0 and below 1.*", new() { RelativeTolerances = [0, 1, 0] } },
        { "AbsoluteTolerances", "AbsoluteTolerances[0] must be at least 0 and below infinity.*NaN*", new() { AbsoluteTolerances = [double.NaN, 1, 1] } },
        { "AbsoluteTolerances", "AbsoluteTolerances[1] must be at least 0 and below infinity.*", new() { AbsoluteTolerances = [1, double.PositiveInfinity, 1] } },
        { "RelativeTolerance", "The relative and the absolute tolerance of component 1 are both 0*", new() { RelativeTolerances = [0, 0, 1e-3], AbsoluteTolerances = [1, 0, 0] } },
        { "RelativeTolerance", "The relative and the absolute tolerance of component 2 are both 0*", new() { RelativeTolerance = 0, AbsoluteTolerances = [1, 1, 0] } },
    };

    [Theory]
    [MemberData(nameof(BadTolerances))]
    public void Tolerances_that_make_no_sense_are_refused(string name, string message, OdeSolverOptions options)
    {
        FluentActions.Invoking(() => OdeSolver.Solve(SmallAndLarge, [1, 2, 3], [0, 1], options)).Should().Throw<ArgumentException>().WithParameterName(name).WithMessage(message);
        FluentActions.Invoking(() => OdeSolver.SolveBatch(SmallAndLarge, [[1, 2, 3]], [0.0, 1], options)).Should().Throw<ArgumentException>().WithParameterName(name).WithMessage(message);
        var model = new NeuralOdeModel(new MultilayerPerceptron(3, [4], 3));
        FluentActions.Invoking(() => model.Solver = options).Should().Throw<ArgumentException>().WithParameterName(name).WithMessage(message);
    }

    [Fact]
    public void The_continuous_adjoint_takes_the_tolerances_of_the_state_for_the_adjoint_too()
    {
        GradientProblem problem = GradientProblems.One("Lotka-Volterra", "irregular");
        LossGradient expected = FiniteDifferences.Of(problem, FiniteDifferences.Tight);
        foreach (ErrorNorm norm in new[] { ErrorNorm.RootMeanSquare, ErrorNorm.Maximum, Sum })
        {
            var options = new OdeSolverOptions { RelativeTolerances = [1e-10, 1e-11], AbsoluteTolerances = [1e-11, 1e-10], ErrorNorm = norm };
            GradientHarness.Compute(GradientMethod.ContinuousAdjoint(), options, problem).ShouldAgreeWith(expected, 1e-7, norm.ToString());
            GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem).ShouldAgreeWith(expected, 1e-7, norm.ToString());
        }
    }

    [Fact]
    public void Tolerances_for_the_way_back_take_the_place_of_those_of_the_components()
    {
        GradientProblem problem = GradientProblems.One("Lotka-Volterra", "irregular");
        long Evaluations(GradientMethod method, OdeSolverOptions options)
        {
            var harness = new GradientHarness(problem, method.CreateEngine(problem.Field, options, 1));
            harness.Compute();
            return harness.Engine.BackwardStatistics.Evaluations;
        }

        var perComponent = new OdeSolverOptions { RelativeTolerances = [1e-10, 1e-10], AbsoluteTolerances = [1e-10, 1e-10] };
        Evaluations(GradientMethod.ContinuousAdjoint(1e-3, 1e-3), perComponent).Should().BeLessThan(Evaluations(GradientMethod.ContinuousAdjoint(), perComponent) / 2);
    }

    [Fact]
    public void The_maximum_norm_of_one_component_that_moves_is_the_root_mean_square_of_two_but_for_a_factor()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => dydt[0] = y[0] * Math.Cos(t));
        var maximum = new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8, ErrorNorm = ErrorNorm.Maximum, InitialStep = 0.1, Method = OdeMethod.Tsitouras5 };
        OdeSolution byMaximum = OdeSolver.Solve(field, [1, 0], 0, 10, maximum);
        OdeSolution bySquares = OdeSolver.Solve(field, [1, 0], 0, 10, maximum with
        {
            RelativeTolerance = 1e-6 / Math.Sqrt(2),
            AbsoluteTolerance = 1e-8 / Math.Sqrt(2),
            ErrorNorm = ErrorNorm.RootMeanSquare,
        });
        byMaximum.Times.ToArray().ShouldBeNear(bySquares.Times.ToArray(), 1e-9, "the steps");
    }

    [Fact]
    public void The_maximum_norm_takes_the_steps_of_a_function_that_is_the_maximum_alone_and_in_a_batch()
    {
        ErrorNorm same = ErrorNorm.FromFunction(errors =>
        {
            double largest = 0;
            foreach (double error in errors)
                largest = Math.Max(largest, Math.Abs(error));
            return largest;
        });
        foreach (int dimension in new[] { 1, 2, 4, 5, 9, 17 })
        {
            VectorField field = VectorField.FromFunction(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dimension; i++)
                    dydt[i] = (i + 1) * Math.Cos((i + 1) * t) * y[i];
            });
            double[] start = [.. Enumerable.Repeat(1.0, dimension)];
            OdeSolverOptions options = new() { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, InitialStep = 0.05, Method = OdeMethod.Tsitouras5 };
            OdeSolution byFunction = OdeSolver.Solve(field, start, 0, 3, options with { ErrorNorm = same });
            OdeSolution byMaximum = OdeSolver.Solve(field, start, 0, 3, options with { ErrorNorm = ErrorNorm.Maximum });
            byMaximum.Times.ToArray().ShouldBeNear(byFunction.Times.ToArray(), 1e-7, $"the steps with {dimension} components");
            OdeBatchSolution batch = OdeSolver.SolveBatch(field, [start, [.. start.Select(y => 2 * y)], start], [0, 3], options with { ErrorNorm = ErrorNorm.Maximum });
            batch[2].FinalState.ToArray().Should().Equal(OdeSolver.Solve(field, start, [0, 3], options with { ErrorNorm = ErrorNorm.Maximum }).FinalState.ToArray());
        }
    }

    [Fact]
    public void A_function_that_is_the_default_norm_takes_its_steps()
    {
        ErrorNorm same = ErrorNorm.FromFunction(errors =>
        {
            double sum = 0;
            foreach (double error in errors)
                sum += error * error;
            return Math.Sqrt(sum / errors.Length);
        });
        foreach (OdeMethod method in Adaptive)
        {
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-5 };
            OdeSolution expected = OdeSolver.Solve(Problems.NonAutonomous, [1, 1], 0, 3, options), actual = OdeSolver.Solve(Problems.NonAutonomous, [1, 1], 0, 3, options with { ErrorNorm = same });
            actual.Times.ToArray().ShouldBeNear(expected.Times.ToArray(), 1e-9, method.Name);
            actual.Statistics.Should().Be(expected.Statistics);
        }
    }

    [Fact]
    public void A_component_that_the_norm_leaves_out_costs_no_steps()
    {
        // The second component would need thousands of steps.
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = -y[0]; dydt[1] = Math.Cos(10_000 * t); });
        foreach (OdeMethod method in Adaptive.Where(method => method.Tableau is not null))
        {
            var options = new OdeSolverOptions { Method = method, ErrorNorm = ErrorNorm.FromFunction(errors => Math.Abs(errors[0])), RelativeTolerance = 1e-4 };
            OdeSolution both = OdeSolver.Solve(field, [1, 0], 0, 3, options).EnsureSuccess(), one = OdeSolver.Solve(Problems.Decay, [1], 0, 3, options).EnsureSuccess();
            both.Times.ShouldHaveTheBitsOf(one.Times, method.Name);
        }
    }

    [Fact]
    public void A_component_that_the_norm_leaves_out_must_be_a_number_nevertheless()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[0]; dydt[1] = 0 * Math.Sqrt(20 - y[0]); });
        foreach (OdeMethod method in Adaptive)
        {
            foreach (ErrorNorm norm in new[] { ErrorNorm.FromFunction(errors => Math.Abs(errors[0])), ErrorNorm.Maximum })
            {
                var options = new OdeSolverOptions { Method = method, ErrorNorm = norm, InitialStep = 2, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };
                foreach (OdeSolution solution in new[] { OdeSolver.Solve(field, [1, 0], [0.0, Math.Log(19.9)], options), OdeSolver.SolveBatch(field, [[1, 0], [2, 0]], [0.0, Math.Log(19.9)], options)[0] })
                {
                    solution.Status.Should().Be(OdeStatus.Success, "{0} with {1}", method, norm);
                    solution.FinalState[0].Should().BeApproximately(19.9, 1e-2);
                    solution.FinalState[1].Should().Be(0);
                }
            }
        }
    }

    [Fact]
    public void A_norm_that_is_not_a_number_rejects_and_a_negative_one_or_an_exception_is_the_callers()
    {
        OdeSolution Solve(ErrorNormFunction function) => OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1], new OdeSolverOptions { InitialStep = 0.1, ErrorNorm = ErrorNorm.FromFunction(function) });
        Solve(errors => double.NaN).Status.Should().Be(OdeStatus.NonFiniteState);
        FluentActions.Invoking(() => Solve(errors => -1)).Should().Throw<InvalidOperationException>().WithMessage("*ErrorNorm gave -1*");
        FluentActions.Invoking(() => Solve(errors => throw new NotSupportedException("mine"))).Should().Throw<NotSupportedException>().WithMessage("mine");
        FluentActions.Invoking(() => ErrorNorm.FromFunction(null!)).Should().Throw<ArgumentNullException>();
    }

    private static ErrorNorm Sum { get; } = ErrorNorm.FromFunction(errors =>
    {
        double sum = 0;
        foreach (double error in errors)
            sum += Math.Abs(error);
        return sum;
    });
}
