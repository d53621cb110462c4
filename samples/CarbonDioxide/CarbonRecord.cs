namespace NeuralOde.Samples;

/// <summary>Carbon dioxide in the air, in ppm by volume, once a week with gaps; times are years AD.</summary>
internal sealed class CarbonRecord
{
    /// <summary>Years at the end that are for the forecast alone: nothing is fitted to them or chosen by them.</summary>
    public const double HeldOutYears = 5;

    private const int MonthsPerYear = 12;

    private CarbonRecord(Trajectory weeks)
    {
        Weeks = weeks;
        Cut = weeks.Times[^1] - HeldOutYears;
        int seen = weeks.Times.ToArray().Count(time => time <= Cut);
        Seen = weeks.Slice(0, seen);
        HeldOut = weeks.Slice(seen, weeks.Length - seen);
        SeenMonths = MonthlyMeans(Seen, Cut).WithInput(Seasons(weeks));
    }

    /// <summary>All observations.</summary>
    public Trajectory Weeks { get; }

    /// <summary>The last time that anything is fitted to.</summary>
    public double Cut { get; }

    /// <summary>Observations up to <see cref="Cut"/>.</summary>
    public Trajectory Seen { get; }

    /// <summary>Observations after <see cref="Cut"/>.</summary>
    public Trajectory HeldOut { get; }

    /// <summary>Means of the weeks in twelfths of years, whole twelfths before <see cref="Cut"/> alone, NaN for those without observation; the seasons are their input.</summary>
    public Trajectory SeenMonths { get; }

    /// <exception cref="CsvFormatException">The file has cells that are neither dates nor numbers.</exception>
    /// <exception cref="InvalidDataException">It has other columns, is too short for a forecast, or there is nothing to compare one with.</exception>
    public static CarbonRecord Load(string path)
    {
        TrajectoryDataset data = Read(path);
        Trajectory weeks = new([.. data[0].Times.ToArray().Select(time => 2000 + time)], data[0].ToMatrix());
        if (!(weeks.Times[^1] - weeks.Times[0] >= 3 * HeldOutYears))
            throw new InvalidDataException($"'{path}' spans less than {3 * HeldOutYears} years; {HeldOutYears} are held out, and the seasons must be learned from the others.");
        var record = new CarbonRecord(weeks);
        if (!Enumerable.Range(0, record.HeldOut.Length).Any(n => record.HeldOut.IsObserved(n, 0)))
            throw new InvalidDataException($"'{path}' has no observation in its last {HeldOutYears} years, which are to be forecast.");
        return record;
    }

    private static TrajectoryDataset Read(string path)
    {
        var options = new CsvOptions
        {
            TimeColumn = "date",
            StateColumns = ["co2"],
            TimeFormat = "yyyyMMdd",
            TimeOrigin = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            TimeUnit = TimeSpan.FromDays(365.25),
        };
        try
        {
            return TrajectoryDataset.FromCsv(path, options);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(e.Message, e);           // a column that the options name is not in the file
        }
    }

    /// <summary>Sine and cosine of the year and of the half year: what the calendar knows, and so is known beyond the last observation.</summary>
    private static InputSignal Seasons(Trajectory weeks)
    {
        double first = Math.Floor(weeks.Times[0]);
        int knots = (int)Math.Ceiling((weeks.Times[^1] - first) * MonthsPerYear) + 1;
        double[] times = [.. Enumerable.Range(0, knots).Select(n => first + n / (double)MonthsPerYear)];
        var values = new double[knots, 4];
        for (int n = 0; n < knots; n++)
        {
            double angle = 2 * Math.PI * times[n];
            (values[n, 0], values[n, 1]) = Math.SinCos(angle);
            (values[n, 2], values[n, 3]) = Math.SinCos(2 * angle);
        }

        return InputSignal.CubicSpline(times, values);
    }

    /// <summary>
    /// A week's distance from the middle of its month hardly matters over a month, and twelve equal steps a year are what an
    /// autoregression needs.
    /// </summary>
    private static Trajectory MonthlyMeans(Trajectory weeks, double end)
    {
        int first = (int)Math.Floor(weeks.Times[0] * MonthsPerYear), months = (int)Math.Floor(end * MonthsPerYear) - first;
        var sums = new double[months];
        var counts = new int[months];
        for (int n = 0; n < weeks.Length; n++)
        {
            int month = (int)Math.Floor(weeks.Times[n] * MonthsPerYear) - first;
            if (month >= months || !weeks.IsObserved(n, 0))
                continue;
            sums[month] += weeks.StateAt(n)[0];
            counts[month]++;
        }

        double[] times = [.. Enumerable.Range(0, months).Select(month => (first + month + 0.5) / MonthsPerYear)];
        var means = new double[months, 1];
        for (int month = 0; month < months; month++)
            means[month, 0] = counts[month] == 0 ? double.NaN : sums[month] / counts[month];
        return new Trajectory(times, means);
    }
}
