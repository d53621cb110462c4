using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NeuralOde.Benchmarks;

/// <summary>What W1 measured, printed as the line of JSON that the peers print.</summary>
internal sealed class SpiralTimes(string name, int iterations, int warmUp)
{
    private readonly double[] _losses = new double[iterations + warmUp];
    private readonly double[] _total = new double[iterations];
    private readonly double[] _forward = new double[iterations];
    private readonly double[] _backward = new double[iterations];
    private long _forwardEvaluations;
    private long _backwardEvaluations;
    private long _products;

    public double WallSeconds { get; set; }

    public double FullTrajectoryLoss { get; set; }

    public void Add(int iteration, double loss, long total, long forward, long backward, OdeStatistics forwardCost, OdeStatistics backwardCost)
    {
        _losses[iteration] = loss;
        if (iteration < warmUp)
            return;
        _total[iteration - warmUp] = (double)total / Stopwatch.Frequency;
        _forward[iteration - warmUp] = (double)forward / Stopwatch.Frequency;
        _backward[iteration - warmUp] = (double)backward / Stopwatch.Frequency;
        _forwardEvaluations += forwardCost.Evaluations;
        _backwardEvaluations += backwardCost.Evaluations;
        _products += backwardCost.VectorJacobianProducts;
    }

    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            Number(json, "median_s", Median(_total));
            Number(json, "min_s", _total.Min());
            Number(json, "max_s", _total.Max());
            json.WriteNumber("reps", iterations);
            Number(json, "fwd_s", Median(_forward));
            Number(json, "bwd_s", Median(_backward));
            Number(json, "nfe_fwd", (double)_forwardEvaluations / iterations);
            Number(json, "nfe_bwd", (double)_backwardEvaluations / iterations);
            Number(json, "vjp_bwd", (double)_products / iterations);
            Number(json, "loss_first", _losses[0]);
            Number(json, "loss_last20", _losses[^Math.Min(20, _losses.Length)..].Average());
            Number(json, "full_trajectory_loss", FullTrajectoryLoss);
            json.WriteNumber("iterations", iterations + warmUp);
            Number(json, "wall_s", WallSeconds);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
    }

    private static void Number(Utf8JsonWriter json, string property, double value) =>
        json.WriteNumber(property, double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
}
