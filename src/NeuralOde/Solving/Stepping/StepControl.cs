namespace NeuralOde;

/// <summary>Chooses every sample's step and judges it afterwards.</summary>
internal sealed class StepControl(OdeSolverOptions options, SampleLanes lanes, Stepper stepper, int rowLength)
{
    /// <summary>Floor of the errors before the last in the controller (Hairer's DOPRI5).</summary>
    public const double SmallestPreviousError = 1e-4;

    /// <summary>Rejections in a row after which a sample gives up.</summary>
    public const int MaxConsecutiveRejections = 100;

    /// <summary>A remainder within 1 % of a step is taken along instead of leaving a sliver.</summary>
    public const double Stretch = 1.01;

    /// <summary>A rejected step gets shorter by a tenth at least, however little it missed the tolerance and however soft the controller.</summary>
    public const double LeastShrinking = 0.9;

    /// <summary>Sums of steps reach an end that they should meet exactly with a few roundings' error.</summary>
    public const double Rounding = 1e-12;

    /// <summary>The step, in times passed so far, below which it is lost in their rounding.</summary>
    public const double SmallestRelativeStep = 16.0 * DoublePrecision.Epsilon;

    // What a step shrinks by when its implicit equations could not be solved.
    private const double NewtonFailureFactor = 0.5;

    private readonly StepSizeController _controller = options.ResolvedController;
    private readonly double _exponent = -options.ResolvedController.Beta1 / stepper.ErrorOrder;
    private readonly double _previousExponent = -options.ResolvedController.Beta2 / stepper.ErrorOrder;
    private readonly double _earlierExponent = -options.ResolvedController.Beta3 / stepper.ErrorOrder;
    private readonly double[] _factors = new double[rowLength];

    /// <summary>
    /// The length below which a step is lost in the rounding of the times passed so far. An end far away does not count:
    /// integrating until an event at t = 1 must not fail because the interval reaches to 1e14.
    /// </summary>
    public static double SmallestStep(double start, double time) => SmallestRelativeStep * Math.Max(Math.Abs(start), Math.Abs(time));

    /// <summary>Where the shortest step that rounding does not swallow ends.</summary>
    public static double ShortestEnd(double gridStart, double start, double stop)
    {
        double end = start + Math.CopySign(SmallestStep(gridStart, start), stop - start);
        return (end - stop) * Math.Sign(stop - start) < 0.0 ? end : stop;
    }

    /// <summary>The last time before a jump time, seen from where a step comes from.</summary>
    public static double JustBefore(double jumpTime, double direction) => direction > 0.0 ? Math.BitDecrement(jumpTime) : Math.BitIncrement(jumpTime);

    /// <summary>The first time behind a jump time.</summary>
    public static double JustBehind(double jumpTime, double direction) => JustBefore(jumpTime, -direction);

    private bool IsAdaptive => options.FixedStep is null && lanes.Script is null;

    /// <summary>Sets every active sample's step and the time it ends at; samples that cannot go on are finished. Others get a step of 0.</summary>
    public void ChooseSteps(StepRound round)
    {
        Span<double> times = round.StartTimes, steps = round.Steps, ends = round.EndTimes;
        times.CopyTo(ends);
        times.CopyTo(round.LastTimes);
        steps.Clear();
        for (int sample = 0; sample < lanes.Active.Length; sample++)
        {
            if (!lanes.Active[sample])
                continue;
            if (lanes.StepsOnStretch[sample]++ >= options.MaxSteps && lanes.Script is null)
            {
                lanes.Finish(sample, OdeStatus.TooManySteps);
                continue;
            }

            double start = times[sample];
            double end = lanes.Script is { } script ? script.NextEnd(sample)
                : options.FixedStep is { } fixedStep ? GridEnd(sample, fixedStep)
                : AdaptiveEnd(sample, start);
            bool isLost = lanes.Script is null && IsLost(sample, start, end);
            if (isLost && CanLengthen(sample, start))
            {
                end = ShortestEnd(lanes.GridStart[sample], start, lanes.Stop[sample]);
                isLost = end == start;
            }

            double step = end - start;
            lanes.LastStep[sample] = step;
            if (isLost)
            {
                lanes.Finish(sample, Underflow(sample));
                continue;
            }

            bool lands = end == lanes.Stop[sample];
            steps[sample] = step;
            ends[sample] = end;
            round.LastTimes[sample] = lands && lanes.StopsAtJump[sample] ? LastBefore(end, round.FirstTimes[sample], step) : end;
            lanes.Lands[sample] = lands;
        }
    }

    /// <summary>Whether a sample's step will be accepted with this error.</summary>
    public bool Accepts(int sample, double error) => !lanes.StageFailed[sample] && double.IsFinite(error) && (error <= 1.0 || !IsAdaptive);

    /// <summary>
    /// Accepts or rejects every sample's step by its error norm and proposes the next one. Rejected samples' steps become 0
    /// and <paramref name="rejected"/> holds 1 for them.
    /// </summary>
    /// <returns>How many were accepted.</returns>
    public int Judge(ReadOnlySpan<double> errors, Span<double> steps, Span<double> rejected, out int rejectedCount)
    {
        bool isAdaptive = IsAdaptive;
        if (isAdaptive && !stepper.HasOwnControl)
            ErrorKernels.Widest.PowerLaw(errors, _exponent, lanes.PreviousErrors, _previousExponent, lanes.EarlierErrors, _earlierExponent, _factors);
        rejected.Clear();
        int acceptedCount = 0;
        rejectedCount = 0;
        for (int sample = 0; sample < lanes.Active.Length; sample++)
        {
            if (!lanes.Active[sample])
                continue;
            double error = errors[sample];
            if (Accepts(sample, error))
            {
                Accept(sample, steps[sample], error);
                acceptedCount++;
                continue;
            }

            Reject(sample, steps[sample], error, isAdaptive);
            steps[sample] = 0.0;
            rejected[sample] = 1.0;
            rejectedCount++;
        }

        return acceptedCount;
    }

    /// <summary>Starts a stretch to the next stop, and the grid of fixed steps on it.</summary>
    public void Restart(int sample, double time)
    {
        RestartGrid(sample, time);
        lanes.StepsOnStretch[sample] = 0;
    }

    /// <summary>Counts fixed steps from here.</summary>
    public void RestartGrid(int sample, double time)
    {
        lanes.GridStart[sample] = time;
        lanes.GridIndex[sample] = 0;
    }

    private bool IsLost(int sample, double start, double end) =>
        end != lanes.Stop[sample] && (end == start || Math.Abs(end - start) < SmallestStep(lanes.GridStart[sample], start));

    /// <summary>Whether no rejection asks for a step as short as the one proposed: it was given, or follows one that had to be short.</summary>
    private bool CanLengthen(int sample, double start) =>
        options.FixedStep is null && lanes.ConsecutiveRejections[sample] == 0 && SmallestStep(lanes.GridStart[sample], start) <= options.MaxStep;

    /// <summary>The last time before a jump time, but not before the first of a step: between neighbouring jump times there is but one.</summary>
    private static double LastBefore(double jumpTime, double first, double direction)
    {
        double last = JustBefore(jumpTime, direction);
        return (last - first) * direction < 0.0 ? first : last;
    }

    private double AdaptiveEnd(int sample, double start)
    {
        double stop = lanes.Stop[sample];
        double remaining = stop - start;
        double distance = Math.Abs(remaining);
        double limit = lanes.StepLimit[sample];
        double length = Math.Min(Math.Max(Math.Abs(lanes.Proposed[sample]), options.MinStep), limit);
        if (length * Stretch < distance)
            return start + Math.CopySign(length, remaining);
        // Where the limit does not let the step stretch, two equal steps take what is left.
        return distance * (1.0 - Rounding) <= limit ? stop : start + 0.5 * remaining;
    }

    private double GridEnd(int sample, double fixedStep)
    {
        double start = lanes.GridStart[sample];
        double stop = lanes.Stop[sample];
        int next = lanes.GridIndex[sample] + 1;
        double distance = Math.Abs(stop - start);
        // Neither the rounding of n·step nor that of the times themselves must leave a sliver behind.
        double rounding = Rounding * distance + 4.0 * DoublePrecision.Epsilon * Math.Max(Math.Abs(start), Math.Abs(stop));
        return next * fixedStep >= distance - rounding
            ? stop
            : start + Math.CopySign(next * fixedStep, stop - start);
    }

    private OdeStatus Underflow(int sample) =>
        lanes.MetNonFinite[sample] ? OdeStatus.NonFiniteState
        : lanes.LastRejectionWasNewton[sample] ? OdeStatus.NewtonFailure
        : OdeStatus.StepSizeUnderflow;

    private void Accept(int sample, double step, double error)
    {
        lanes.Accepted[sample]++;
        lanes.GridIndex[sample]++;
        bool wasRejected = lanes.ConsecutiveRejections[sample] > 0;
        double next;
        if (!IsAdaptive)
            next = step;
        else if (stepper.HasOwnControl)
            next = stepper.StepAfterAcceptance(sample, step, error);
        else
        {
            double growth = Math.Clamp(_controller.Safety * _factors[sample], _controller.MinimumFactor, _controller.MaximumFactor);
            if (growth > 1.0 && growth < stepper.SmallestGrowth)
                growth = 1.0;
            next = step * (wasRejected ? Math.Min(growth, 1.0) : growth);
        }

        lanes.IsCutEstimate[sample] &= lanes.Lands[sample];
        // A step cut short to land on a stop says nothing against the longer one proposed before.
        bool keepsProposal = !stepper.HasOwnControl && lanes.Lands[sample] && Math.Abs(next) < Math.Abs(lanes.Proposed[sample]) && !wasRejected;
        lanes.Proposed[sample] = keepsProposal ? lanes.Proposed[sample] : next;
        lanes.EarlierErrors[sample] = lanes.PreviousErrors[sample];
        // The first step's length was a guess, and its error shows no trend.
        bool isGuess = lanes.Accepted[sample] == 1 && !_controller.CountsFirstError;
        lanes.PreviousErrors[sample] = isGuess ? _controller.ErrorBeforeFirst : Math.Max(error, SmallestPreviousError);
        lanes.ConsecutiveRejections[sample] = 0;
        lanes.MetNonFinite[sample] = false;
        lanes.LastRejectionWasNewton[sample] = false;
    }

    private void Reject(int sample, double step, double error, bool isAdaptive)
    {
        lanes.Rejected[sample]++;
        lanes.IsCutEstimate[sample] = false;
        bool failed = lanes.StageFailed[sample];
        bool isFinite = failed || double.IsFinite(error);
        lanes.StageFailed[sample] = false;
        lanes.MetNonFinite[sample] = !isFinite;
        lanes.LastRejectionWasNewton[sample] = failed;
        if (failed)
            lanes.NewtonFailures[sample]++;
        double next;
        if (failed)
            next = step * NewtonFailureFactor;
        else if (!isFinite)
            next = step * _controller.MinimumFactor;
        else if (stepper.HasOwnControl && isAdaptive)
            next = stepper.StepAfterRejection(sample, step, error);
        else
            next = step * Math.Min(Math.Max(_controller.MinimumFactor, _controller.Safety * ErrorKernels.Widest.PowerLaw(error, _exponent)), LeastShrinking);
        if (!isAdaptive)
        {
            lanes.Finish(sample, failed ? OdeStatus.NewtonFailure : OdeStatus.NonFiniteState);
            return;
        }

        lanes.ConsecutiveRejections[sample]++;
        if (Math.Abs(next) < options.MinStep)
        {
            // The step tried may be longer than the one proposed by a rounding, or by 1 % where it stretched to land.
            if (Math.Min(Math.Abs(step), Math.Abs(lanes.Proposed[sample])) <= options.MinStep)
            {
                lanes.IsAtMinStep[sample] = true;
                lanes.Finish(sample, Underflow(sample));
            }

            next = Math.CopySign(options.MinStep, step);
        }

        lanes.Proposed[sample] = next;
        if (lanes.Active[sample] && lanes.ConsecutiveRejections[sample] >= MaxConsecutiveRejections)
            lanes.Finish(sample, !isFinite ? OdeStatus.NonFiniteState : failed ? OdeStatus.NewtonFailure : OdeStatus.RepeatedRejection);
    }
}
