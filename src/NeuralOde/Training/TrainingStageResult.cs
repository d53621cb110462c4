using System.Globalization;

namespace NeuralOde;

/// <summary>How one stage of a <see cref="TrainingPlan"/> went.</summary>
public sealed record TrainingStageResult
{
    /// <summary>The stage's name.</summary>
    public required string Name { get; init; }

    /// <summary>Iterations done; 0 where it was skipped.</summary>
    public int Iterations { get; init; }

    /// <summary>Loss before the first iteration, without prior and jumps; NaN where it was skipped or the first solve failed.</summary>
    public double FirstLoss { get; init; } = double.NaN;

    /// <summary>Loss at the end, without prior and jumps; NaN where it was skipped.</summary>
    public double LastLoss { get; init; } = double.NaN;

    /// <summary>Why the stage was skipped, or ended before its last iteration; null where it did neither.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it was skipped.</summary>
    public bool IsSkipped => Iterations == 0;

    /// <summary>The stage in a line.</summary>
    public override string ToString()
    {
        string reason = Reason is null ? "" : $" ({Reason})";
        return IsSkipped
            ? $"{Name}: skipped{reason}"
            : string.Create(CultureInfo.InvariantCulture, $"{Name}: loss {FirstLoss:g3} → {LastLoss:g3} in {Iterations} iterations{reason}");
    }
}
