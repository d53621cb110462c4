namespace NeuralOde;

/// <summary>What a cell is taken for.</summary>
internal enum CsvCellKind
{
    Number,
    Gap,
    Infinite,
    Other,
}

/// <summary>Tells numbers from gaps and from anything else.</summary>
internal sealed class CsvCells
{
    private readonly HashSet<string> _markers = new(StringComparer.Ordinal);
    private readonly List<double> _numericMarkers = [];

    public CsvCells(CsvOptions options)
    {
        DecimalComma = options.DecimalComma;
        foreach (string marker in options.MissingValues ?? [])
        {
            _markers.Add(marker.Trim());
            if (CsvNumber.TryParse(marker, DecimalComma, out double value))
                _numericMarkers.Add(value);
        }
    }

    /// <summary>Whether numbers have a decimal comma.</summary>
    public bool DecimalComma { get; }

    /// <param name="cell">The cell's text.</param>
    /// <param name="value">The number; NaN for a gap and anything else.</param>
    public CsvCellKind Read(ReadOnlySpan<char> cell, out double value)
    {
        value = double.NaN;
        if (cell.IsEmpty || cell is "NA" || (_markers.Count > 0 && _markers.GetAlternateLookup<ReadOnlySpan<char>>().Contains(cell)))
            return CsvCellKind.Gap;
        if (!CsvNumber.TryParse(cell, DecimalComma, out double number))
            return CsvCellKind.Other;
        if (double.IsNaN(number) || IsMarker(number))
            return CsvCellKind.Gap;
        value = number;
        return double.IsFinite(number) ? CsvCellKind.Number : CsvCellKind.Infinite;
    }

    /// <summary>Whether a number stands for a gap.</summary>
    public bool IsMarker(double number) => _numericMarkers.Contains(number);
}
