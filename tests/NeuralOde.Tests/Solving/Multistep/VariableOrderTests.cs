namespace NeuralOde.Tests.Solving.Multistep;

/// <summary>Which orders the multistep methods choose.</summary>
public class VariableOrderTests
{
    public static TheoryData<string> Names { get; } = ["Adams", "Bdf"];

    [Theory]
    [InlineData("Adams", 1e-3, 2, 7)]
    [InlineData("Adams", 1e-11, 8, 13)]
    [InlineData("Bdf", 1e-3, 2, 5)]
    [InlineData("Bdf", 1e-9, 5, 5)]
    public void The_order_rises_from_one_to_what_the_tolerance_repays(string name, double tolerance, int lowest, int highest)
    {
        List<(double Time, int Order)> orders = Orders(name, Problems.NonAutonomousPendulum, 20, tolerance);
        orders[0].Order.Should().BeLessThanOrEqualTo(3, "there is hardly a past yet");
        orders.Max(step => step.Order).Should().BeInRange(lowest, highest);
        for (int n = 1; n < orders.Count; n++)
            (orders[n].Order - orders[n - 1].Order).Should().BeLessThanOrEqualTo(1, "orders rise one by one");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Behind_a_declared_jump_the_past_is_forgotten(string name)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[1] + (t < 5 ? 0 : 3); dydt[1] = -y[0]; });
        List<(double Time, int Order)> orders = Orders(name, field, 10, 1e-8, jumpTimes: [5]);
        int jump = orders.FindIndex(step => step.Time >= 5);
        orders[jump - 1].Order.Should().BeGreaterThan(3);
        orders[jump].Time.Should().Be(5);
        orders[jump].Order.Should().BeLessThanOrEqualTo(2);
        orders[^1].Order.Should().BeGreaterThan(3);
    }

    /// <summary>Where every step but the first began, and its order or, where the stepper has chosen it already, that of the next.</summary>
    private static List<(double Time, int Order)> Orders(string name, VectorField field, double end, double tolerance, double[]? jumpTimes = null)
    {
        OdeSolverOptions options = new OdeSolverOptions
        {
            Method = OdeMethod.All.Single(method => method.Name == name),
            RelativeTolerance = tolerance,
            AbsoluteTolerance = tolerance,
            JumpTimes = jumpTimes,
        }.Resolve(OdeMethod.Adams);
        var integrator = new Integrator(field.CreateEvaluator(new BatchLayout(1)), options);
        var observer = new OrderObserver(integrator, end);
        double[] state = new double[BatchLayout.Lanes];
        state[0] = 1;
        integrator.Integrate([0.0], state, observer, [], default);
        integrator.Lanes.Status[0].Should().Be(OdeStatus.Success);
        return observer.Orders;
    }

    private sealed class OrderObserver(Integrator integrator, double end) : IntegrationObserver
    {
        private double _time;

        public List<(double Time, int Order)> Orders { get; } = [];

        public override double NextStop(int sample) => _time == end ? double.NaN : end;

        public override void RoundCompleted(StepRound round, ReadOnlySpan<double> slopes)
        {
            if (_time > 0)
                Orders.Add((round.StartTimes[0], Order));
            _time = round.EndTimes[0];
        }

        private int Order => integrator.Stepper switch
        {
            AdamsStepper adams => adams.Order(0),
            BdfStepper bdf => bdf.Order(0),
            _ => throw new InvalidOperationException("No method of variable order."),
        };
    }
}
