using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>Writes what was measured: a page of tables and pictures, and every point as a line of CSV.</summary>
internal sealed class WorkPrecisionReport(string commandLine, WorkPrecisionSettings settings, Peers peers, IReadOnlyList<(InitialValueProblem Problem, IReadOnlyList<WorkCurve> Curves)> results, IEnumerable<string> failures)
{
    public const string PageName = "work-precision.md";
    public const string PointsName = "work-precision.csv";
    public const string PictureFolder = "images/work-precision";

    private const double InteriorTolerance = 1e-6;

    private static readonly double[] Errors = [1e-4, 1e-6, 1e-8];

    public void Write(string folder, MeasuredMachine machine)
    {
        File.WriteAllText(Path.Combine(folder, PageName), Page(machine));
        File.WriteAllText(Path.Combine(folder, PointsName), Points());
    }

    private string Page(MeasuredMachine machine)
    {
        var page = new StringBuilder();
        page.Append(Invariant($"""
            # Work and precision

            What an error costs: evaluations of the vector field and time, for every adaptive method of this library and for other libraries on the
            same problems. Written by

                {commandLine}

            - Machine: {machine.Processor}, one core; {machine.Platform}; {machine.Runtime}.
            - Commit {machine.Commit}.

            """));
        foreach (string version in peers.Versions)
            page.Append(Invariant($"- {version}.\n"));
        foreach (string missing in peers.Missing)
            page.Append(Invariant($"- Not measured: {missing}\n"));
        page.Append(Invariant($"""

            The error is that of the end state against a solution with all digits, as the root mean square over the components of error / (s + |solution|),
            where s is the ratio of the absolute to the relative tolerance: 1, for HIRES 1e-4, for ROBER 1e-6. {settings.Tolerances.Length} tolerances run from
            {settings.Tolerances[0]:0e-0} to {settings.Tolerances[^1]:0e-0}; a method whose solve takes longer than {settings.PatienceSeconds} s (SciPy: {settings.SlowPeerPatienceSeconds} s) stops there. Evaluations
            include those for Jacobians by differences; Boost's Rosenbrock method has the Jacobian written out, which counts as one evaluation for each column.
            A time is the shortest of several, each the mean of a block of solves from the same start to the end state alone; this library and the compiled
            peers take turns. SciPy's times are mostly those of Python. Numbers at an error lie between measured ones on straight lines in logarithms; where a
            method is already more accurate at its loosest tolerance, or never so accurate, there is a dash. The last column is for what lies between the
            steps: the largest error of the dense output at three times inside every step, over the larger of the tolerance and the largest error at a
            step's end, at a tolerance of {InteriorTolerance:0e-0}; about 1 where outputs are as good as the steps.


            """));
        AppendDefault(page);
        foreach ((InitialValueProblem problem, IReadOnlyList<WorkCurve> curves) in results)
            AppendProblem(page, problem, curves);
        if (failures.Any())
        {
            page.Append("## What did not reach the end\n\n");
            foreach (string failure in failures)
                page.Append(Invariant($"- {failure}\n"));
        }

        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>The table that the default method is judged by.</summary>
    private void AppendDefault(StringBuilder page)
    {
        if (results.All(result => result.Problem.IsStiff))
            return;
        page.Append(Invariant($"""
            ## The default method in short

            {Solver.Default.Method} over {Solver.HairerDopri5.Label} in evaluations, over {Solver.BoostDopri5.Label} in time: below 1 is less work. The mean is the
            geometric one over all errors that both reach, the largest that of any such error; errors of single solves scatter, and the largest with them.
            The last column is {OdeMethod.DormandPrince5} with StepSizeController.Hairer over {Solver.HairerDopri5.Label} in evaluations at equal tolerances, the smallest and the
            largest ratio: 1 where it takes the same steps.

            | problem | evaluations, mean | largest | {Header("evaluations")} | {Header("time")} | same method and control |
            |---|--:|--:|{string.Concat(Enumerable.Repeat("--:|", 2 * Errors.Length + 1))}

            """));
        foreach ((InitialValueProblem problem, IReadOnlyList<WorkCurve> curves) in results)
        {
            WorkCurve? ours = Find(curves, Solver.Default), hairer = Find(curves, Solver.HairerDopri5), boost = Find(curves, Solver.BoostDopri5);
            if (problem.IsStiff || ours is null)
                continue;
            double?[] everywhere = [.. Enumerable.Range(0, 53).Select(quarter => Ratio(ours, hairer, Math.Pow(10, -0.25 * quarter), Evaluations))];
            double? mean = everywhere.Average(ratio => ratio is { } r ? Math.Log(r) : (double?)null) is { } logarithm ? Math.Exp(logarithm) : null;
            page.Append(Invariant($"| {problem.Title} | {Format(mean)} | {Format(everywhere.Max())} |"));
            foreach (double error in Errors)
                page.Append(Invariant($" {Format(Ratio(ours, hairer, error, Evaluations))} |"));
            foreach (double error in Errors)
                page.Append(Invariant($" {Format(Ratio(ours, boost, error, Seconds))} |"));
            double[] same = [.. hairer?.Points.Select(point => MethodMeasurement.CountAsDopri5(problem, point.RelativeTolerance) / (double)point.Evaluations) ?? []];
            page.Append(same.Length == 0 ? " – |\n" : Invariant($" {same.Min():f4} to {same.Max():f4} |\n"));
        }

        page.Append('\n');
    }

    private static void AppendProblem(StringBuilder page, InitialValueProblem problem, IReadOnlyList<WorkCurve> curves)
    {
        Solver evaluationsOf = problem.IsStiff ? Solver.ScipyRadau : Solver.HairerDopri5;
        Solver timeOf = problem.IsStiff ? Solver.BoostRosenbrock4 : Solver.BoostDopri5;
        page.Append(Invariant($"""
            ## {problem.Title}

            {char.ToUpperInvariant(problem.Description[0])}{problem.Description[1..]}. In brackets: over {evaluationsOf.Label} in evaluations, over {timeOf.Label} in time.

            ![{problem.Title}: error against evaluations and against time]({PictureFolder}/{problem.Name}.png)

            | method | {Header("evaluations")} | {Header("µs")} | inside |
            |---|{string.Concat(Enumerable.Repeat("--:|", 2 * Errors.Length + 1))}

            """));
        Dictionary<string, double> interiors = MethodMeasurement.Interiors(problem, InteriorTolerance);
        foreach (WorkCurve curve in curves)
        {
            page.Append(Invariant($"| {(curve.Solver == Solver.Default ? $"**{curve.Solver.Label}**" : curve.Solver.Label)} |"));
            foreach (double error in Errors)
                page.Append(Cell(curve.CostAt(error, Evaluations), Ratio(curve, Find(curves, evaluationsOf), error, Evaluations)));
            foreach (double error in Errors)
                page.Append(Cell(1e6 * curve.CostAt(error, Seconds), Ratio(curve, Find(curves, timeOf), error, Seconds)));
            page.Append(Invariant($" {Format(curve.Solver.IsOurs && interiors.TryGetValue(curve.Solver.Method, out double interior) ? interior : null)} |\n"));
        }

        page.Append('\n');
    }

    private string Points()
    {
        var text = new StringBuilder("problem,library,method,relative tolerance,absolute tolerance,evaluations,error,min seconds,median seconds\n");
        foreach (WorkPoint point in results.SelectMany(result => result.Curves).SelectMany(curve => curve.Points))
            text.Append(Invariant($"{point.Problem},{point.Solver.Library},{point.Solver.Method},{point.RelativeTolerance:g3},{point.AbsoluteTolerance:g3},{point.Evaluations},{point.Error:g4},{point.MinSeconds:g4},{point.MedianSeconds:g4}\n"));
        return text.ToString();
    }

    private static double Evaluations(WorkPoint point) => point.Evaluations;

    private static double Seconds(WorkPoint point) => point.MinSeconds;

    private static WorkCurve? Find(IEnumerable<WorkCurve> curves, Solver solver) => curves.FirstOrDefault(curve => curve.Solver == solver);

    private static double? Ratio(WorkCurve curve, WorkCurve? other, double error, Func<WorkPoint, double> cost) =>
        curve.CostAt(error, cost) / other?.CostAt(error, cost);

    private static string Header(string what) => string.Join(" | ", Errors.Select((error, i) => Invariant($"{(i == 0 ? what + " at " : "")}{error:0e-0}")));

    private static string Format(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–";

    private static string Cell(double? value, double? ratio) => value is { } number
        ? $" {number.ToString(number < 100 ? "0.0" : "0", CultureInfo.InvariantCulture)}{(ratio is null ? "" : $" ({Format(ratio)})")} |"
        : " – |";
}
