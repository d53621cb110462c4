namespace NeuralOde;

/// <summary>Says on which side of an event a solution starts.</summary>
internal sealed class EventArming(SolveContext context, IReadOnlyList<OdeEvent> events)
{
    // The first of the differences that give the slope, in steps; each further one is Growth times as long.
    private const double FirstDifference = 1e-9;
    private const double Growth = 8.0;

    // How far ahead slopes may be looked for at least, in the resolution of time.
    private const double LeastDistance = 1e3;

    private readonly double[] _slopes = new double[context.Dimension];
    private readonly double[] _state = new double[context.Dimension];

    /// <summary>
    /// The sign that an event's function has at first: that of its value or, where that is zero but for rounding, that of its
    /// slope along the solution; 0 where neither is known.
    /// </summary>
    /// <remarks>
    /// An event that has just changed the state without giving its function a slope, as a ball that is put down, keeps its old
    /// side: when the ball falls, it is stopped again, which soon ends the solve, instead of falling through the ground.
    /// </remarks>
    /// <param name="index">The event.</param>
    /// <param name="time">Where the sample starts.</param>
    /// <param name="state">Its state there.</param>
    /// <param name="slopes">f there, component-major.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="value">The function there.</param>
    /// <param name="residue">What counts as zero, 0 if nothing is known.</param>
    /// <param name="oldSide">The side from which the event was just reached, or 0.</param>
    /// <param name="passed">Time since the solve began.</param>
    public int Side(int index, double time, ReadOnlySpan<double> state, ReadOnlySpan<double> slopes, int sample, double value, double residue, int oldSide, double passed)
    {
        SampleLanes lanes = context.Lanes;
        double distance = lanes.Stop[sample] - time;
        // However near the stop is, a slope wants times that differ.
        distance = Math.CopySign(Math.Max(Math.Abs(distance), LeastDistance * StepControl.SmallestStep(time, time)), distance);
        double step = Math.CopySign(Math.Min(context.Options.FixedStep ?? Math.Abs(lanes.Proposed[sample]), Math.Abs(distance)), distance);
        context.Layout.Gather(slopes, sample, _slopes);
        double slope = Slope(index, time, state, value, step, Math.Min(passed, Math.Abs(distance)));
        double tolerance = Math.Max(2.0 * residue, Math.Abs(slope) * Math.Max(StepControl.SmallestStep(time, step), StepControl.SmallestStep(lanes.GridStart[sample], time)));
        if (Math.Abs(value) > tolerance)
            return Math.Sign(value);
        return slope != 0.0 ? Math.Sign(slope) : oldSide != 0 ? oldSide : Math.Sign(value);
    }

    /// <summary>The function's slope in the direction of integration, or 0 where rounding hides it or it is zero.</summary>
    private double Slope(int index, double time, ReadOnlySpan<double> state, double value, double step, double farthest)
    {
        // The tangent leads as far as the solve has come: short bounces of slow balls must be told from rounding.
        double longest = 0.25 * Math.Max(1.0, farthest / Math.Abs(step));
        for (double length = FirstDifference; length <= longest; length *= Growth)
        {
            double near = Ahead(index, time, state, length * step) - value;
            double far = Ahead(index, time, state, 2.0 * length * step) - value;
            double farther = Ahead(index, time, state, 4.0 * length * step) - value;
            // Neither the rounding of the function nor its curvature matters where the differences are proportional to the way.
            if (near != 0.0 && Math.Abs(far / near - 2.0) < 0.25 && Math.Abs(farther / near - 4.0) < 0.5)
                return near / Math.Abs(length * step);
        }

        return 0.0;
    }

    /// <summary>The function at a point on the tangent of the solution.</summary>
    private double Ahead(int index, double time, ReadOnlySpan<double> state, double way)
    {
        for (int i = 0; i < _state.Length; i++)
            _state[i] = state[i] + way * _slopes[i];
        return events[index].Function(time + way, _state);
    }
}
