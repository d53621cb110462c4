namespace NeuralOde.Tests.Training;

public sealed class LimitedMemoryBfgsTests
{
    [Fact]
    public void The_minimum_of_Rosenbrocks_function_is_found_and_no_step_goes_up()
    {
        double[] point = [-1.2, 1.0, -1.2, 1.0];
        var bfgs = new LimitedMemoryBfgs(4);
        double before = bfgs.Begin(point, new Rosenbrock(), default);
        int steps = 0;
        for (; steps < 200 && bfgs.Step(point, new Rosenbrock(), default); steps++, before = bfgs.Value)
            bfgs.Value.Should().BeLessThan(before);
        steps.Should().BeInRange(10, 199);
        point.Should().AllSatisfy(x => x.Should().BeApproximately(1.0, 1e-6));
    }

    [Fact]
    public void A_region_where_the_objective_cannot_be_computed_is_kept_away_from()
    {
        double[] point = [-1.2, 1.0, -1.2, 1.0];
        var objective = new Rosenbrock { Wall = 1.05 };
        var bfgs = new LimitedMemoryBfgs(4);
        bfgs.Begin(point, objective, default);
        for (int i = 0; i < 300 && bfgs.Step(point, objective, default); i++) { }
        objective.Failures.Should().BePositive("otherwise nothing was tried");
        point.Should().AllSatisfy(x => x.Should().BeApproximately(1.0, 1e-4));
    }

    [Fact]
    public void A_point_where_the_objective_cannot_be_computed_is_not_left()
    {
        double[] point = [2.0, 1.0, 1.0, 1.0];
        var objective = new Rosenbrock { Wall = 1.05 };
        var bfgs = new LimitedMemoryBfgs(4);
        bfgs.Begin(point, objective, default).Should().Be(double.NaN);
        bfgs.Step(point, objective, default).Should().BeFalse();
        point[0].Should().Be(2.0);
    }

    /// <summary>Two Rosenbrock functions side by side; NaN beyond a wall.</summary>
    private sealed class Rosenbrock : IPlanObjective
    {
        public double Wall { get; init; } = double.PositiveInfinity;

        public int Failures { get; private set; }

        public int Length => 4;

        public OdeFailure? Failure => null;

        public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, CancellationToken cancellationToken)
        {
            double value = 0.0;
            for (int i = 0; i < 4; i += 2)
            {
                double x = point[i], valley = point[i + 1] - x * x;
                value += 100.0 * valley * valley + (1.0 - x) * (1.0 - x);
                gradient[i] = -400.0 * x * valley - 2.0 * (1.0 - x);
                gradient[i + 1] = 200.0 * valley;
                if (x > Wall)
                    value = double.NaN;
            }

            Failures += double.IsNaN(value) ? 1 : 0;
            return value;
        }
    }
}
