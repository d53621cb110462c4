namespace NeuralOde.Fuzzing;

/// <summary>What a text holds, from another source than the library: whoever generated it, or the reference reader.</summary>
/// <param name="Header">The columns' names.</param>
/// <param name="Rows">The rows, each with as many cells as the header unless the text is damaged.</param>
internal sealed record CsvTable(string[] Header, List<CsvRow> Rows);

/// <param name="Cells">The cells, without their quotes.</param>
/// <param name="FirstLine">The line on which the row starts, counting from 1.</param>
/// <param name="LastLine">The line on which it ends; another one where quoted cells hold line ends.</param>
/// <param name="IsDamaged">Whether the row gives a reason to refuse the text.</param>
internal sealed record CsvRow(CsvCell[] Cells, int FirstLine, int LastLine, bool IsDamaged);

/// <param name="Text">The cell's text.</param>
/// <param name="Value">The number that it is, or null for anything else.</param>
internal readonly record struct CsvCell(string Text, double? Value)
{
    /// <summary>Whether the cell says that a number is missing.</summary>
    public bool IsGap => Text is "" or "NA" || Text.Trim().TrimStart('+', '-').Equals("NaN", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether leaving this cell out could lose a number.</summary>
    public bool MayBeNumber => Value is not null || Text.Any(char.IsNumber) || Text.Trim() is "∞" or "inf" or "-inf" or "NaN";
}
