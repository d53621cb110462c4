using System.Globalization;

namespace NeuralOde.Benchmarks;

/// <summary>The networks' kernels alone in C++, at the number of evaluations and products that this library took.</summary>
internal static class NetworkLimit
{
    /// <param name="programs">Compiles it.</param>
    /// <param name="network">As the program calls it.</param>
    /// <param name="isSingle">Whether in single precision.</param>
    /// <param name="ours">Whose numbers of evaluations and products it does.</param>
    /// <param name="isContinuous">Whether each product has an evaluation of its own, not one recorded by the forward solve.</param>
    /// <param name="goal">What its time over ours should at least be.</param>
    /// <param name="runs">Runs in a block.</param>
    public static ComparedPeer Create(PeerPrograms programs, string network, bool isSingle, MeasuredBlock ours, bool isContinuous, double? goal, int runs) => new()
    {
        Start = () => programs.StartCompiled("network_limit", ["-ffast-math", "-l:libopenblas.so.0", "-lmvec", "-lm"],
            "--network", network, "--type", isSingle ? "float32" : "float64", "--evaluations", Text(ours.Forward!.Value + (isContinuous ? ours.Backward!.Value : 0)), "--products", Text(ours.Backward!.Value)),
        Tolerances = new Dictionary<string, double>
        {
            ["network output"] = isSingle ? 1e-5 : 1e-13,
            ["network state cotangent"] = isSingle ? 1e-5 : 1e-13,
            ["network gradient"] = isSingle ? 1e-5 : 1e-13,
        },
        Goal = goal,
        Runs = runs,
    };

    private static string Text(double count) => Math.Round(count).ToString(CultureInfo.InvariantCulture);
}
