using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>Compares a solution with the exact one.</summary>
internal sealed class SolverJudge(SolverCase drawn, Action<string, string> report)
{
    // Tolerances that the error may be, times how much the problem lets errors grow: at the ends of steps, and between them. Methods of low order and differentiation
    // formulas take many steps, whose errors add up.
    private const double LargestErrorInside = 1000.0;

    private double LargestError => drawn.Method == OdeMethod.Bdf || drawn.Method == OdeMethod.TrBdf2 ? 1000.0 : 200.0;

    private const double LargestGrowth = 1e4;

    private const double MachineEpsilon = 2.220446049250313e-16;

    private readonly OdeSolverOptions _options = drawn.Options;

    private bool HasEnoughSteps => _options.FixedStep is not { } step || step * drawn.Problem.Rate < 0.5;

    // What a first step at order one may be must be more than the resolution of time.
    private bool HasResolution => Math.Sqrt(_options.RelativeTolerance) / drawn.Problem.Rate > 1e4 * MachineEpsilon * Math.Abs(drawn.T0);

    /// <summary>Whether a solve may fail so: fixed steps may be too long, times too coarse, and the steps too few for stiff problems, on which some methods lose their order.</summary>
    private bool IsExcused(OdeStatus status) =>
        !HasEnoughSteps || !HasResolution || (status == OdeStatus.TooManySteps && (!drawn.HasRoom || (drawn.Method != OdeMethod.Automatic && drawn.Problem.Rate * Math.Abs(drawn.Duration) > 1e3)));

    /// <summary>Looks at one sample's solution. Returns whether there was something to compare.</summary>
    public bool Judge(OdeSolution solution, int sample)
    {
        double[] times = drawn.Times[sample];
        if (!ContainsFiniteNumbersOnly(solution))
            report("not finite", $"sample {sample} ends with {solution.Status} and numbers that are not finite");
        bool happens = drawn.Event is { } known && (known.Time - times[0]) * drawn.Duration > 0.0 && (times[^1] - known.Time) * drawn.Duration > 0.0;
        bool terminates = happens && drawn.Event!.Terminates;
        if (solution.Failure is not null)
        {
            if (!IsExcused(solution.Status))
                report("failure", $"sample {sample}: {solution.Failure}");
            return false;
        }

        // Where the event is next to an end of the interval it may happen or not.
        bool isSure = drawn.Event is not { } one || !(IsNear(one.Time, times[0]) || IsNear(one.Time, times[^1]));
        if (isSure && (solution.Status == OdeStatus.TerminatedByEvent) != terminates)
            report("event", $"sample {sample} ends with {solution.Status}");
        if (isSure && solution.Events.Count != (happens ? 1 : 0))
            report("event", $"sample {sample} has {solution.Events.Count} events");
        double end = terminates ? drawn.Event!.Time : times[^1];
        if (isSure && !(terminates ? IsNear(solution.FinalTime, end) : solution.FinalTime == end))
            report("time", string.Create(CultureInfo.InvariantCulture, $"sample {sample} ends at {solution.FinalTime:R}, not {end:R}"));
        if (!isSure)
            return false;
        double growth = drawn.Problem.Growth(times[0], drawn.States[sample], times[^1]) * (drawn.Event?.Factor is null ? 1.0 : 2.0);
        if (!(growth < LargestGrowth))
            return false;
        JudgeStates(solution, sample, growth);
        return HasEnoughSteps;
    }

    /// <summary>Looks at what goes on from the first sample's solution.</summary>
    public void JudgeRest(OdeSolution rest)
    {
        double[] initial = drawn.States[0];
        double t0 = drawn.Times[0][0], t1 = rest.FinalTime;
        if (rest.Status != OdeStatus.Success)
        {
            if (!IsExcused(rest.Status))
                report("failure", $"going on: {rest.Failure}");
            return;
        }

        double growth = drawn.Problem.Growth(t0, initial, t1);
        if (growth < LargestGrowth)
            Measure("rest", rest, 0, growth, rest.FinalState, Exact(0, t1), t1, LargestError, Largest(0, t1));
    }

    private static bool IsNear(double a, double b) => Math.Abs(a - b) <= 8.0 * MachineEpsilon * Math.Max(Math.Abs(a), Math.Abs(b)) + 1e-300;

    private static bool ContainsFiniteNumbersOnly(OdeSolution solution)
    {
        foreach (double number in solution.States)
        {
            if (!double.IsFinite(number))
                return false;
        }

        foreach (double number in solution.FinalState)
        {
            if (!double.IsFinite(number))
                return false;
        }

        return true;
    }

    private void JudgeStates(OdeSolution solution, int sample, double growth)
    {
        double largest = Largest(sample, solution.FinalTime);
        // The state at an event is one between the steps, and what follows goes on from it.
        double atSteps = drawn.Event is null ? LargestError : LargestErrorInside;
        Measure("end", solution, sample, growth, solution.FinalState, Exact(sample, solution.FinalTime), solution.FinalTime, atSteps, largest);
        bool areSteps = _options.StepToOutputTimes || _options.Output is OdeOutput.Steps or OdeOutput.End;
        // Solutions without a closed form are expensive; a few tell enough.
        int every = drawn.Problem is ComputedProblem ? Math.Max(1, solution.Count / 3) : 1;
        for (int output = 0; output < solution.Count; output += every)
            MeasureAt(solution.Times[output], solution.State(output), areSteps);
        if (!_options.DenseOutput)
            return;
        foreach (double theta in new[] { 0.123, 0.618 })
        {
            double time = solution.Times.Length > 0 ? drawn.T0 + theta * (solution.FinalTime - drawn.T0) : drawn.T0;
            MeasureAt(time, solution.Evaluate(time), areSteps: false);
        }

        void MeasureAt(double time, ReadOnlySpan<double> state, bool areSteps)
        {
            // At the very time of a change either state is right.
            if (drawn.Event?.Factor is null || !IsNear(time, drawn.Event.Time))
                Measure(areSteps ? "step" : "inside", solution, sample, growth, state, Exact(sample, time), time, areSteps ? atSteps : LargestErrorInside, largest);
        }
    }

    private double[] Exact(int sample, double time)
    {
        double t0 = drawn.Times[sample][0];
        double[] initial = drawn.States[sample];
        if (drawn.Event is not { Factor: { } factor } change || (change.Time - t0) * drawn.Duration <= 0.0)
            return drawn.Problem.Solution(t0, initial, time);
        bool isAfter = (time - change.Time) * drawn.Duration > 0.0 || IsNear(time, change.Time);
        if (!isAfter)
            return drawn.Problem.Solution(t0, initial, time);
        double[] there = drawn.Problem.Solution(t0, initial, change.Time);
        return drawn.Problem.Solution(change.Time, [.. there.Select(value => factor * value)], time);
    }

    /// <summary>About the largest number in the solution.</summary>
    private double Largest(int sample, double end)
    {
        double t0 = drawn.Times[sample][0], largest = drawn.States[sample].Max(Math.Abs);
        foreach (double theta in drawn.Problem is ComputedProblem ? new[] { 0.5, 1.0 } : [0.1, 0.25, 0.5, 0.75, 1.0])
            largest = Math.Max(largest, Exact(sample, t0 + theta * (end - t0)).Max(Math.Abs));
        return largest;
    }

    private void Measure(string where, OdeSolution solution, int sample, double growth, ReadOnlySpan<double> state, double[] exact, double time, double most, double largest)
    {
        // Times are rounded too, and solutions without a closed form are known to some digits only.
        double rounding = 1e3 * MachineEpsilon * (1.0 + Math.Abs(time) * Math.Min(drawn.Problem.Rate, 1e3)) * (1.0 + largest) + (drawn.Problem is ComputedProblem ? 1e-12 : 0.0);
        double scale = _options.AbsoluteTolerance + _options.RelativeTolerance * largest;
        if (_options.FixedStep is { } step)
        {
            if (!HasEnoughSteps || drawn.Problem is ForcedProblem || where == "inside")
                return;
            // The error of a method of order p is proportional to (step · rate)^p.
            (scale, most) = ((1.0 + largest) * (1.0 + Math.Abs(drawn.Duration) * drawn.Problem.Rate) * Math.Pow(step * drawn.Problem.Rate, drawn.Method.Order), 20.0);
            where += " fixed";
        }

        double worst = 0.0;
        for (int i = 0; i < exact.Length; i++)
            worst = Math.Max(worst, Math.Max(0.0, Math.Abs(state[i] - exact[i]) - rounding * growth) / (growth * scale));
        if (!(worst <= most))
            report("wrong " + where, string.Create(CultureInfo.InvariantCulture, $"sample {sample} at t = {time:R}: {worst:g3} tolerances, growth {growth:g3}, {solution.Statistics.AcceptedSteps} steps"));
    }
}
