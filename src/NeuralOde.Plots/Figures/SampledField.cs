namespace NeuralOde.Plots;

/// <summary>Two components of a vector field over a rectangle of the plane, known on a grid and bilinear between: its directions as they look in pixels.</summary>
internal sealed class SampledField
{
    private const int Columns = 72;
    private const int Rows = 54;

    private readonly double[] _dx = new double[(Columns + 1) * (Rows + 1)];
    private readonly double[] _dy = new double[(Columns + 1) * (Rows + 1)];

    /// <param name="derivative">Gives the two components at a point.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="width">Its length in pixels.</param>
    /// <param name="height">Its length in pixels.</param>
    public SampledField(Func<double, double, (double X, double Y)> derivative, Span x, Span y, double width, double height)
    {
        X = x;
        Y = y;
        Width = width;
        Height = height;
        for (int row = 0; row <= Rows; row++)
        {
            for (int column = 0; column <= Columns; column++)
            {
                (double dx, double dy) = derivative(x.Low + x.Length * column / Columns, y.Low + y.Length * row / Rows);
                // Divided first: speeds may be as large as numbers get.
                double u = dx / x.Length * width, v = dy / y.Length * height, largest = Math.Max(Math.Abs(u), Math.Abs(v));
                int at = row * (Columns + 1) + column;
                (_dx[at], _dy[at]) = double.IsFinite(largest) ? (u, v) : (0, 0);
            }
        }
    }

    public Span X { get; }

    public Span Y { get; }

    public double Width { get; }

    public double Height { get; }

    /// <summary>The direction at a pixel, counted from the lower left; false where the field is 0, not finite, or out of sight.</summary>
    public bool Direction(double pixelX, double pixelY, out double dx, out double dy)
    {
        double u = pixelX / Width * Columns, v = pixelY / Height * Rows;
        int column = Math.Clamp((int)u, 0, Columns - 1), row = Math.Clamp((int)v, 0, Rows - 1);
        dx = Between(_dx, column, row, u - column, v - row);
        dy = Between(_dy, column, row, u - column, v - row);
        double largest = Math.Max(Math.Abs(dx), Math.Abs(dy));
        if (!(largest > 0) || u < 0 || v < 0 || u > Columns || v > Rows)
            return false;
        double speed = largest * Math.Sqrt(dx / largest * (dx / largest) + dy / largest * (dy / largest));
        (dx, dy) = (dx / speed, dy / speed);
        return true;
    }

    /// <summary>The coordinates of a pixel.</summary>
    public ScottPlot.Coordinates Coordinates(double pixelX, double pixelY) => new(X.Low + X.Length * (pixelX / Width), Y.Low + Y.Length * (pixelY / Height));

    private static double Between(double[] values, int column, int row, double u, double v)
    {
        int at = row * (Columns + 1) + column;
        double below = values[at] + (values[at + 1] - values[at]) * u;
        double above = values[at + Columns + 1] + (values[at + Columns + 2] - values[at + Columns + 1]) * u;
        return below + (above - below) * v;
    }
}
