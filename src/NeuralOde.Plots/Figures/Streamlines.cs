namespace NeuralOde.Plots;

/// <summary>Evenly spaced lines along a vector field in a rectangle of pixels: each starts in a free cell and ends where it would come too near another one.</summary>
/// <remarks>As B. Jobard, W. Lefer, "Creating Evenly-Spaced Streamlines of Arbitrary Density" (1997), doi:10.1007/978-3-7091-6876-9_5, with cells instead of distances.</remarks>
internal sealed class Streamlines
{
    private const double CellSize = 20;
    private const double Step = 3;
    private const double ShortestLine = 50;
    private const int MostSteps = 2000;

    private readonly SampledField _field;
    private readonly int _columns;
    private readonly int _rows;
    private readonly int[] _owners;

    public Streamlines(SampledField field)
    {
        _field = field;
        _columns = Math.Max(1, (int)Math.Ceiling(field.Width / CellSize));
        _rows = Math.Max(1, (int)Math.Ceiling(field.Height / CellSize));
        _owners = new int[_columns * _rows];
    }

    /// <summary>The lines, each from where the field comes to where it goes.</summary>
    public List<(double X, double Y)[]> Draw()
    {
        var lines = new List<(double X, double Y)[]>();
        foreach (int cell in FromOutside())
        {
            if (_owners[cell] != 0)
                continue;
            (double X, double Y) start = ((cell % _columns + 0.5) * CellSize, (cell / _columns + 0.5) * CellSize);
            int owner = lines.Count + 1;
            List<int> taken = [];
            List<(double X, double Y)> back = Follow(start, -1, owner, taken), forth = Follow(start, 1, owner, taken);
            if ((back.Count + forth.Count - 2) * Step < ShortestLine)
            {
                foreach (int mine in taken)
                    _owners[mine] = 0;
                continue;
            }

            back.Reverse();
            lines.Add([.. back, .. forth.Skip(1)]);
        }

        return lines;
    }

    /// <summary>The cells ring by ring: lines that start at the border are the longest.</summary>
    private IEnumerable<int> FromOutside() =>
        from ring in Enumerable.Range(0, (Math.Min(_columns, _rows) + 1) / 2)
        from cell in Enumerable.Range(0, _columns * _rows)
        let column = cell % _columns
        let row = cell / _columns
        where Math.Min(Math.Min(column, _columns - 1 - column), Math.Min(row, _rows - 1 - row)) == ring
        select cell;

    private List<(double X, double Y)> Follow((double X, double Y) at, int direction, int owner, List<int> taken)
    {
        var points = new List<(double X, double Y)> { at };
        (int last, int beforeLast) = (Cell(at), -1);
        for (int i = 0; i < MostSteps; i++)
        {
            int cell = Cell(at);
            // Back where it was, a line goes round in a circle; along a border it may hop between two cells.
            if (cell < 0 || (_owners[cell] != 0 && _owners[cell] != owner) || (_owners[cell] == owner && cell != last && cell != beforeLast))
                break;
            if (_owners[cell] == 0)
            {
                _owners[cell] = owner;
                taken.Add(cell);
            }

            if (cell != last)
                (last, beforeLast) = (cell, last);
            if (i > 0)
                points.Add(at);
            // The midpoint rule.
            if (!_field.Direction(at.X, at.Y, out double dx, out double dy)
                || !_field.Direction(at.X + direction * Step / 2 * dx, at.Y + direction * Step / 2 * dy, out dx, out dy))
                break;
            at = (at.X + direction * Step * dx, at.Y + direction * Step * dy);
        }

        return points;
    }

    private int Cell((double X, double Y) at)
    {
        int column = (int)Math.Floor(at.X / CellSize), row = (int)Math.Floor(at.Y / CellSize);
        return at.X >= 0 && at.Y >= 0 && at.X <= _field.Width && at.Y <= _field.Height && column < _columns && row < _rows ? row * _columns + column : -1;
    }
}
