using MathNet.Numerics.LinearRegression;

namespace NeuralOde.Samples;

/// <summary>A straight line through the training years, and their mean season about it.</summary>
internal static class Climatology
{
    private const int Weeks = 52;

    /// <summary>What it says at some times.</summary>
    /// <param name="seen">One component; gaps are left out.</param>
    /// <param name="times">Years.</param>
    public static double[] Forecast(Trajectory seen, double[] times)
    {
        int[] observed = [.. Enumerable.Range(0, seen.Length).Where(n => seen.IsObserved(n, 0))];
        double[] years = [.. observed.Select(n => seen.Times[n])];
        double[] values = [.. observed.Select(n => seen.StateAt(n)[0])];
        (double intercept, double slope) = SimpleRegression.Fit(years, values);
        double[] season = [.. Enumerable.Range(0, Weeks).Select(week => MeanSeason(week, years, values, intercept, slope))];
        return [.. times.Select(time => intercept + slope * time + season[Week(time)])];
    }

    private static double MeanSeason(int week, double[] years, double[] values, double intercept, double slope) =>
        Enumerable.Range(0, years.Length).Where(n => Week(years[n]) == week).Select(n => values[n] - intercept - slope * years[n]).DefaultIfEmpty(0).Average();

    private static int Week(double year) => (int)Math.Floor((year - Math.Floor(year)) * Weeks);
}
