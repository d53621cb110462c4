namespace NeuralOde.Tests.Solving;

public class FailureTests
{
    [Fact]
    public void A_trial_step_that_leaves_the_fields_domain_is_retried_shorter()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] + 0 * Math.Sqrt(20 - y[0]));
        foreach (OdeMethod method in new[] { OdeMethod.DormandPrince5, OdeMethod.BogackiShampine3 })
        {
            foreach (double initialStep in new[] { 0.01, 1.0, 10.0 })
            {
                var options = new OdeSolverOptions { Method = method, InitialStep = initialStep, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
                OdeSolver.Solve(field, [1], [0, Math.Log(19.9)], options).EnsureSuccess().FinalState[0].Should().BeApproximately(19.9, 2e-6);
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_derivative_that_is_not_finite_at_the_start_fails_at_once_and_names_the_component(double value)
    {
        Problems.Recording recording = Problems.Record(VectorField.FromFunction(3, (t, y, dydt) => dydt[1] = value));
        foreach (OdeSolverOptions options in new[] { new OdeSolverOptions(), new OdeSolverOptions { FixedStep = 0.1 }, new OdeSolverOptions { InitialStep = 0.1 } })
        {
            OdeSolution solution = OdeSolver.Solve(recording.Field, [1, 2, 3], [2, 3], options);
            solution.Failure.Should().NotBeNull();
            solution.Failure!.Status.Should().Be(OdeStatus.NonFiniteDerivative);
            solution.Failure.Component.Should().Be(1);
            solution.Failure.Message.Should().Contain("component 1").And.Contain("t = 2");
            solution.Times.ToArray().Should().Equal(2);
            solution.FinalState.ToArray().Should().Equal(1, 2, 3);
            solution.Statistics.Evaluations.Should().Be(1);
        }

        recording.Evaluations.Should().Be(3);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(100.0)]
    public void A_solution_that_blows_up_fails_close_to_its_singularity(double initial)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]);
        OdeSolution solution = OdeSolver.Solve(field, [initial], [0, 0.5 / initial, 2], new OdeSolverOptions { RelativeTolerance = 1e-8 });
        solution.Status.Should().BeOneOf(OdeStatus.StepSizeUnderflow, OdeStatus.NonFiniteState);
        solution.FinalTime.Should().BeApproximately(1 / initial, 1e-5 / initial);
        solution.Count.Should().Be(2, "the outputs before the singularity are there");
        solution[1, 0].Should().BeApproximately(2 * initial, 1e-6 * initial);
        FluentActions.Invoking(solution.EnsureSuccess).Should().Throw<OdeSolverException>().WithMessage("*t = *").Which.Failure.Should().Be(solution.Failure);
    }

    [Fact]
    public void A_domain_that_the_solution_itself_leaves_is_reported_with_component_and_time()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = 1; dydt[1] = -Math.Sqrt(1 - t); });
        OdeSolution solution = OdeSolver.Solve(field, [0, 0], [0, 2]);
        solution.Failure.Should().NotBeNull();
        solution.Failure!.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.Failure.Component.Should().Be(1);
        solution.Failure.Time.Should().BeApproximately(1, 1e-6).And.BeLessThanOrEqualTo(1);
    }

    [Fact]
    public void A_fixed_step_that_meets_a_number_that_is_not_finite_stops_there()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t > 0.55 ? double.NaN : 1);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 1, new OdeSolverOptions { FixedStep = 0.1 });
        solution.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.Failure!.Component.Should().Be(0);
        solution.FinalTime.Should().Be(5 * 0.1);
        solution.FinalState[0].Should().BeApproximately(0.5, 1e-15);
        solution.Statistics.Should().Be(new OdeStatistics { Evaluations = 1 + 12 * 5 + 10, AcceptedSteps = 5, RejectedSteps = 1 });
    }

    [Theory]
    [InlineData(1e30)]
    [InlineData(1e200)]
    [InlineData(1e305)]
    public void A_derivative_that_becomes_huge_ends_in_underflow_at_that_time(double size)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 1 ? 0.5 : size);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 2);
        solution.Status.Should().Be(OdeStatus.StepSizeUnderflow);
        solution.Failure!.Component.Should().Be(-1, "every number is finite");
        solution.FinalTime.Should().BeApproximately(1, 1e-12);
        solution.FinalState[0].Should().BeApproximately(0.5, 1e-12);
    }

    [Fact]
    public void Steps_that_run_out_are_reported_with_what_was_reached()
    {
        foreach (int maxSteps in new[] { 1, 7, 50 })
        {
            OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 1e6, new OdeSolverOptions { MaxSteps = maxSteps });
            solution.Status.Should().Be(OdeStatus.TooManySteps);
            (solution.Statistics.AcceptedSteps + solution.Statistics.RejectedSteps).Should().Be(maxSteps);
            solution.FinalTime.Should().Be(solution.Times[^1]);
            solution.Evaluate(solution.FinalTime).Should().Equal(solution.FinalState.ToArray());
            solution.Failure!.Message.Should().Contain("MaxSteps");
        }
    }

    [Fact]
    public void As_many_steps_as_needed_are_enough()
    {
        OdeStatistics needed = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 10]).Statistics;
        int steps = (int)(needed.AcceptedSteps + needed.RejectedSteps);
        OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 10], new OdeSolverOptions { MaxSteps = steps }).Status.Should().Be(OdeStatus.Success);
        OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 10], new OdeSolverOptions { MaxSteps = steps - 1 }).Status.Should().Be(OdeStatus.TooManySteps);
    }

    [Fact]
    public void A_discontinuous_field_is_solved()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Math.Floor(t) % 2 == 0 ? 1 : -1);
        // Without a longest step, one might jump over two changes of sign and never know.
        OdeSolver.Solve(field, [0], [0, 7.5], new OdeSolverOptions { MaxStep = 0.5 }).EnsureSuccess().FinalState[0].Should().BeApproximately(0.5, 1e-3);
    }

    [Fact]
    public void A_random_field_ends_one_way_or_another()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = random.NextDouble() - 0.5; dydt[1] = 1e6 * random.NextDouble(); });
            OdeSolution solution = OdeSolver.Solve(field, [0, 0], 0, 1, new OdeSolverOptions { MaxSteps = 2000 });
            solution.FinalTime.Should().BeInRange(0, 1);
            solution.FinalState.ToArray().Should().OnlyContain(y => double.IsFinite(y));
        }
    }

    [Fact]
    public void An_exception_in_the_field_reaches_the_caller_and_the_next_solve_works()
    {
        bool fails = true;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = fails && t > 0.5 ? throw new InvalidOperationException("mine") : -y[0]);
        FluentActions.Invoking(() => OdeSolver.Solve(field, [1], [0, 1])).Should().Throw<InvalidOperationException>().WithMessage("mine");
        FluentActions.Invoking(() => OdeSolver.SolveBatch(field, [[1], [2]], [0.0, 1])).Should().Throw<InvalidOperationException>().WithMessage("mine");
        fails = false;
        OdeSolver.Solve(field, [1], [0, 1]).FinalState[0].Should().BeApproximately(Math.Exp(-1), 1e-6);
    }

    [Fact]
    public void A_cancelled_solve_stops_within_a_step()
    {
        using var source = new CancellationTokenSource();
        int after = 0;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) =>
        {
            dydt[0] = 1;
            if (source.IsCancellationRequested)
                after++;
            if (t > 0.5)
                source.Cancel();
        });
        FluentActions.Invoking(() => OdeSolver.Solve(field, [0], [0, 1], new OdeSolverOptions { FixedStep = 0.01 }, source.Token)).Should().Throw<OperationCanceledException>();
        after.Should().BeLessThan(OdeSolver.DefaultMethod.Tableau!.Stages);
        FluentActions.Invoking(() => OdeSolver.Solve(field, [0], [0, 1], cancellationToken: source.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Times_of_any_size_can_be_solved_over()
    {
        // Milliseconds since 1970, and a state at rest that says nothing of a time scale.
        foreach (double start in new[] { 0, 1.7e9, 1.7e12, -1e14 })
        {
            VectorField charging = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = (1 - y[0]) / 1000);
            OdeSolver.Solve(charging, [0], [start, start + 3000]).EnsureSuccess().FinalState[0].Should().BeApproximately(1 - Math.Exp(-3), 1e-5);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_number_that_is_not_finite_in_a_stage_without_weight_is_not_passed_on(bool isFixed)
    {
        // The second stage of Dormand–Prince lies at a fifth of the step and counts neither in the solution nor in the error.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t is > 0.19 and < 0.21 ? double.NaN : 1.0);
        OdeSolution solution = OdeSolver.Solve(field, [0], [0, 0.5, 1], new OdeSolverOptions { Method = OdeMethod.DormandPrince5, InitialStep = 1, FixedStep = isFixed ? 1 : null });
        solution.Status.Should().Be(isFixed ? OdeStatus.NonFiniteState : OdeStatus.Success);
        solution.States.ToArray().Should().OnlyContain(value => double.IsFinite(value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stage_for_the_interpolant_alone_that_is_not_finite_rejects_the_step(bool isFixed)
    {
        // Of DOP853's stages only the second for the interpolant lies at a fifth of the step.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t is > 0.19 and < 0.21 ? double.NaN : 1.0);
        var options = new OdeSolverOptions { Method = OdeMethod.DormandPrince8, InitialStep = 1, FixedStep = isFixed ? 1 : null };
        OdeSolver.Solve(field, [0], [0, 1], options).Status.Should().Be(OdeStatus.Success, "nothing is asked for inside");
        OdeSolution solution = OdeSolver.Solve(field, [0], [0, 0.5, 1], options);
        solution.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.States.ToArray().Should().OnlyContain(value => double.IsFinite(value));
        solution.Statistics.RejectedSteps.Should().BePositive();
    }

    [Fact]
    public void Every_method_that_can_be_named_is_in_the_list_of_all() =>
        typeof(OdeMethod).GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
            .Where(property => property.PropertyType == typeof(OdeMethod)).Select(property => (OdeMethod)property.GetValue(null)!)
            .Should().BeEquivalentTo(OdeMethod.All).And.OnlyHaveUniqueItems(method => method.Name);
}
