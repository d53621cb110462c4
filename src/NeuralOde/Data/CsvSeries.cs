namespace NeuralOde;

/// <summary>A column of numbers, one per row, NaN for a gap.</summary>
/// <param name="Name">Its name in the header, or the variable's.</param>
/// <param name="Index">Its position in a row, counting from 0.</param>
/// <param name="Values">The numbers; meaningless unless the column is numeric.</param>
internal sealed record CsvSeries(string Name, int Index, IReadOnlyList<double> Values)
{
    /// <summary>Whether the column holds numbers, or was asked for by name.</summary>
    public bool IsNumeric { get; init; } = true;

    /// <summary>The first cell that is no number: an error if the column is a state after all.</summary>
    public CsvFormatException? Problem { get; init; }

    /// <summary>The first cell that may be a number: an error if the column is no state.</summary>
    public CsvFormatException? Loss { get; init; }
}
