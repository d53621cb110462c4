namespace NeuralOde.Benchmarks;

/// <summary>The points of one solver on one problem, from the loosest tolerance to the tightest.</summary>
internal sealed class WorkCurve
{
    public WorkCurve(Solver solver, IEnumerable<WorkPoint> points)
    {
        Solver = solver;
        Points = [.. points.GroupBy(point => point.RelativeTolerance).Select(Merge).OrderByDescending(point => point.RelativeTolerance)];
    }

    public Solver Solver { get; }

    public IReadOnlyList<WorkPoint> Points { get; }

    /// <summary>
    /// What an error costs, between the points by straight lines in logarithms. Where the curve passes an error more than once,
    /// the last time counts: from there on the error stays below.
    /// </summary>
    /// <returns>null where the curve does not pass that error.</returns>
    public double? CostAt(double error, Func<WorkPoint, double> cost)
    {
        for (int i = Points.Count - 2; i >= 0; i--)
        {
            (WorkPoint loose, WorkPoint tight) = (Points[i], Points[i + 1]);
            if (!(loose.Error >= error && tight.Error <= error))
                continue;
            double span = Math.Log(loose.Error / Math.Max(tight.Error, double.Epsilon));
            double part = span == 0 ? 0 : Math.Log(loose.Error / error) / span;
            return cost(loose) * Math.Pow(cost(tight) / cost(loose), part);
        }

        return null;
    }

    /// <summary>The rounds of one measurement together.</summary>
    private static WorkPoint Merge(IEnumerable<WorkPoint> rounds) =>
        rounds.Aggregate((a, b) => a with { MinSeconds = Math.Min(a.MinSeconds, b.MinSeconds), MedianSeconds = Math.Min(a.MedianSeconds, b.MedianSeconds) });
}
