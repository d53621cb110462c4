using System.Runtime.InteropServices;

namespace NeuralOde.Plots;

/// <summary>The part of an axis that is in sight.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Span(double Low, double High)
{
    /// <summary>Half of it can be added to itself, so that lengths are finite.</summary>
    public const double Largest = double.MaxValue / 4;

    public double Length => High - Low;

    /// <summary>What holds all finite values, with room on both sides; around a constant, a tenth of it.</summary>
    /// <param name="values">The values; NaN and infinities are left out.</param>
    /// <param name="margin">Room on each side, as a part of the whole.</param>
    public static Span Around(IEnumerable<double> values, double margin = 0.06)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
                continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        return low > high ? new Span(0, 1) : new Span(low, high).WithMargin(margin);
    }

    /// <summary>Checks that observations can be drawn.</summary>
    /// <exception cref="ArgumentException">A state is larger than any axis can hold.</exception>
    public static void RequireDrawable(Trajectory observations, string name)
    {
        for (int n = 0; n < observations.Length; n++)
        {
            for (int i = 0; i < observations.Dimension; i++)
            {
                if (Math.Abs(observations.StateAt(n)[i]) > Largest)
                    throw new ArgumentException(FormattableString.Invariant($"Component {i} of observation {n} is {observations.StateAt(n)[i]}, too large to be drawn."), name);
            }
        }
    }

    /// <summary>What holds both.</summary>
    public Span Including(Span other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));

    public Span WithMargin(double margin)
    {
        double low = Math.Clamp(Low, -Largest, Largest), high = Math.Clamp(High, -Largest, Largest);
        double magnitude = Math.Max(Math.Abs(low), Math.Abs(high));
        // Pixels are single numbers: a span that rounding alone fills cannot be drawn, nor one below the smallest normal number.
        bool isConstant = high - low <= 1e-11 * magnitude || high - low < 1e-290;
        double room = !isConstant ? margin * (high - low) : magnitude < 1e-280 ? 1 : 0.1 * magnitude;
        return new Span(low - room, high + room);
    }
}
