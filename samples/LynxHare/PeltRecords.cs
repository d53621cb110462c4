namespace NeuralOde.Samples;

/// <summary>The record of pelts, in logarithms: populations multiply, and stay positive.</summary>
internal sealed class PeltRecords
{
    /// <summary>1900 to 1914. The six years after are for the forecast alone: nothing is fitted to them or chosen by them.</summary>
    public const int ObservedYears = 15;

    private PeltRecords(Trajectory logarithms)
    {
        All = logarithms;
        Observed = logarithms.Slice(0, ObservedYears);
    }

    /// <summary>ln(hare) and ln(lynx), in thousands of pelts, year by year.</summary>
    public Trajectory All { get; }

    /// <summary>The part to learn from.</summary>
    public Trajectory Observed { get; }

    public static PeltRecords Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "lynx-hare.csv");
        var options = new CsvOptions { TimeColumn = "year", StateColumns = ["hare", "lynx"] };
        Trajectory pelts = TrajectoryDataset.FromCsv(path, options)[0];
        return new PeltRecords(new Trajectory(pelts.Times, pelts.ToMatrix().PointwiseLog()));
    }
}
