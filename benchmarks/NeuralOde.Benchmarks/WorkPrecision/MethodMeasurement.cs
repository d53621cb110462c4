using System.Diagnostics;

namespace NeuralOde.Benchmarks;

/// <summary>Measures the methods of this library.</summary>
internal static class MethodMeasurement
{
    /// <summary>Solves with every adaptive method of the library.</summary>
    /// <param name="problem">What is solved.</param>
    /// <param name="settings">How much is measured.</param>
    /// <param name="failures">Receives what did not reach the end.</param>
    public static IEnumerable<WorkPoint> Measure(InitialValueProblem problem, WorkPrecisionSettings settings, ISet<string> failures)
    {
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive))
        {
            // The first solve compiles; its time is not the method's.
            Count(problem, Options(problem, method, settings.Tolerances[0]));
            foreach (double tolerance in settings.Tolerances)
            {
                OdeSolverOptions options = Options(problem, method, tolerance);
                long start = Stopwatch.GetTimestamp();
                (OdeSolution solution, long evaluations) = Count(problem, options);
                bool isPatient = Stopwatch.GetElapsedTime(start).TotalSeconds < settings.PatienceSeconds;
                if (solution.Failure is { } failure)
                {
                    failures.Add(FormattableString.Invariant($"{problem.Title}: {method} at {tolerance:0.##e-0} {Explain(failure, options)}"));
                    if (failure.Status == OdeStatus.TooManySteps)
                        break;
                    continue;
                }

                double[] seconds = Time(problem, options, isPatient ? settings.Samples : 1, settings.SampleSeconds);
                yield return new WorkPoint(problem.Name, new Solver(Solver.OurLibrary, method.Name), tolerance, options.AbsoluteTolerance, evaluations,
                    problem.ErrorOf(solution.FinalState), seconds[0], seconds[seconds.Length / 2]);
                if (!isPatient)
                    break;
            }
        }
    }

    /// <summary>Evaluations of Dormand–Prince 5(4) under the step control of Hairer's DOPRI5.</summary>
    public static long CountAsDopri5(InitialValueProblem problem, double tolerance) =>
        Count(problem, Options(problem, OdeMethod.DormandPrince5, tolerance) with { Controller = StepSizeController.Hairer }).Evaluations;

    public static OdeSolverOptions Options(InitialValueProblem problem, OdeMethod method, double tolerance) => new()
    {
        Method = method,
        RelativeTolerance = tolerance,
        AbsoluteTolerance = tolerance * problem.AbsoluteScale,
        MaxSteps = WorkPrecisionSettings.MaxSteps(problem),
    };

    /// <summary>
    /// Every method's largest error at three times inside each of its steps, over the larger of the tolerance and the largest error at a step's end.
    /// Methods that do not reach the end are left out.
    /// </summary>
    public static Dictionary<string, double> Interiors(InitialValueProblem problem, double tolerance)
    {
        // A solution known between its steps far better than any that is measured.
        OdeMethod exact = problem.IsStiff ? OdeMethod.Rodas5P : OdeMethod.DormandPrince8;
        VectorField field = VectorField.FromFunction(problem.Dimension, problem.Field);
        OdeSolution reference = OdeSolver.Solve(field, problem.InitialState, 0, problem.EndTime, Options(problem, exact, 1e-5 * tolerance)).EnsureSuccess();
        var interiors = new Dictionary<string, double>();
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive))
        {
            OdeSolution solution = OdeSolver.Solve(field, problem.InitialState, 0, problem.EndTime, Options(problem, method, tolerance));
            if (solution.Failure is not null)
                continue;
            double ends = tolerance, inside = 0;
            for (int n = 1; n < solution.Count; n++)
            {
                double start = solution.Times[n - 1], step = solution.Times[n] - start;
                ends = Math.Max(ends, problem.ErrorBeside(solution.State(n), reference.Evaluate(solution.Times[n])));
                foreach (double theta in new[] { 0.25, 0.5, 0.75 })
                    inside = Math.Max(inside, problem.ErrorBeside(solution.Evaluate(start + theta * step), reference.Evaluate(start + theta * step)));
            }

            interiors.Add(method.Name, inside / ends);
        }

        return interiors;
    }

    /// <summary>Evaluations are counted where they happen, so whatever the method uses them for.</summary>
    public static (OdeSolution Solution, long Evaluations) Count(InitialValueProblem problem, OdeSolverOptions options)
    {
        long evaluations = 0;
        VectorField counted = VectorField.FromFunction(problem.Dimension, (t, y, dydt) =>
        {
            evaluations++;
            problem.Field(t, y, dydt);
        });
        OdeSolution solution = OdeSolver.Solve(counted, problem.InitialState, [0, problem.EndTime], options);
        return (solution, evaluations);
    }

    /// <summary>Seconds of a solve, in order of length.</summary>
    public static double[] Time(InitialValueProblem problem, OdeSolverOptions options, int samples, double sampleSeconds)
    {
        VectorField field = VectorField.FromFunction(problem.Dimension, problem.Field);
        double[] times = [0, problem.EndTime];
        int solves = 1;
        for (double took = Block(1); took < sampleSeconds; took = Block(solves))
            solves = Math.Max(2 * solves, (int)(1.1 * solves * sampleSeconds / Math.Max(took, 1e-9)));
        var seconds = new double[samples];
        for (int i = 0; i < samples; i++)
            seconds[i] = Block(solves) / solves;
        Array.Sort(seconds);
        return seconds;

        double Block(int count)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
                OdeSolver.Solve(field, problem.InitialState, times, options);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    private static string Explain(OdeFailure failure, OdeSolverOptions options) => failure.Status == OdeStatus.TooManySteps
        ? FormattableString.Invariant($"and tighter would take more than {options.MaxSteps} steps")
        : $"failed: {failure.Message}";
}
