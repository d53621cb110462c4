using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>
/// Random fields, methods and options against exact solutions. A finding is a Success that is too wrong, a failure of an ordinary problem, an
/// exception, a number that is not finite, a solve that does not end, or bits that depend on the engine or on batch-mates.
/// </summary>
public static class SolverFuzzer
{
    private const string Command = "solver";

    // Evaluations after which a solve counts as hanging; ordinary ones take less than a hundredth.
    private const long MostEvaluations = 20_000_000;

    /// <summary>Does one case.</summary>
    /// <param name="seed">The seed of the case.</param>
    /// <param name="report">Receives what was found.</param>
    /// <returns>Whether the case had a solution that could be judged.</returns>
    public static bool RunCase(int seed, Action<Finding> report)
    {
        Random random = Draw.Generator(seed);
        switch (random.Next(100))
        {
            case < 4:
                SolverMisuse.Run(random, (kind, what) => report(new Finding(Command, seed, kind, what)));
                return true;
            case < 8:
                SolverPole.Run(random, (kind, what) => report(new Finding(Command, seed, kind, what)));
                return true;
            case < 14:
                SolverExtremes.Run(random, (kind, what) => report(new Finding(Command, seed, kind, what)));
                return true;
            default:
                return RunOrdinary(new SolverCase(random), seed, report);
        }
    }

    private static bool RunOrdinary(SolverCase drawn, int seed, Action<Finding> report)
    {
        // One line a case and kind is enough.
        var kinds = new HashSet<string>();
        void Report(string kind, string what)
        {
            if (kinds.Add(kind))
                report(new Finding(Command, seed, kind, $"{drawn}: {what}"));
        }

        using var source = new CancellationTokenSource();
        source.CancelAfter(TimeSpan.FromMinutes(5));
        OdeBatchSolution batch;
        OdeSolution? rest = null;
        try
        {
            batch = OdeSolver.SolveBatch(drawn.Problem.Field, drawn.States, drawn.Times, drawn.Options, cancellationToken: source.Token);
            CheckBits(drawn, batch, Report);
            if (drawn.GoesOnFor != 0.0 && batch[0].Status == OdeStatus.Success)
                rest = batch[0].Continue(batch[0].FinalTime + drawn.GoesOnFor, source.Token);
        }
        catch (OperationCanceledException)
        {
            Report("hang", "no end after five minutes");
            return false;
        }
        catch (Exception exception)
        {
            Report("exception", $"{exception.GetType().Name}: {exception.Message} {exception.StackTrace}");
            return false;
        }

        if (batch.Statistics.Evaluations > MostEvaluations)
            Report("hang", $"{batch.Statistics.Evaluations} evaluations");
        bool wasJudged = false;
        var judge = new SolverJudge(drawn, Report);
        // Many samples differ by their initial states only.
        for (int sample = 0; sample < Math.Min(batch.Count, 4); sample++)
            wasJudged |= judge.Judge(batch[sample], sample);
        if (rest is not null)
            judge.JudgeRest(rest);
        return wasJudged;
    }

    /// <summary>A sample has the same bits alone, and in whichever engine it is solved.</summary>
    private static void CheckBits(SolverCase drawn, OdeBatchSolution batch, Action<string, string> report)
    {
        int sample = batch.Count - 1;
        OdeSolverOptions options = drawn.Options;
        // With one step for all, a sample's depends on the others.
        if (options.ErrorControl == ErrorControl.Joint && batch.Count > 1)
            return;
        Compare("alone", OdeSolver.Solve(drawn.Problem.Field, drawn.States[sample], drawn.Times[sample], options));
        // A solve that is observed runs in rounds of the whole batch.
        Compare("observed", OdeSolver.SolveBatch(drawn.Problem.Field, drawn.States, drawn.Times, options with { StepObserver = static (in OdeStep _) => { } })[sample]);

        void Compare(string how, OdeSolution other)
        {
            OdeSolution one = batch[sample];
            if (one.Status != other.Status)
                report("bits", $"sample {sample} ends with {one.Status}, {how} with {other.Status}");
            else if (!one.FinalState.SequenceEqual(other.FinalState) || !one.States.SequenceEqual(other.States) || one.Statistics.AcceptedSteps != other.Statistics.AcceptedSteps)
                report("bits", string.Create(CultureInfo.InvariantCulture, $"sample {sample} ends at {one.FinalState[0]:R} after {one.Statistics.AcceptedSteps} steps, {how} at {other.FinalState[0]:R} after {other.Statistics.AcceptedSteps}"));
        }
    }
}
