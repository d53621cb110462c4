using MathNet.Numerics.Interpolation;

namespace NeuralOde.Samples;

/// <summary>The years held out as the network and three plain forecasters see them, week by week, in ppm.</summary>
internal sealed record CarbonForecast
{
    /// <summary>Order of the autoregression: the month before and the same month of the year before are among what it looks at.</summary>
    private const int AutoregressionOrder = 13;

    public required CarbonRecord Record { get; init; }

    public required NeuralOdeModel Model { get; init; }

    public required double[] Network { get; init; }

    public required double[] Climatology { get; init; }

    public required double[] Persistence { get; init; }

    public required double[] VectorAutoregression { get; init; }

    /// <summary>Every forecast begins with what was seen up to the cut, and gives all of the years after it at once.</summary>
    public static CarbonForecast Create(CarbonRecord record, NeuralOdeModel model)
    {
        double[] weeks = record.HeldOut.Times.ToArray();
        return new CarbonForecast
        {
            Record = record,
            Model = model,
            Network = CarbonModel.Forecast(model, record, weeks),
            Climatology = NeuralOde.Samples.Climatology.Forecast(record.Seen, weeks),
            Persistence = Column(Baseline.Seasonal(period: 1).Forecast(record.Seen, weeks), 0),
            VectorAutoregression = ForecastByAutoregression(record, weeks),
        };
    }

    /// <summary>Root mean square over the observations of the years held out.</summary>
    public double Rmse(double[] forecast)
    {
        int[] observed = [.. Enumerable.Range(0, forecast.Length).Where(n => Record.HeldOut.IsObserved(n, 0))];
        return Math.Sqrt(observed.Average(n => Math.Pow(forecast[n] - Record.HeldOut.StateAt(n)[0], 2)));
    }

    /// <summary>
    /// The vector is carbon dioxide with sine and cosine of the year. Equal steps are needed, so it is fitted to the monthly means that
    /// the network is trained on, and its months are joined by a spline.
    /// </summary>
    private static double[] ForecastByAutoregression(CarbonRecord record, double[] weeks)
    {
        Trajectory months = record.SeenMonths;
        double[] times = months.Times.ToArray();
        var states = new double[times.Length, 3];
        for (int n = 0; n < times.Length; n++)
        {
            states[n, 0] = months.StateAt(n)[0];
            (states[n, 1], states[n, 2]) = Math.SinCos(2 * Math.PI * times[n]);
        }

        var history = new Trajectory(times, states);
        double step = times[1] - times[0];
        double[] future = [.. Enumerable.Range(1, (int)Math.Ceiling((weeks[^1] - times[^1]) / step)).Select(n => times[^1] + n * step)];
        double[] forecast = Column(Baseline.Autoregression(TrajectoryDataset.FromTrajectories([history]), AutoregressionOrder).Forecast(history, future), 0);
        var spline = CubicSpline.InterpolateNaturalSorted(future, forecast);
        return [.. weeks.Select(spline.Interpolate)];
    }

    private static double[] Column(double[,] states, int component) => [.. Enumerable.Range(0, states.GetLength(0)).Select(n => states[n, component])];
}
