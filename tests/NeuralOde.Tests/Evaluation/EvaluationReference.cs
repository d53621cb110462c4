using System.Text.Json;

namespace NeuralOde.Tests.Evaluation;

/// <summary>Numbers of SciPy and statsmodels: evaluation.json, written by evaluation_references.py.</summary>
internal static class EvaluationReference
{
    private static readonly Lazy<JsonElement> All = new(() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "evaluation.json"))).RootElement);

    public static JsonElement Of(string name) => All.Value.GetProperty(name);

    public static double[] Numbers(this JsonElement element, string name) => element.GetProperty(name).Numbers();

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    /// <summary>A dataset of one trajectory from row-major numbers.</summary>
    public static TrajectoryDataset Dataset(double[] times, double[] states, int dimension) =>
        TrajectoryDataset.FromTrajectories([new Trajectory(times, states, dimension)]);

    public static void ShouldBeNear(this IReadOnlyList<double> actual, IReadOnlyList<double> expected, double tolerance)
    {
        actual.Should().HaveCount(expected.Count);
        for (int i = 0; i < expected.Count; i++)
            actual[i].Should().BeApproximately(expected[i], tolerance, $"number {i} is {expected[i]:R}");
    }
}
