using System.Collections.Concurrent;

namespace NeuralOde;

/// <summary>Solves initial-value problems dy/dt = f(y, t).</summary>
/// <example>
/// <code>
/// var fall = VectorField.FromFunction(dimension: 2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -9.81; });
/// OdeSolution flight = OdeSolver.Solve(fall, [10.0, 0.0], t0: 0, t1: 1.4).EnsureSuccess();
/// double[] halfway = flight.Evaluate(0.7);
/// </code>
/// </example>
public static partial class OdeSolver
{
    /// <summary>
    /// The method of a solve whose options name none: Verner's 7(6), which needs a fifth to a half fewer evaluations than Dormand–Prince 5(4)
    /// for the same error (docs/work-precision.md).
    /// </summary>
    public static OdeMethod DefaultMethod => OdeMethod.Verner7;

    /// <summary>
    /// Solves from t0 to t1 and keeps every step: <see cref="OdeSolution.Times"/> are the steps' ends, and <see cref="OdeSolution.Evaluate(double)"/> works anywhere between.
    /// <see cref="OdeSolverOptions.Output"/> may ask for less.
    /// </summary>
    /// <param name="field">The right-hand side.</param>
    /// <param name="initialState">y(t0), one number per dimension.</param>
    /// <param name="t0">Initial time.</param>
    /// <param name="t1">End time, after or before t0 or equal to it.</param>
    /// <param name="options">Method and tolerances; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception (<see cref="OdeSolution.EnsureSuccess"/>).</returns>
    /// <exception cref="ArgumentException">An argument has the wrong length or is not finite, an option makes no sense, or an array would be too long.</exception>
    public static OdeSolution Solve(VectorField field, ReadOnlySpan<double> initialState, double t0, double t1,
        OdeSolverOptions? options = null, CancellationToken cancellationToken = default)
    {
        Guard.Finite(t0);
        Guard.Finite(t1);
        ArgumentNullException.ThrowIfNull(field);
        return Solve(field, initialState, [t0, t1], options ?? new OdeSolverOptions(), standardization: null, cancellationToken, isInterval: true);
    }

    /// <summary>Solves over output times, the first of which is the initial time.</summary>
    /// <param name="field">The right-hand side.</param>
    /// <param name="initialState">State at times[0], one number per dimension.</param>
    /// <param name="times">At least one time; all increasing or all decreasing, repeated times allowed.</param>
    /// <param name="options">Method and tolerances; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception (<see cref="OdeSolution.EnsureSuccess"/>).</returns>
    /// <exception cref="ArgumentException">An argument has the wrong length or is not finite, an option makes no sense, or an array would be too long.</exception>
    public static OdeSolution Solve(VectorField field, ReadOnlySpan<double> initialState, ReadOnlySpan<double> times,
        OdeSolverOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(field);
        return Solve(field, initialState, times, options ?? new OdeSolverOptions(), standardization: null, cancellationToken);
    }

    /// <summary>Solves a batch with the same output times for every sample.</summary>
    /// <param name="field">The right-hand side.</param>
    /// <param name="initialStates">One initial state per sample, at times[0].</param>
    /// <param name="times">At least one time; all increasing or all decreasing, repeated times allowed.</param>
    /// <param name="options">Method and tolerances; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>One solution per sample, each with its own status, steps and error control.</returns>
    /// <exception cref="ArgumentException">An argument has the wrong length or is not finite, an option makes no sense, or an array would be too long.</exception>
    public static OdeBatchSolution SolveBatch(VectorField field, IReadOnlyList<double[]> initialStates, double[] times,
        OdeSolverOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        var shared = new double[initialStates.Count][];
        Array.Fill(shared, times);
        return SolveBatch(field, initialStates, shared, options, cancellationToken);
    }

    /// <summary>Solves a batch in which every sample has its own output times, in its own number and direction.</summary>
    /// <param name="field">The right-hand side.</param>
    /// <param name="initialStates">One initial state per sample, at the first of its times.</param>
    /// <param name="times">One array of times per sample; see <see cref="Solve(VectorField, ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions?, CancellationToken)"/>.</param>
    /// <param name="options">Method and tolerances; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>One solution per sample, each with its own status, steps and error control.</returns>
    /// <exception cref="ArgumentException">An argument has the wrong length or is not finite, an option makes no sense, or an array would be too long.</exception>
    public static OdeBatchSolution SolveBatch(VectorField field, IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times,
        OdeSolverOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        return SolveBatch(field, initialStates, times, options ?? new OdeSolverOptions(), standardization: null, cancellationToken);
    }

    internal static OdeSolution Solve(VectorField field, ReadOnlySpan<double> initialState, ReadOnlySpan<double> times,
        OdeSolverOptions options, Standardization? standardization, CancellationToken cancellationToken,
        bool isInterval = false, OdeContinuation? before = null)
    {
        CheckState(initialState, field.Dimension, nameof(initialState));
        Guard.Times(times);
        OdeSolverOptions resolved = Resolve(options, field, isInterval).InUnits(standardization);
        if (LaneBatch.Serves(field, samples: 1, resolved, standardization))
            return SolveLane(field, initialState, times, options, resolved, before, cancellationToken);
        var layout = new BatchLayout(1);
        var grid = new OutputGrid(1);
        ReadOnlySpan<double> wanted = Wanted(times, resolved);
        grid.Set(0, InUnits(wanted, standardization, before, nameof(times)));
        var states = new double[layout.Length(field.Dimension)];
        initialState.CopyTo(states);
        standardization?.Apply(initialState, states.AsSpan(0, field.Dimension));
        var solve = new BatchSolve(InUnits(field, standardization).CreateEvaluator(layout), resolved, standardization: standardization);
        solve.Run(grid, states, cancellationToken, before is null ? default : new ReadOnlySpan<OdeContinuation>(in before));
        return Extract(solve, field, options, resolved.Output, sample: 0, standardization, wanted, before);
    }

    /// <summary>Goes on where a solve ended.</summary>
    internal static OdeSolution Continue(OdeContinuation before, ReadOnlySpan<double> finalState, ReadOnlySpan<double> times,
        bool isInterval, Standardization? standardization, CancellationToken cancellationToken) =>
        Solve(before.Field, finalState, times, before.Options, standardization, cancellationToken, isInterval, before);

    internal static OdeBatchSolution SolveBatch(VectorField field, IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times,
        OdeSolverOptions options, Standardization? standardization, CancellationToken cancellationToken,
        bool isInterval = false, OdeContinuation[]? before = null)
    {
        if (initialStates.Count == 0)
            throw new ArgumentException("initialStates is empty; a batch needs at least one sample.", nameof(initialStates));
        OdeSolverOptions resolved = Resolve(options, field, isInterval).InUnits(standardization);
        VectorField inUnits = InUnits(field, standardization);
        int samples = initialStates.Count;
        if (times.Count != samples)
            throw new ArgumentException($"times has {times.Count} entries for {samples} initial states.", nameof(times));
        if (LaneBatch.Serves(field, samples, resolved, standardization))
            return SolveLanes(field, initialStates, times, options, resolved, before, cancellationToken);
        if (samples <= BatchParts.Size || resolved.ErrorControl == ErrorControl.Joint)
        {
            OdeSolution[] together = SolvePart(field, inUnits, initialStates, times, first: 0, samples, out OdeStatistics cost);
            return new OdeBatchSolution(together, cost);
        }

        // What is wrong with the arguments is said before anything is solved.
        CheckSamples(field, initialStates, times, resolved, BatchParts.Size);
        var parts = new BatchParts(samples);
        var solutions = new OdeSolution[samples];
        var statistics = new OdeStatistics[parts.Count];
        new PartCrew(resolved.MaxDegreeOfParallelism).ForEach(parts.Count, part =>
        {
            int first = parts.First(part), count = parts.Length(part);
            OdeSolution[] solved = SolvePart(field, inUnits.ForSamples(first, count), initialStates, times, first, count, out statistics[part]);
            solved.CopyTo(solutions, first);
        });
        return new OdeBatchSolution(solutions, Sum(statistics));

        OdeSolution[] SolvePart(VectorField whole, VectorField part, IReadOnlyList<double[]> states, IReadOnlyList<double[]> outputs, int first, int count, out OdeStatistics cost)
        {
            var layout = new BatchLayout(count);
            (OutputGrid grid, double[] start) = Prepare(layout, part.Dimension, states, outputs, standardization, resolved, first, before);
            var solve = new BatchSolve(part.CreateEvaluator(layout), resolved, standardization: standardization, firstSample: first);
            solve.Run(grid, start, cancellationToken, before is null ? default : before.AsSpan(first, count));
            var solved = new OdeSolution[count];
            for (int sample = 0; sample < count; sample++)
                solved[sample] = Extract(solve, whole, options, resolved.Output, sample, standardization, Wanted(outputs[first + sample], resolved), before?[first + sample]);
            cost = solve.Integrator.Statistics;
            return solved;
        }
    }

    /// <summary>Checks a batch's initial states and times and lays them out.</summary>
    internal static (OutputGrid Grid, double[] States) Prepare(BatchLayout layout, int dimension, IReadOnlyList<double[]> initialStates,
        IReadOnlyList<double[]> times, Standardization? standardization, OdeSolverOptions options, int first = 0, OdeContinuation[]? before = null)
    {
        if (times.Count != initialStates.Count)
            throw new ArgumentException($"times has {times.Count} entries for {initialStates.Count} initial states.", nameof(times));
        var grid = new OutputGrid(layout.Samples) { Standardization = standardization is { ChangesTime: true } ? standardization : null };
        var states = new double[layout.Length(dimension)];
        var state = new double[dimension];
        for (int sample = 0; sample < layout.Samples; sample++)
        {
            CheckSample(initialStates[first + sample], times[first + sample], dimension, first + sample);
            ReadOnlySpan<double> wanted = Wanted(times[first + sample], options);
            // Refused before the grid asks for memory.
            layout.Length(dimension, wanted.Length, "output times");
            grid.Set(sample, InUnits(wanted, standardization, before?[first + sample], $"times[{first + sample}]"));
            initialStates[first + sample].CopyTo(state, 0);
            standardization?.Apply(state, state);
            layout.Scatter(state, sample, states);
        }

        return (grid, states);
    }

    /// <summary>Solves one sample per lane.</summary>
    private static OdeBatchSolution SolveLanes(VectorField field, IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times,
        OdeSolverOptions options, OdeSolverOptions resolved, OdeContinuation[]? before, CancellationToken cancellationToken)
    {
        CheckSamples(field, initialStates, times, resolved, BatchParts.SizeInLanes);
        var parts = new BatchParts(initialStates.Count, BatchParts.SizeInLanes);
        var batch = new LaneBatch(field, resolved, options, initialStates, times, before, new OdeSolution[initialStates.Count]);
        var statistics = new OdeStatistics[parts.Count];
        var idle = new ConcurrentBag<LaneSolve>();
        new PartCrew(resolved.MaxDegreeOfParallelism).ForEach(parts.Count, part =>
        {
            if (!idle.TryTake(out LaneSolve? solve))
                solve = LaneSolve.Create(batch);
            statistics[part] = solve.Run(parts.First(part), parts.Length(part), cancellationToken);
            idle.Add(solve);
        });
        return new OdeBatchSolution(batch.Solutions, Sum(statistics));
    }

    /// <summary>Solves a single sample in a lane.</summary>
    private static OdeSolution SolveLane(VectorField field, ReadOnlySpan<double> initialState, ReadOnlySpan<double> times,
        OdeSolverOptions options, OdeSolverOptions resolved, OdeContinuation? before, CancellationToken cancellationToken)
    {
        RequireSamples(field, 1);
        var batch = new LaneBatch(field, resolved, options, [initialState.ToArray()], [times.ToArray()], before is null ? null : [before], new OdeSolution[1]);
        LaneSolve.Create(batch).Run(0, 1, cancellationToken);
        return batch.Solutions[0];
    }

    private static OdeStatistics Sum(OdeStatistics[] parts)
    {
        OdeStatistics sum = default;
        foreach (OdeStatistics part in parts)
            sum += part;
        return sum;
    }

    private static void CheckSamples(VectorField field, IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, OdeSolverOptions options, int partSize)
    {
        var layout = new BatchLayout(Math.Min(initialStates.Count, partSize));
        RequireSamples(field, initialStates.Count);
        for (int sample = 0; sample < initialStates.Count; sample++)
        {
            CheckSample(initialStates[sample], times[sample], field.Dimension, sample);
            layout.Length(field.Dimension, Wanted(times[sample], options).Length, "output times");
        }
    }

    /// <summary>Lets a field with something of its own for every sample say that these are not as many.</summary>
    private static void RequireSamples(VectorField field, int count)
    {
        if (field.RequiredSamples is { } required && required != count)
            field.CreateEvaluator(new BatchLayout(count));
    }

    private static void CheckSample(double[] state, double[] times, int dimension, int sample)
    {
        CheckState(state, dimension, "initialStates", sample);
        Guard.Times(times, nameof(times), sample);
    }

    private static void CheckState(ReadOnlySpan<double> state, int dimension, string name, int element = -1)
    {
        Guard.Length(state, dimension, name, element);
        Guard.Finite(state, name, element);
    }

    private static OdeSolverOptions Resolve(OdeSolverOptions options, VectorField field, bool isInterval)
    {
        options = options.Resolve(DefaultMethod);
        options.Validate(field.Dimension);
        if (options.Output == OdeOutput.Automatic)
            options = options with { Output = isInterval ? OdeOutput.Steps : OdeOutput.Times };
        return isInterval && options.Output == OdeOutput.Steps ? options with { DenseOutput = true } : options;
    }

    /// <summary>The times that matter: where steps do not land on the others and nobody keeps them, the first and the last.</summary>
    private static ReadOnlySpan<double> Wanted(ReadOnlySpan<double> times, OdeSolverOptions options) =>
        options.Output is OdeOutput.Steps or OdeOutput.End && !options.StepToOutputTimes && times.Length > 2 ? (double[])[times[0], times[^1]] : times;

    private static OdeSolution Extract(BatchSolve solve, VectorField field, OdeSolverOptions options, OdeOutput output, int sample, Standardization? standardization,
        ReadOnlySpan<double> wanted, OdeContinuation? before)
    {
        Integrator integrator = solve.Integrator;
        var layout = new BatchLayout(solve.Recorder.Grid.Samples);
        var finalState = new double[field.Dimension];
        layout.Gather(integrator.FinalStates, sample, finalState);
        standardization?.Invert(finalState, finalState);
        double finalTime = DataTime(integrator.FinalTimes[sample], solve.Recorder.Grid, sample, standardization, wanted, before);
        OdeFailure? failure = integrator.Failure(sample)?.InUnits(standardization);
        (double[] times, double[] states) = output switch
        {
            OdeOutput.Steps => (DataTimes(solve.Recorder.Steps(sample)!.Times, solve.Recorder.Grid, sample, standardization, wanted, before), InUnits(solve.Recorder.Steps(sample)!.CopyStates(), field.Dimension, standardization)),
            OdeOutput.End => failure is null ? ([finalTime], finalState) : ([], []),
            _ => Outputs(solve.Recorder, field.Dimension, sample, standardization, wanted),
        };
        OdeStatus status = integrator.Lanes.Status[sample];
        if (standardization is not null && failure is null && FindOverflow(times, states, finalTime, finalState) is { } overflow)
            (status, failure) = (overflow.Status, overflow);
        // A method with a history starts anew, with a step for its lowest order.
        double proposedStep = integrator.Stepper.RestartsWithFirstStep ? 0.0 : integrator.Lanes.Proposed[sample];
        return new OdeSolution(field.Dimension, times, states, finalTime, finalState, status, failure,
            layout.IsSingle ? integrator.Statistics : integrator.SampleStatistics(sample), solve.Recorder.Dense(sample), standardization,
            new OdeContinuation(field, options, integrator.FinalTimes[sample], finalTime, proposedStep, integrator.EventsAtEnd(sample)), InUnits(integrator.Occurrences(sample), standardization),
            startTime: before?.DataTime ?? wanted[0]);
    }

    private static (double[] Times, double[] States) Outputs(OutputRecorder recorder, int dimension, int sample, Standardization? standardization, ReadOnlySpan<double> wanted)
    {
        var layout = new BatchLayout(recorder.Grid.Samples);
        int stateLength = layout.Length(dimension);
        var times = new double[recorder.Reached(sample)];
        var states = new double[ArrayLength.Of((times.Length, "output times"), (dimension, "components"))];
        for (int output = 0; output < times.Length; output++)
        {
            times[output] = wanted[output];
            layout.Gather(recorder.Outputs.Slice(output * stateLength, stateLength), sample, states.AsSpan(output * dimension, dimension));
        }

        return (times, InUnits(states, dimension, standardization));
    }

    /// <summary>A solve that went well may still give numbers that are too large in the data's units.</summary>
    private static OdeFailure? FindOverflow(double[] times, double[] states, double finalTime, double[] finalState)
    {
        int dimension = finalState.Length;
        for (int i = 0; i < states.Length; i++)
        {
            if (!double.IsFinite(states[i]))
                return new OdeFailure { Status = OdeStatus.NonFiniteState, Time = times[Math.Max(0, i / dimension - 1)], Component = i % dimension };
        }

        int component = Array.FindIndex(finalState, value => !double.IsFinite(value));
        return component < 0 ? null : new OdeFailure { Status = OdeStatus.NonFiniteState, Time = finalTime, Component = component };
    }

    private static IReadOnlyList<OdeEventOccurrence> InUnits(IReadOnlyList<OdeEventOccurrence> occurrences, Standardization? standardization) =>
        standardization is null ? occurrences : [.. occurrences.Select(occurrence => occurrence.InUnits(standardization))];

    private static VectorField InUnits(VectorField field, Standardization? standardization) => standardization is null ? field : field.InUnits(standardization);

    /// <summary>Standardizes output times. What goes on where another solve ended starts at its very end, whatever rounding says.</summary>
    /// <exception cref="ArgumentException">A standardized time overflows.</exception>
    private static ReadOnlySpan<double> InUnits(ReadOnlySpan<double> times, Standardization? standardization, OdeContinuation? before, string name)
    {
        if (standardization is not { ChangesTime: true })
            return times;
        var standardized = new double[times.Length];
        double direction = before is null ? 0.0 : Math.Sign(times[^1] - before.DataTime);
        for (int i = 0; i < times.Length; i++)
        {
            double time = standardization.ToStandardTime(times[i]);
            if (!double.IsFinite(time))
                throw new ArgumentException(FormattableString.Invariant($"{name}: {times[i]:R} is out of the range of the model's standardized time, with offset {standardization.TimeOffset:R} and scale {standardization.TimeScale:R}."), name);
            if (before is not null && (times[i] == before.DataTime || (time - before.Time) * direction < 0.0))
                time = before.Time;
            standardized[i] = time;
        }

        return standardized;
    }

    /// <summary>A time of a solve in the data's units; the times that were asked for have their bits.</summary>
    private static double DataTime(double time, OutputGrid grid, int sample, Standardization? standardization, ReadOnlySpan<double> wanted, OdeContinuation? before)
    {
        if (standardization is not { ChangesTime: true })
            return time;
        if (time == before?.Time)
            return before.DataTime;
        return time == grid.First(sample) ? wanted[0] : time == grid.Last(sample) ? wanted[^1] : standardization.FromStandardTime(time);
    }

    private static double[] DataTimes(IReadOnlyList<double> times, OutputGrid grid, int sample, Standardization? standardization, ReadOnlySpan<double> wanted, OdeContinuation? before)
    {
        double[] data = [.. times];
        for (int i = 0; i < data.Length && standardization is not null; i++)
            data[i] = DataTime(data[i], grid, sample, standardization, wanted, before);
        return data;
    }

    /// <summary>Takes states, one after the other, back to the data's units in place.</summary>
    private static double[] InUnits(double[] states, int dimension, Standardization? standardization)
    {
        for (int at = 0; at < states.Length && standardization is not null; at += dimension)
            standardization.Invert(states.AsSpan(at, dimension), states.AsSpan(at, dimension));
        return states;
    }
}
