namespace NeuralOde;

/// <summary>Makes the solution of a sample from a batch's solve, in the data's units.</summary>
internal static class SampleSolution
{
    /// <param name="solve">The solve.</param>
    /// <param name="field">The vector field of the whole batch.</param>
    /// <param name="options">The options as the caller gave them.</param>
    /// <param name="output">The outputs asked for.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="standardization">Takes states and times back to the data's units; null where they are in these.</param>
    /// <param name="wanted">The sample's output times in the data's units.</param>
    /// <param name="before">What the solve went on from, or null.</param>
    public static OdeSolution Of(BatchSolve solve, VectorField field, OdeSolverOptions options, OdeOutput output, int sample, Standardization? standardization,
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
            startTime: before?.DataTime ?? wanted[0], output: output);
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
