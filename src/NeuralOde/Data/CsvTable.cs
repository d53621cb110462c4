namespace NeuralOde;

/// <summary>One text, read: a row per observation, and its columns by what they are for.</summary>
internal sealed class CsvTable
{
    /// <summary>What messages call the text.</summary>
    public required string Source { get; init; }

    /// <summary>The line of every row.</summary>
    public required IReadOnlyList<int> Lines { get; init; }

    /// <summary>The trajectory of every row, numbered by first appearance.</summary>
    public required IReadOnlyList<int> TrajectoryOfRow { get; init; }

    public required int TrajectoryCount { get; init; }

    /// <summary>The times, or null where a trajectory's rows are equally far apart.</summary>
    public required CsvSeries? Times { get; init; }

    /// <summary>Whether the times were dates.</summary>
    public required bool HasDates { get; init; }

    /// <summary>The time from row to row where there are no times.</summary>
    public required double Interval { get; init; }

    /// <summary>The columns that are states or may be.</summary>
    public required IReadOnlyList<CsvSeries> States { get; init; }

    public required IReadOnlyList<CsvSeries> Inputs { get; init; }

    public required IReadOnlyList<CsvSeries> Covariates { get; init; }

    /// <summary>None, one for all states, or one per state in the order of <see cref="States"/>.</summary>
    public required IReadOnlyList<CsvSeries> Weights { get; init; }
}
