using System.Diagnostics;

namespace NeuralOde.Tests.Solving;

/// <summary>Whatever goes wrong, with whatever method: a solve ends soon, with the status that says what, when and what to try.</summary>
public class FaultTests
{
    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    /// <summary>All their stages lie before the end of the step, which may so end behind a jump that none of them has seen: they cannot know when it came.</summary>
    private static readonly OdeMethod[] MayStepOverTheJump = [OdeMethod.Ralston, OdeMethod.Midpoint];

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_derivative_that_is_no_number_at_once(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => dydt[1] = double.NaN);
        ShouldFail(field, [1, 2], 0, 1, new() { Method = method }, OdeStatus.NonFiniteDerivative).Component.Should().Be(1);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_derivative_that_is_no_number_later(OdeMethod method)
    {
        foreach (int direction in new[] { 1, -1 })
        {
            VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = -direction * y[0]; dydt[1] = direction * t < 1 ? -direction * y[1] : double.NaN; });
            OdeFailure failure = ShouldFail(field, [1, 2], 0, 3 * direction, new() { Method = method, RelativeTolerance = 1e-4 }, OdeStatus.NonFiniteState);
            failure.Component.Should().Be(1);
            (direction * failure.Time).Should().BeInRange(0.999, 1);
            (direction * failure.StepSize).Should().BePositive();
        }
    }

    public static TheoryData<OdeMethod> FixedOnly { get; } = [OdeMethod.RungeKutta4, OdeMethod.ThreeEighthsRule, OdeMethod.Euler];

    [Theory]
    [MemberData(nameof(FixedOnly))]
    public void A_derivative_that_is_no_number_under_fixed_steps(OdeMethod method)
    {
        method.IsAdaptive.Should().BeFalse();
        var options = new OdeSolverOptions { Method = method, FixedStep = 0.25 };
        VectorField never = VectorField.FromFunction(2, (t, y, dydt) => dydt[1] = double.NaN);
        ShouldFail(never, [1, 2], 0, 1, options, OdeStatus.NonFiniteDerivative).Component.Should().Be(1);
        foreach (int direction in new[] { 1, -1 })
        {
            VectorField later = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = -direction * y[0]; dydt[1] = direction * t < 0.9 ? -direction * y[1] : double.NaN; });
            OdeFailure failure = ShouldFail(later, [1, 2], 0, 3 * direction, options, OdeStatus.NonFiniteState);
            failure.Component.Should().Be(1);
            failure.Time.Should().Be(0.75 * direction, "the next step ends behind 0.9");
            failure.StepSize.Should().Be(0.25 * direction);
            failure.Message.Should().Contain("with FixedStep, try a smaller step");
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_trial_step_into_a_forbidden_domain_is_taken_back(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] + 0 * Math.Sqrt(20 - y[0]));
        foreach (double? first in new double?[] { null, 1, 10 })
        {
            OdeSolution solution = Solve(field, [1], 0, Math.Log(19.9), new() { Method = method, InitialStep = first, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 });
            solution.Status.Should().Be(OdeStatus.Success);
            solution.FinalState[0].Should().BeApproximately(19.9, 2e-2);
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_derivative_that_becomes_huge(OdeMethod method)
    {
        foreach (int direction in new[] { 1, -1 })
        {
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = direction * (direction * t < 1 ? 0.5 : 1e30));
            OdeSolution solution = Solve(field, [0], 0, 2 * direction, new() { Method = method });
            if (MayStepOverTheJump.Contains(method))
            {
                solution.Status.Should().Be(OdeStatus.Success);
                solution.FinalState[0].Should().BeInRange(5e29, 1.001e30);
                continue;
            }

            solution.Status.Should().BeOneOf(OdeStatus.StepSizeUnderflow, OdeStatus.NewtonFailure);
            (direction * solution.FinalTime).Should().BeInRange(0.999, 1.0001);
            ShouldSayWhatToDo(solution.Failure!);
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_field_without_any_continuity(OdeMethod method)
    {
        OdeSolution solution = Solve(WithoutContinuity, [0], 1, 2, new() { Method = method, AbsoluteTolerance = 1e-9, RelativeTolerance = 0, MaxSteps = 5000 });
        solution.Failure.Should().NotBeNull();
        solution.Status.Should().BeOneOf(OdeStatus.StepSizeUnderflow, OdeStatus.RepeatedRejection, OdeStatus.NewtonFailure, OdeStatus.TooManySteps);
        ShouldSayWhatToDo(solution.Failure!);
    }

    public static TheoryData<OdeMethod> WithoutEquations { get; } =
        [.. OdeMethod.All.Where(method => method.IsAdaptive && (method.HasGradient || method == OdeMethod.Rodas5P || method == OdeMethod.Automatic))];

    [Theory]
    [MemberData(nameof(WithoutEquations))]
    public void A_controller_that_shrinks_steps_little_by_little_gives_up_after_a_hundred(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, InitialStep = 0.1, Controller = StepSizeController.Integral with { MinimumFactor = 0.9 } };
        OdeFailure failure = ShouldFail(WithoutContinuity, [0], 1, 2, options, OdeStatus.RepeatedRejection);
        failure.Time.Should().Be(1);
        failure.StepSize.Should().BeApproximately(0.1 * Math.Pow(0.9, 99), 1e-9);
        failure.Message.Should().Match("A step was rejected over and over at t = 1 (step 2.95e-06). The right-hand side is probably discontinuous or not deterministic near this time.");
    }

    [Fact]
    public void The_advice_is_that_for_the_failure()
    {
        VectorField jump = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 1 ? 0.5 : 1e30);
        ShouldFail(jump, [0], 0, 2, new(), OdeStatus.StepSizeUnderflow).Message.Should().StartWith("The step size fell below the resolution of time at t = ")
            .And.EndWith(". The solution may have a singularity here or jump; if it does not, loosen the tolerances, use a stiff method such as OdeMethod.Rodas5P, or lengthen FixedStep if there is one.");
        ShouldFail(jump, [0], 0, 2, new() { MinStep = 1e-5 }, OdeStatus.StepSizeUnderflow).Message.Should().StartWith("The tolerances ask for a step shorter than MinStep = 1E-05 at t = ")
            .And.EndWith(". Lower MinStep or loosen the tolerances; the solution may also have a singularity here, or jump.");
        VectorField decay = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0]);
        ShouldFail(decay, [1], 0, 2, new() { MaxSteps = 3, MaxStep = 0.1 }, OdeStatus.TooManySteps).Message.Should().Match("MaxSteps was reached at t = 0.* (step 0.1). "
            + "Loosen the tolerances, raise MaxSteps, or use a stiff method such as OdeMethod.Rodas5P; the interval may also be too long. In training, lower the learning rate or set MaxGradientNorm.");
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_solution_that_blows_up(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]);
        OdeSolution solution = Solve(field, [1], 0, 2, new() { Method = method, RelativeTolerance = 1e-3, MaxSteps = 5000 });
        solution.Failure.Should().NotBeNull();
        solution.FinalTime.Should().BeInRange(0.9, 1.1);
        solution.FinalState[0].Should().BeGreaterThan(10);
        ShouldSayWhatToDo(solution.Failure!);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void An_exception_of_the_callers_own_at_any_evaluation(OdeMethod method)
    {
        int left = int.MaxValue;
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            if (--left < 0)
                throw new NotSupportedException("mine");
            dydt[0] = y[1];
            dydt[1] = -y[0];
        });
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4 };
        OdeSolution before = Solve(field, [1, 0], 0, 1, options);
        int enough = (int)Math.Min(40, before.Statistics.Evaluations);
        for (int count = 0; count < enough; count += 3)
        {
            left = count;
            FluentActions.Invoking(() => OdeSolver.Solve(field, [1, 0], 0, 1, options)).Should().Throw<NotSupportedException>().WithMessage("mine");
            left = 2 * count;
            FluentActions.Invoking(() => OdeSolver.SolveBatch(field, [[1, 0], [0, 1], [1, 1]], [0.0, 1], options)).Should().Throw<NotSupportedException>().WithMessage("mine");
        }

        left = int.MaxValue;
        Solve(field, [1, 0], 0, 1, options).FinalState.ToArray().Should().Equal(before.FinalState.ToArray(), "options and field are as before");
        left = 3;
        FluentActions.Invoking(() => before.Continue(2)).Should().Throw<NotSupportedException>();
        left = int.MaxValue;
        before.Continue(2).Status.Should().Be(OdeStatus.Success);
    }

    public static TheoryData<OdeMethod> Stiff { get; } = [.. OdeMethod.All.Where(method => method.IsStiff)];

    [Theory]
    [MemberData(nameof(Stiff))]
    public void An_exception_of_the_callers_own_in_the_Jacobian(OdeMethod method)
    {
        int left = int.MaxValue;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1000 * (y[0] - Math.Cos(t)), (t, y, jacobian) =>
        {
            if (--left < 0)
                throw new NotSupportedException("mine");
            jacobian[0] = -1000;
        });
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-5 };
        OdeSolution before = Solve(field, [0], 0, 1, options);
        before.Status.Should().Be(OdeStatus.Success);
        int enough = (int)Math.Min(8, before.Statistics.Jacobians);
        enough.Should().BePositive();
        for (int count = 0; count < enough; count++)
        {
            left = count;
            FluentActions.Invoking(() => OdeSolver.Solve(field, [0], 0, 1, options)).Should().Throw<NotSupportedException>().WithMessage("mine");
            left = count;
            FluentActions.Invoking(() => OdeSolver.SolveBatch(field, [[0], [1], [2]], [0.0, 1], options)).Should().Throw<NotSupportedException>().WithMessage("mine");
        }

        left = int.MaxValue;
        Solve(field, [0], 0, 1, options).FinalState.ToArray().Should().Equal(before.FinalState.ToArray(), "options and field are as before");
        before.Continue(2).Status.Should().Be(OdeStatus.Success);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_cancellation_at_any_evaluation(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-6, MaxStep = 0.1 };
        for (int count = 0; count < 60; count += 7)
        {
            using var source = new CancellationTokenSource();
            int left = count, after = 0;
            VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
            {
                if (left-- == 0)
                    source.Cancel();
                if (source.IsCancellationRequested)
                    after++;
                dydt[0] = y[1];
                dydt[1] = -y[0];
            });
            FluentActions.Invoking(() => OdeSolver.Solve(field, [1, 0], [0.0, 1000], options, source.Token)).Should().Throw<OperationCanceledException>();
            after.Should().BeLessThan(200, "it is looked at in every step");
            Solve(field, [1, 0], 0, 0.5, options).Status.Should().Be(OdeStatus.Success);
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void One_sample_that_fails_leaves_the_bits_of_the_others_alone(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -Math.Sqrt(y[0]) * (1 + 0.1 * Math.Sin(t)));
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4 };
        double[][] states = [[4], [-1], [0.04], [9], [double.MaxValue], [5]];
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, states, [0.0, 1], options);
        for (int i = 0; i < states.Length; i++)
        {
            OdeSolution alone = OdeSolver.Solve(field, states[i], [0.0, 1], options);
            batch[i].Status.Should().Be(alone.Status);
            batch[i].FinalState.ToArray().Should().Equal(alone.FinalState.ToArray());
            batch[i].Failure.Should().Be(alone.Failure);
        }

        batch[1].Status.Should().Be(OdeStatus.NonFiniteDerivative);
        batch[0].Status.Should().Be(OdeStatus.Success);
        batch[3].Status.Should().Be(OdeStatus.Success);
    }

    /// <summary>A hash of the time in place of a function: every step is wrong, however short.</summary>
    private static VectorField WithoutContinuity { get; } = VectorField.FromFunction(1, (t, y, dydt) =>
        dydt[0] = 1e12 * (unchecked(BitConverter.DoubleToUInt64Bits(t * 1.6180339887) * 0x9E3779B97F4A7C15UL) >> 40));

    private static OdeFailure ShouldFail(VectorField field, double[] state, double t0, double t1, OdeSolverOptions options, OdeStatus status)
    {
        OdeSolution solution = Solve(field, state, t0, t1, options);
        solution.Status.Should().Be(status);
        solution.FinalTime.Should().Be(solution.Failure!.Time).And.BeInRange(Math.Min(t0, t1), Math.Max(t0, t1));
        solution.FinalState.ToArray().Should().OnlyContain(value => double.IsFinite(value));
        ShouldSayWhatToDo(solution.Failure);
        return solution.Failure;
    }

    private static void ShouldSayWhatToDo(OdeFailure failure) => failure.Message.Should().MatchRegex(@"^.{10,} at t = \S+ \(step \S+\)\. .{20,}$");

    private static OdeSolution Solve(VectorField field, double[] state, double t0, double t1, OdeSolverOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        OdeSolution solution = OdeSolver.Solve(field, state, t0, t1, options);
        Stopwatch.GetElapsedTime(start).TotalSeconds.Should().BeLessThan(5, "nobody waits for a failure");
        return solution;
    }
}
