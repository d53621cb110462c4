namespace NeuralOde.Tests.Dynamics;

/// <summary>y' = −y + u(t) for an input of cubic pieces, and its solution in closed form.</summary>
/// <param name="Signal">u.</param>
/// <param name="Pieces">
/// The same input written down independently: from each start on c0 + c1 s + c2 s² + c3 s³ with s the time since. The first
/// starts where the solution does.
/// </param>
internal sealed record ForcedDecay(InputSignal Signal, (double Start, double[] Coefficients)[] Pieces)
{
    /// <summary>Steps that rise and fall, the first value from the start on.</summary>
    public static ForcedDecay Steps { get; } = new(InputSignal.PiecewiseConstant([0, 0.7, 1.5, 3.1], [0.5, 2, -1, 0.25]),
        [(0, [0.5, 0, 0, 0]), (0.7, [2, 0, 0, 0]), (1.5, [-1, 0, 0, 0]), (3.1, [0.25, 0, 0, 0])]);

    /// <summary>Ramps between 1 at t = 0.5, 3 at 1.5 and −1 at 3.5, held before and after.</summary>
    public static ForcedDecay Ramps { get; } = new(InputSignal.PiecewiseLinear([0.5, 1.5, 3.5], [1, 3, -1]),
        [(0, [1, 0, 0, 0]), (0.5, [1, 2, 0, 0]), (1.5, [3, -2, 0, 0]), (3.5, [-1, 0, 0, 0])]);

    /// <summary>The natural spline through 0, 1, 0 at t = 1, 2, 3.</summary>
    public static ForcedDecay Hat { get; } = new(InputSignal.CubicSpline([1, 2, 3], [0, 1, 0]),
        [(0, [0, 0, 0, 0]), (1, [0, 1.5, 0, -0.5]), (2, [1, 0, -1.5, 0.5]), (3, [0, 0, 0, 0])]);

    public static ForcedDecay Named(string name) => name switch
    {
        "steps" => Steps,
        "ramps" => Ramps,
        _ => Hat,
    };

    public VectorField Field { get; } = VectorField.FromFunction(1, Signal, (t, y, u, dydt) => dydt[0] = u[0] - y[0]);

    /// <summary>y(t) from y(0): on each piece p(s) + (y − p(0)) exp(−s) with the polynomial p = u − u' + u'' − u'''.</summary>
    public double Solution(double initial, double t)
    {
        double y = initial;
        for (int k = 0; k < Pieces.Length && Pieces[k].Start < t; k++)
        {
            double[] c = Pieces[k].Coefficients;
            double s = (k + 1 < Pieces.Length ? Math.Min(t, Pieces[k + 1].Start) : t) - Pieces[k].Start;
            double p0 = c[0] - c[1] + 2 * c[2] - 6 * c[3], p1 = c[1] - 2 * c[2] + 6 * c[3], p2 = c[2] - 3 * c[3], p3 = c[3];
            y = p0 + s * (p1 + s * (p2 + s * p3)) + (y - p0) * Math.Exp(-s);
        }

        return y;
    }
}
