using System.Text.Json;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Tests.Evaluation;

public class LinearOdeBaselineTests
{
    /// <summary>z = (2 + e^(−t/5) cos 3t, −1 − e^(−t/5) sin 3t): z' = A (z − c) with A = [−0.2 3; −3 −0.2], c = (2, −1).</summary>
    private static double[] Spiral(double t) => [2.0 + (Math.Exp(-0.2 * t) * Math.Cos(3.0 * t)), -1.0 - (Math.Exp(-0.2 * t) * Math.Sin(3.0 * t))];

    private static TrajectoryDataset Data(double[] times, Func<double, double[]> state)
    {
        double[][] rows = [.. times.Select(state)];
        return EvaluationReference.Dataset(times, [.. rows.SelectMany(row => row)], rows[0].Length);
    }

    private static double[] Irregular(int count, double longest, int seed = 4)
    {
        var random = new Random(seed);
        double time = 0.0;
        return [.. Enumerable.Range(0, count).Select(_ => time += (0.05 + (0.95 * random.NextDouble())) * longest)];
    }

    private static void ShouldBe(LinearOdeBaseline fitted, double[,] matrix, double[] offset, double tolerance)
    {
        (fitted.Matrix - Matrix<double>.Build.DenseOfArray(matrix)).L2Norm().Should().BeLessThan(tolerance);
        (fitted.Offset - Vector<double>.Build.Dense(offset)).L2Norm().Should().BeLessThan(tolerance);
    }

    /// <summary>Steps of up to 0.6 are a third of a turn: a rule that takes the derivative for a difference is far off.</summary>
    [Fact]
    public void An_equation_is_found_again_in_irregular_observations() =>
        ShouldBe(Baseline.LinearOde(Data(Irregular(40, 0.6), Spiral)), new[,] { { -0.2, 3.0 }, { -3.0, -0.2 } }, [3.4, 5.8], 1e-8);

    [Fact]
    public void It_is_found_again_over_longer_forecasts_too() =>
        ShouldBe(Baseline.LinearOde(Data(Irregular(40, 0.6), Spiral), horizon: 10), new[,] { { -0.2, 3.0 }, { -3.0, -0.2 } }, [3.4, 5.8], 1e-8);

    [Fact]
    public void Backward_in_time_it_is_the_same_equation() =>
        ShouldBe(Baseline.LinearOde(Data([.. Irregular(40, 0.6).Reverse()], Spiral)), new[,] { { -0.2, 3.0 }, { -3.0, -0.2 } }, [3.4, 5.8], 1e-8);

    /// <summary>Numbers of the order of 1e6 and seconds of the order of 1e9.</summary>
    [Fact]
    public void Units_do_not_matter()
    {
        double[] times = [.. Irregular(40, 0.6).Select(t => 1e9 * t)];
        LinearOdeBaseline fitted = Baseline.LinearOde(Data(times, t => [1e6 * Spiral(t / 1e9)[0], 1e-3 * Spiral(t / 1e9)[1]]));
        (fitted.Matrix[0, 0] * 1e9).Should().BeApproximately(-0.2, 1e-8);
        (fitted.Matrix[0, 1] * 1e9 * 1e-9).Should().BeApproximately(3.0, 1e-8);
        (fitted.Matrix[1, 0] * 1e9 * 1e9).Should().BeApproximately(-3.0, 1e-8);
    }

    [Fact]
    public void The_forecast_is_the_solution()
    {
        TrajectoryDataset data = Data(Irregular(40, 0.6), Spiral);
        double last = data[0].Times[^1];
        double[] times = [last, last + 0.01, last + 1.3, last + 2.6, last + 40.0];
        double[,] forecast = Baseline.LinearOde(data).Forecast(data[0], times);
        forecast.Cast<double>().ToArray().ShouldBeNear([.. times.SelectMany(Spiral)], 1e-8);
    }

    [Fact]
    public void Gaps_in_the_training_data_only_take_their_numbers_out()
    {
        double[] times = Irregular(60, 0.6);
        double[] states = [.. times.SelectMany(Spiral)];
        for (int k = 0; k < states.Length; k += 5)
            states[k] = double.NaN;
        ShouldBe(Baseline.LinearOde(EvaluationReference.Dataset(times, states, 2), horizon: 4), new[,] { { -0.2, 3.0 }, { -3.0, -0.2 } }, [3.4, 5.8], 1e-8);
    }

    [Fact]
    public void Where_the_last_observation_has_a_gap_the_start_is_what_explains_those_before()
    {
        TrajectoryDataset data = Data(Irregular(40, 0.6), Spiral);
        double[] states = data[0].States.ToArray();
        for (int n = 25; n < 40; n++)
            states[(2 * n) + (n % 2)] = double.NaN;
        var history = new Trajectory(data[0].Times, states, 2);
        double time = data[0].Times[^1] + 1.0;
        Baseline.LinearOde(data).Forecast(history, [time]).Cast<double>().ToArray().ShouldBeNear(Spiral(time), 1e-7);
    }

    [Fact]
    public void Too_little_to_start_from_is_no_forecast()
    {
        TrajectoryDataset data = Data(Irregular(40, 0.6), Spiral);
        var history = new Trajectory([0.0], new[,] { { 1.0, double.NaN } });
        Baseline.LinearOde(data).Forecast(history, [1.0]).Cast<double>().Should().OnlyContain(number => double.IsNaN(number));
    }

    /// <summary>scipy.optimize.least_squares on the same residuals, with scipy.linalg.expm.</summary>
    [Theory]
    [InlineData("one", 1)]
    [InlineData("four", 4)]
    [InlineData("four", 7)]
    public void With_noise_it_is_the_least_squares_fit_of_scipy(string entry, int horizon)
    {
        JsonElement reference = EvaluationReference.Of("linearOde");
        LinearOdeBaseline fitted = Baseline.LinearOde(EvaluationReference.Dataset(reference.Numbers("times"), reference.Numbers("observations"), 2), horizon);
        fitted.Matrix.ToRowMajorArray().ShouldBeNear(reference.GetProperty(entry).Numbers("matrix"), 1e-6);
        fitted.Offset.ToArray().ShouldBeNear(reference.GetProperty(entry).Numbers("offset"), 1e-6);
    }

    [Fact]
    public void A_constant_component_does_no_harm()
    {
        TrajectoryDataset data = Data(Irregular(40, 0.6), t => [Spiral(t)[0], Spiral(t)[1], 7.0]);
        double time = data[0].Times[^1] + 1.5;
        Baseline.LinearOde(data).Forecast(data[0], [time]).Cast<double>().ToArray().ShouldBeNear([.. Spiral(time), 7.0], 1e-7);
    }

    [Fact]
    public void Several_trajectories_count_together()
    {
        var data = TrajectoryDataset.FromTrajectories([.. Enumerable.Range(0, 20).Select(k =>
        {
            double[] times = [0.1 * k, (0.1 * k) + 0.3];
            return new Trajectory(times, [.. times.SelectMany(Spiral)], 2);
        })]);
        ShouldBe(Baseline.LinearOde(data, horizon: 50), new[,] { { -0.2, 3.0 }, { -3.0, -0.2 } }, [3.4, 5.8], 1e-8);
    }

    [Fact]
    public void Too_few_observations_are_refused() =>
        FluentActions.Invoking(() => Baseline.LinearOde(Data([0.0, 1.0, 2.0], Spiral))).Should().Throw<ArgumentException>().WithMessage("*4 numbers observed one step after*6 unknowns*");

    [Fact]
    public void Another_dimension_is_refused() =>
        FluentActions.Invoking(() => Baseline.LinearOde(Data(Irregular(40, 0.6), Spiral)).Forecast(new Trajectory([0.0], new[,] { { 1.0 } }), [1.0]))
            .Should().Throw<ArgumentException>().WithMessage("history has 1 components*");

    [Fact]
    public void A_horizon_is_at_least_1() =>
        FluentActions.Invoking(() => Baseline.LinearOde(Data(Irregular(40, 0.6), Spiral), horizon: 0)).Should().Throw<ArgumentOutOfRangeException>();
}
