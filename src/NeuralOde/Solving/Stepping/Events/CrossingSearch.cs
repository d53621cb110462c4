namespace NeuralOde;

/// <summary>Locates zeros and minima of event functions on the dense output of a step.</summary>
internal sealed class CrossingSearch(StepView step, IReadOnlyList<OdeEvent> events)
{

    // Bisection over all doubles of a bracket takes fewer.
    private const int MaxIterations = 200;

    private const int MaxDipIterations = 40;

    // A minimum cannot be told from its surroundings any closer than the root of the rounding.
    private const double DipTolerance = 1e-8;

    private static readonly double GoldenSection = 0.5 * (3.0 - Math.Sqrt(5.0));

    /// <summary>The event whose function was NaN, or −1.</summary>
    public int NotANumber { get; set; } = -1;

    public double Value(int index, double time)
    {
        double value = events[index].Function(time, step.StateAt(time));
        if (double.IsNaN(value))
            NotANumber = index;
        return value;
    }

    /// <summary>
    /// Narrows a bracket to neighbouring times by the ITP method (I. F. D. Oliveira, R. H. C. Takahashi, ACM Trans. Math. Softw. 47 (2020) 5,
    /// doi:10.1145/3423597), which needs hardly more evaluations than bisection at worst and converges faster than linearly on smooth functions.
    /// </summary>
    /// <param name="index">The event.</param>
    /// <param name="sign">Sign before the crossing.</param>
    /// <param name="floor">
    /// 0, or where the function has not left zero yet, its value at the start times <paramref name="sign"/>: what counts as crossed
    /// must lie below that.
    /// </param>
    /// <param name="before">A time before the crossing.</param>
    /// <param name="valueBefore">The function there.</param>
    /// <param name="after">A time at which the sign has gone.</param>
    /// <param name="valueAfter">The function there.</param>
    /// <returns>How far from zero the function was seen with <paramref name="sign"/>.</returns>
    public double Narrow(int index, int sign, double floor, ref double before, ref double valueBefore, ref double after, ref double valueAfter)
    {
        // Where the function is leaving zero, halving finds the time at which it comes back.
        bool interpolates = sign * valueBefore > 0.0;
        double height = Math.Max(0.0, sign * valueBefore);
        double fullWidth = Math.Abs(after - before);
        double finest = Resolution(before, after, interpolates);
        int budget = (int)Math.Ceiling(Math.Log2(Math.Max(1.0, fullWidth / finest))) + 1;
        for (int i = 0; i < MaxIterations && NotANumber < 0; i++)
        {
            double width = Math.Abs(after - before);
            if (width <= Resolution(before, after, interpolates) || Toward(before, after) == after)
                break;
            double middle = before + 0.5 * (after - before);
            double time = middle;
            if (interpolates)
            {
                double fraction = valueBefore / (valueBefore - valueAfter);
                double secant = double.IsFinite(fraction) ? before + fraction * (after - before) : middle;
                double truncation = 0.2 * width * (width / fullWidth);
                double toMiddle = middle - secant;
                time = Math.Abs(toMiddle) <= truncation ? middle : secant + Math.CopySign(truncation, toMiddle);
                double reach = Math.Max(0.0, Math.ScaleB(finest, budget - i - 1) - 0.5 * width);
                if (Math.Abs(time - middle) > reach)
                    time = middle - Math.CopySign(reach, toMiddle);
            }

            double low = Math.Min(Toward(before, after), Toward(after, before)), high = Math.Max(Toward(before, after), Toward(after, before));
            time = Math.Clamp(time, low, high);
            double value = Value(index, time);
            height = Math.Max(height, sign * value);
            if (interpolates ? sign * value > 0.0 : sign * value >= floor)
                (before, valueBefore) = (time, value);
            else
                (after, valueAfter) = (time, value);
        }

        return height;
    }

    /// <summary>
    /// Looks for a time between two others, at both of which a function has the same sign, at which it has not: minimizes it by
    /// golden sections and parabolas (R. P. Brent, Algorithms for Minimization without Derivatives, chapter 5).
    /// </summary>
    /// <param name="index">The event.</param>
    /// <param name="sign">Sign at both ends.</param>
    /// <param name="from">One end.</param>
    /// <param name="to">The other end.</param>
    /// <param name="time">The time found.</param>
    /// <param name="value">The function there.</param>
    public bool FindDip(int index, int sign, double from, double to, out double time, out double value)
    {
        double low = 0.0, high = 1.0;
        double best = GoldenSection, second = best, third = best;
        double bestValue = Probe(best, out time, out value), secondValue = bestValue, thirdValue = bestValue;
        double move = 0.0, moveBefore = 0.0;
        for (int i = 0; i < MaxDipIterations && bestValue > 0.0 && NotANumber < 0; i++)
        {
            double middle = 0.5 * (low + high);
            if (Math.Abs(best - middle) + 0.5 * (high - low) <= 2.0 * DipTolerance)
                return false;
            double next = 0.0;
            bool isParabola = false;
            if (Math.Abs(moveBefore) > DipTolerance)
            {
                double r = (best - second) * (bestValue - thirdValue), q = (best - third) * (bestValue - secondValue);
                double p = (best - third) * q - (best - second) * r;
                q = 2.0 * (r - q);
                next = p / q;
                isParabola = Math.Abs(next) < 0.5 * Math.Abs(moveBefore) && best + next > low && best + next < high;
            }

            moveBefore = isParabola ? move : best < middle ? high - best : low - best;
            move = isParabola ? next : GoldenSection * moveBefore;
            double at = best + (Math.Abs(move) >= DipTolerance ? move : Math.CopySign(DipTolerance, move));
            double found = Probe(at, out time, out value);
            if (found <= bestValue)
            {
                (low, high) = at < best ? (low, best) : (best, high);
                (third, thirdValue, second, secondValue, best, bestValue) = (second, secondValue, best, bestValue, at, found);
                continue;
            }

            (low, high) = at < best ? (at, high) : (low, at);
            if (found <= secondValue || second == best)
                (third, thirdValue, second, secondValue) = (second, secondValue, at, found);
            else if (found <= thirdValue || third == best || third == second)
                (third, thirdValue) = (at, found);
        }

        return bestValue <= 0.0;

        double Probe(double fraction, out double probed, out double function)
        {
            probed = from + fraction * (to - from);
            function = Value(index, probed);
            return sign * function;
        }
    }

    private static double Toward(double time, double target) => time < target ? Math.BitIncrement(time) : Math.BitDecrement(time);

    /// <summary>
    /// What the dense output can tell apart: θ is as fine as the time since the start of the step, which near t = 0 may be much
    /// coarser than t itself.
    /// </summary>
    private double Resolution(double before, double after, bool interpolates)
    {
        double scale = interpolates
            ? Math.Max(Math.Abs(before - step.Start), Math.Abs(after - step.Start))
            : Math.Max(Math.Abs(step.Step), Math.Max(Math.Abs(step.Start), Math.Abs(step.End)));
        return Math.Max(0.5 * DoublePrecision.Epsilon * scale, double.Epsilon);
    }
}
