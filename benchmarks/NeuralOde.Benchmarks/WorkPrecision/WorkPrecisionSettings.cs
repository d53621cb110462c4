using System.Globalization;

namespace NeuralOde.Benchmarks;

/// <summary>How much is measured.</summary>
internal sealed record WorkPrecisionSettings
{
    /// <summary>From loose to tight.</summary>
    public required double[] Tolerances { get; init; }

    /// <summary>SciPy takes long: every other one.</summary>
    public required double[] SlowPeerTolerances { get; init; }

    /// <summary>How often ours and the compiled peers take turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>Times taken in a round.</summary>
    public required int Samples { get; init; }

    /// <summary>A time is that of a block of solves which lasts at least so long.</summary>
    public required double SampleSeconds { get; init; }

    /// <summary>A method whose solve takes longer tries no tighter tolerance.</summary>
    public double PatienceSeconds { get; init; } = 0.1;

    /// <summary>The same for SciPy.</summary>
    public double SlowPeerPatienceSeconds { get; init; } = 0.4;

    /// <summary>Steps after which a solve gives up; stiff problems take a method that is made for them a few thousand at most.</summary>
    public static int MaxSteps(InitialValueProblem problem) => problem.IsStiff ? 20_000 : 200_000;

    public static WorkPrecisionSettings Full { get; } = new()
    {
        Tolerances = [.. Enumerable.Range(6, 17).Select(halves => double.Parse($"1e-{halves / 2}", CultureInfo.InvariantCulture) / (halves % 2 == 0 ? 1 : Math.Sqrt(10)))],
        SlowPeerTolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11],
        Rounds = 2,
        Samples = 3,
        SampleSeconds = 0.003,
    };

    public static WorkPrecisionSettings Quick { get; } = new()
    {
        Tolerances = [1e-4, 1e-6, 1e-8],
        SlowPeerTolerances = [1e-4, 1e-6, 1e-8],
        Rounds = 1,
        Samples = 2,
        SampleSeconds = 0.0005,
    };
}
