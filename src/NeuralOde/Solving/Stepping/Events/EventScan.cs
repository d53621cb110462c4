namespace NeuralOde;

/// <summary>Finds the events in one sample's step, in time order.</summary>
internal sealed class EventScan(StepView step, IReadOnlyList<OdeEvent> events)
{
    private const int Intervals = 11;

    // Functions farther from zero than so many of their largest second differences are not looked at between the points: a parabola
    // comes at most an eighth of one nearer to zero there.
    private const double DipReach = 2.0;

    // Where the slopes at the ends of an interval are taken, in intervals.
    private const double SlopeDistance = 1e-6;

    private readonly CrossingSearch _search = new(step, events);
    private readonly double[] _times = new double[Intervals + 1];
    private readonly double[] _values = new double[ArrayLength.Of((Intervals + 1, "times"), (events.Count, "events"))];
    private readonly List<EventCrossing> _crossings = [];
    private double _cut;
    private int _last;

    /// <summary>The events up to the first that cuts the step, in time order, at the same time in index order.</summary>
    public IReadOnlyList<EventCrossing> Crossings => _crossings;

    /// <summary>Where the step has to end, or NaN when nothing cuts it.</summary>
    public double Cut => _cut;

    /// <summary>The event whose function was NaN, or −1.</summary>
    public int NotANumber => _search.NotANumber;

    /// <summary>Looks through the step in the view.</summary>
    /// <param name="signs">Every event's sign at the start, 0 where it is not known yet; receives the signs at the end.</param>
    /// <param name="values">Every event's function at the start; receives the values at the end.</param>
    public void Run(Span<int> signs, Span<double> values)
    {
        _crossings.Clear();
        _cut = double.NaN;
        _search.NotANumber = -1;
        Tabulate(values);
        for (int index = 0; index < events.Count && NotANumber < 0; index++)
        {
            signs[index] = Walk(index, signs[index]);
            values[index] = Row(index)[_last];
        }

        for (int i = _crossings.Count - 1; i >= 0 && IsBehindCut(_crossings[i].Time); i--)
            _crossings.RemoveAt(i);
    }

    private Span<double> Row(int index) => _values.AsSpan(index * (Intervals + 1), Intervals + 1);

    private void Tabulate(ReadOnlySpan<double> startValues)
    {
        _last = 0;
        _times[0] = step.Start;
        for (int index = 0; index < events.Count; index++)
            Row(index)[0] = startValues[index];
        double direction = Math.Sign(step.Step);
        for (int k = 1; k <= Intervals && NotANumber < 0; k++)
        {
            double time = k == Intervals ? step.End : step.Start + step.Step * ((double)k / Intervals);
            // Steps of a few roundings have fewer points inside.
            bool isInside = (time - _times[_last]) * direction > 0.0 && (step.End - time) * direction > 0.0;
            if (!isInside && k < Intervals)
                continue;
            _times[++_last] = time;
            for (int index = 0; index < events.Count; index++)
                Row(index)[_last] = _search.Value(index, time);
        }
    }

    /// <summary>Follows one event's function through its table. Returns its sign at the end.</summary>
    private int Walk(int index, int sign)
    {
        ReadOnlySpan<double> values = Row(index);
        // A function that starts at zero, but for rounding, has not crossed it before it gets beyond its first value.
        double floor = Math.Min(0.0, sign * values[0]);
        double reach = DipReach * LargestSecondDifference(values);
        bool isLeaving = sign * values[0] <= 0.0;
        for (int k = 1; k <= _last; k++)
        {
            if (IsBehindCut(_times[k - 1]))
                return sign;
            (double before, double valueBefore) = (_times[k - 1], values[k - 1]);
            double near = SlopeDistance * (_times[k] - before);
            if (sign == 0)
            {
                // Zero at the last point: the side is the one just behind it.
                before += near;
                valueBefore = _search.Value(index, before);
                sign = Math.Sign(valueBefore);
                isLeaving = false;
            }

            double side = sign * values[k];
            if (isLeaving && side <= 0.0 && side >= floor)
                continue;
            if (side <= 0.0 && sign != 0)
            {
                if (AddCrossing(index, sign, isLeaving ? floor : 0.0, before, valueBefore, k, near))
                    return sign;
                sign = Math.Sign(values[k]);
            }
            else if (FindDip(index, k, sign, reach, out double time, out double value) && AddDip(index, sign, k, time, value))
                return sign;

            isLeaving = false;
        }

        return sign;
    }

    /// <summary>
    /// Looks for a time at which a function of the same sign at two neighbouring points has not: where it is near zero and the cubic
    /// polynomial through both points with their slopes has a minimum between them.
    /// </summary>
    private bool FindDip(int index, int k, int sign, double reach, out double time, out double value)
    {
        (time, value) = (double.NaN, double.NaN);
        ReadOnlySpan<double> values = Row(index);
        double left = sign * values[k - 1], right = sign * values[k];
        if (_last < 2 || left <= 0.0)
            return false;
        if (Math.Min(left, right) > reach)
            return false;
        double start = _times[k - 1], length = _times[k] - start, near = SlopeDistance * length;
        double leftSlope = (sign * _search.Value(index, start + near) - left) / SlopeDistance;
        double rightSlope = (right - sign * _search.Value(index, _times[k] - near)) / SlopeDistance;
        return HasMinimum(right - left, leftSlope, rightSlope, out double from, out double to)
            && _search.FindDip(index, sign, start + from * length, to == 1.0 ? _times[k] : start + to * length, out time, out value);
    }

    /// <summary>Where between 0 and 1 the cubic polynomial p with p(1) − p(0) and the slopes at both given has a minimum: from its maximum there, or 0 or 1, to the other of them.</summary>
    private static bool HasMinimum(double rise, double leftSlope, double rightSlope, out double from, out double to)
    {
        (from, to) = (0.0, 1.0);
        double quadratic = 3.0 * rise - 2.0 * leftSlope - rightSlope, cubic = leftSlope + rightSlope - 2.0 * rise;
        double root = Math.Sqrt(quadratic * quadratic - 3.0 * cubic * leftSlope);
        double minimum = quadratic > 0.0 ? -leftSlope / (quadratic + root) : (root - quadratic) / (3.0 * cubic);
        double maximum = quadratic < 0.0 ? leftSlope / (root - quadratic) : -(quadratic + root) / (3.0 * cubic);
        if (!(minimum > 0.0 && minimum < 1.0))
            return false;
        if (maximum > 0.0 && maximum < minimum)
            from = maximum;
        else if (maximum > minimum && maximum < 1.0)
            to = maximum;
        return true;
    }

    private double LargestSecondDifference(ReadOnlySpan<double> values)
    {
        double largest = 0.0;
        for (int k = 1; k < _last; k++)
            largest = Math.Max(largest, Math.Abs(values[k - 1] - 2.0 * values[k] + values[k + 1]));
        return largest;
    }

    /// <summary>Adds the crossing before a point at which the sign has gone; returns whether it cuts the step.</summary>
    private bool AddCrossing(int index, int sign, double floor, double before, double valueBefore, int k, double near)
    {
        double after = _times[k], valueAfter = Row(index)[k];
        double inside = after - near;
        if (valueAfter == 0.0 && (inside - before) * Math.Sign(step.Step) > 0.0 && _search.Value(index, inside) is var value && sign * value < 0.0)
        {
            // Zero is reached here from the other side.
            if (Add(index, sign, floor, before, valueBefore, inside, value))
                return true;
            (sign, floor, before, valueBefore) = (-sign, 0.0, inside, value);
        }

        return Add(index, sign, floor, before, valueBefore, after, valueAfter);
    }

    /// <summary>Adds both crossings of a dip; returns whether one of them cuts the step.</summary>
    private bool AddDip(int index, int sign, int k, double time, double value)
    {
        ReadOnlySpan<double> values = Row(index);
        return Add(index, sign, 0.0, _times[k - 1], values[k - 1], time, value)
            || (value != 0.0 && Add(index, -sign, 0.0, time, value, _times[k], values[k]));
    }

    /// <summary>Locates a crossing if it counts; returns whether it cuts the step.</summary>
    private bool Add(int index, int sign, double floor, double before, double valueBefore, double after, double valueAfter)
    {
        if (!events[index].Counts(sign))
            return false;
        double height = _search.Narrow(index, sign, floor, ref before, ref valueBefore, ref after, ref valueAfter);
        double direction = Math.Sign(step.Step);
        int place = _crossings.Count;
        while (place > 0 && (_crossings[place - 1].Time - after) * direction > 0.0)
            place--;
        _crossings.Insert(place, new EventCrossing(index, after, sign < 0, Math.Max(height, Height(index, sign, before)), Math.Abs(valueBefore) + Math.Abs(valueAfter)));
        if (!events[index].CutsSteps)
            return false;
        if (!IsBehindCut(after))
            _cut = after;
        return true;
    }

    /// <summary>How far from zero on one side a function comes at the points up to a time.</summary>
    public double Height(int index, int sign, double until)
    {
        ReadOnlySpan<double> values = Row(index);
        double height = 0.0;
        for (int k = 0; k <= _last && (_times[k] - until) * Math.Sign(step.Step) <= 0.0; k++)
            height = Math.Max(height, sign * values[k]);
        return height;
    }

    private bool IsBehindCut(double time) => (time - _cut) * Math.Sign(step.Step) > 0.0;
}
