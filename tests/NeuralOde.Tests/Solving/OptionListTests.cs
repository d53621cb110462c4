namespace NeuralOde.Tests.Solving;

public sealed class OptionListTests
{
    [Fact]
    public void Lists_given_to_options_are_copied_when_they_are_set()
    {
        double[] relative = [1e-6, 1e-6], absolute = [1e-9, 1e-9], jumps = [0.5];
        var events = new List<OdeEvent> { new((t, y) => y[0]) };
        var options = new OdeSolverOptions { RelativeTolerances = relative, AbsoluteTolerances = absolute, JumpTimes = jumps, Events = events };
        relative[0] = absolute[0] = jumps[0] = double.NaN;
        events.Clear();

        options.RelativeTolerances.Should().Equal(1e-6, 1e-6);
        options.AbsoluteTolerances.Should().Equal(1e-9, 1e-9);
        options.JumpTimes.Should().Equal(0.5);
        options.Events.Should().ContainSingle();
        OdeSolver.Solve(VectorField.FromFunction(2, (_, y, dydt) => (dydt[0], dydt[1]) = (y[1], -y[0])), [1.0, 0.0], [0.0, 1.0], options).EnsureSuccess();
    }

    [Fact]
    public void Options_that_are_not_changed_stay_equal()
    {
        var options = new OdeSolverOptions { JumpTimes = [1.0], RelativeTolerances = [1e-6] };
        (options with { MaxSteps = options.MaxSteps }).Should().Be(options);
        (options with { MaxSteps = 7 }).JumpTimes.Should().BeSameAs(options.JumpTimes);
    }

    [Fact]
    public void A_list_that_is_null_stays_null()
    {
        var options = new OdeSolverOptions { JumpTimes = null, RelativeTolerances = null, AbsoluteTolerances = null };
        options.JumpTimes.Should().BeNull();
        options.RelativeTolerances.Should().BeNull();
        options.AbsoluteTolerances.Should().BeNull();
    }
}
