using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class EventFailureTests
{
    [Fact]
    public void Misuse_is_named()
    {
        FluentActions.Invoking(() => new OdeEvent(null!)).Should().Throw<ArgumentNullException>().WithParameterName("function");
        FluentActions.Invoking(() => new OdeEvent((t, y) => 0, (EventDirection)7)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("direction");
        FluentActions.Invoking(() => new OdeEvent((t, y) => 0, action: (EventAction)7)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("action");
        FluentActions.Invoking(() => new OdeEvent((t, y) => 0, name: null!)).Should().Throw<ArgumentNullException>().WithParameterName("name");
        var some = new OdeEvent((t, y) => t);
        FluentActions.Invoking(() => Solve(new OdeSolverOptions { Events = [some, null!] })).Should().Throw<ArgumentException>().WithMessage("Events[1] is null*");
        FluentActions.Invoking(() => Solve(new OdeSolverOptions { Events = null! })).Should().Throw<ArgumentNullException>().WithParameterName("Events");
        FluentActions.Invoking(() => Solve(new OdeSolverOptions { ErrorControl = ErrorControl.Joint, Events = [some] })).Should().Throw<ArgumentException>().WithMessage("*PerSample*");
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [3], 2, seed: 1));
        FluentActions.Invoking(() => model.Solver = new OdeSolverOptions { Events = [some] }).Should().Throw<ArgumentException>().WithMessage("*gradients*events*PredictBatch*");

        static OdeSolution Solve(OdeSolverOptions options) => OdeSolver.Solve(Problems.Decay, [1], 0, 1, options);
    }

    [Fact]
    public void A_function_that_is_NaN_fails_its_sample_before_the_step()
    {
        var fine = new OdeEvent((t, y) => y[0] - 2);
        var broken = new OdeEvent((t, y) => Math.Log(1.5 - y[0]) - 5);
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            VectorField field = EventProblems.Polynomial(0, sense);
            OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0], [-3], [2], [0]], [0, sense], new OdeSolverOptions { MaxStep = 0.25, DenseOutput = true, Events = [fine, broken] });
            batch.Select(sample => sample.Status).Should().Equal(OdeStatus.Success, OdeStatus.Success, OdeStatus.NonFiniteEvent, OdeStatus.Success);
            batch[2].FinalTime.Should().Be(0);
            OdeSolution later = OdeSolver.Solve(field, [0], 0, 2 * sense, new OdeSolverOptions { MaxStep = 0.25, Events = [fine, broken] });
            later.Status.Should().Be(OdeStatus.NonFiniteEvent);
            Math.Abs(later.FinalTime).Should().BeInRange(1.2, 1.5);
            later.FinalState[0].Should().BeApproximately(Math.Abs(later.FinalTime), 1e-14);
            later.Failure!.Event.Should().Be(1);
            later.Failure.Message.Should().Contain("event 1").And.Contain("NaN");
            later.Evaluate(later.FinalTime)[0].Should().Be(later.FinalState[0]);
        }
    }

    [Fact]
    public void Exceptions_of_functions_and_changes_pass_through()
    {
        var function = new OdeEvent((t, y) => t < 0.5 ? -1 : throw new InvalidTimeZoneException("mine"));
        var change = new OdeEvent((t, y) => t - 0.5, stateChange: (t, y) => throw new InvalidTimeZoneException("mine"));
        foreach (OdeEvent each in new[] { function, change })
        {
            FluentActions.Invoking(() => OdeSolver.Solve(Problems.Decay, [1], 0, 1, new OdeSolverOptions { Events = [each] }))
                .Should().Throw<InvalidTimeZoneException>().WithMessage("mine");
        }
    }

    [Theory]
    [InlineData(double.NaN, EventAction.Record)]
    [InlineData(double.PositiveInfinity, EventAction.Record)]
    [InlineData(double.NegativeInfinity, EventAction.Terminate)]
    public void A_change_to_something_that_is_not_finite_ends_in_the_last_finite_state(double value, EventAction action)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (1, 1));
        var fine = new OdeEvent((t, y) => t - 0.5, stateChange: (t, y) => y[0] = 7);
        var broken = new OdeEvent((t, y) => t - 0.5, action: action, stateChange: (t, y) => (y[0], y[1]) = (9, value));
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive))
        {
            var options = new OdeSolverOptions { Method = method, Events = [fine, broken], Output = OdeOutput.Steps, DenseOutput = true };
            OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0, 0], [3, 1]], [0, 1], options);
            OdeSolution alone = OdeSolver.Solve(field, [3, 1], 0, 1, options);
            foreach (OdeSolution solution in new[] { batch[1], alone })
            {
                solution.Status.Should().Be(OdeStatus.NonFiniteEvent);
                solution.Failure!.Event.Should().Be(1);
                solution.Failure.Component.Should().Be(1);
                solution.Failure.Time.Should().Be(0.5);
                solution.Failure.Message.Should().Contain("event 1").And.Contain("component 1").And.Contain("t = 0.5");
                solution.FinalTime.Should().Be(0.5);
                solution.FinalState.ToArray().ShouldBeNear([7, 1.5], 1e-14, $"{method} carries out the first change and not the second");
                solution.States.ToArray().Should().OnlyContain(number => double.IsFinite(number));
                solution.Evaluate(0.5).Should().Equal(solution.FinalState.ToArray());
                solution.Events.Should().HaveCount(2);
                solution.Events[1].StateAfter.ToArray().Should().Equal(solution.FinalState.ToArray());
            }
        }
    }

    /// <summary>A logarithm is −∞ where its argument is zero, and has a sign there.</summary>
    [Fact]
    public void A_function_may_be_infinite()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1);
        foreach (double shift in new[] { 0.25, 1.0 / 3 })
        {
            var jump = new OdeEvent((t, y) => t < shift ? double.NegativeInfinity : double.PositiveInfinity);
            var logarithm = new OdeEvent((t, y) => Math.Log(Math.Abs(y[0])) - Math.Log(shift));
            var pole = new OdeEvent((t, y) => 1 / (y[0] - shift));
            OdeSolution solution = OdeSolver.Solve(field, [0], 0, 1, new OdeSolverOptions { Events = [jump, logarithm, pole], MaxStep = 0.2 }).EnsureSuccess();
            foreach (int index in new[] { 0, 1, 2 })
                solution.Events.Where(hit => hit.Event == index).Should().ContainSingle().Which.Time.Should().BeApproximately(shift, 1e-14);
        }
    }

    [Fact]
    public void A_derivative_that_is_not_finite_behind_a_change_fails_there()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Math.Sqrt(y[0]));
        var change = new OdeEvent((t, y) => t - 0.5, stateChange: (t, y) => y[0] = -1);
        OdeSolution solution = OdeSolver.Solve(field, [1], 0, 1, new OdeSolverOptions { Events = [change] });
        solution.Status.Should().Be(OdeStatus.NonFiniteDerivative);
        solution.FinalTime.Should().Be(0.5);
        solution.FinalState[0].Should().Be(-1);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(3.0)]
    public void A_ball_that_is_put_down_stops_the_solve_instead_of_falling_through_the_ground(double ground)
    {
        OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [ground + 10, 0], 0, 100, new OdeSolverOptions { Events = [EventProblems.Bounce(0, ground)] });
        path.Status.Should().Be(OdeStatus.RepeatedEvent);
        path.FinalTime.Should().BeApproximately(Math.Sqrt(20 / EventProblems.Gravity), 1e-6);
        path.FinalState[0].Should().BeApproximately(ground, 1e-13);
        path.Events.Count.Should().BeLessThan(20);
    }

    [Fact]
    public void Events_far_apart_never_count_as_repeated()
    {
        // A relay that switches a heater a few thousand times; its functions jump between −1 and 1.
        VectorField room = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], 0));
        var warm = new OdeEvent((t, y) => y[0] < 1 ? -1 : 1, EventDirection.Rising, stateChange: (t, y) => y[1] = -1);
        var cold = new OdeEvent((t, y) => y[0] > -1 ? 1 : -1, EventDirection.Falling, stateChange: (t, y) => y[1] = 1);
        OdeSolution solution = OdeSolver.Solve(room, [0, 1], [0.0, 4000.5], new OdeSolverOptions { Events = [warm, cold] }).EnsureSuccess();
        solution.Events.Should().HaveCount(2000);
        solution.Events[^1].Time.Should().BeApproximately(3999, 1e-8);
    }
}
