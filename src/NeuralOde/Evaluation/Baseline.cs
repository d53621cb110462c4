using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>A plain forecaster that a model should beat. Immutable.</summary>
/// <remarks>
/// A baseline that has parameters is fitted to training data once, when it is made, and forecasts from the observations up to an origin that it is given
/// afterwards. None uses inputs.
/// </remarks>
/// <example>
/// <code>
/// double[] times = [.. Enumerable.Range(0, 40).Select(n => 0.25 * n)];
/// var states = new double[40, 1];
/// for (int n = 0; n &lt; 40; n++)
///     states[n, 0] = Math.Exp(-0.3 * times[n]);
/// var training = TrajectoryDataset.FromTrajectory(times, states);
/// Baseline decay = Baseline.LinearOde(training);
/// double[,] forecast = decay.Forecast(training[0], times: [10.0, 11.0]);
/// </code>
/// </example>
public abstract class Baseline
{
    private protected Baseline(string name) => Name = name;

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Every component stays as it was last observed.</summary>
    public static Baseline Persistence { get; } = new PersistenceBaseline();

    /// <summary>Every component is as it was observed one season before; of several seasons the last that lies before the origin.</summary>
    /// <param name="period">Length of a season, in units of time; positive and finite.</param>
    /// <returns>The baseline.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The period is not positive and finite.</exception>
    public static SeasonalBaseline Seasonal(double period)
    {
        Guard.Positive(period);
        return new SeasonalBaseline(period);
    }

    /// <summary>As <see cref="Seasonal(double)"/>, with the period that the training data repeat themselves best after.</summary>
    /// <remarks>
    /// Looked for in the longest trajectory, in its last 2000 observations: peaks of the Lomb–Scargle periodogram (J. D. Scargle, Astrophys. J. 263 (1982)
    /// 835–853, doi:10.1086/160554) of the detrended components, from two steps to half of the trajectory, and their doubles; of these the one whose seasonal forecasts have the smallest
    /// squared error there. It must be less than the variance, which is half of that between unrelated values.
    /// </remarks>
    /// <param name="training">The training data.</param>
    /// <returns>The baseline; its <see cref="SeasonalBaseline.Period"/> says which season was found.</returns>
    /// <exception cref="ArgumentException">No season is found.</exception>
    public static SeasonalBaseline Seasonal(TrajectoryDataset training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return SeasonSearch.Find(training) is { } period
            ? new SeasonalBaseline(period)
            : throw new ArgumentException("No season is found in training: nothing repeats itself. Give the period where you know one.", nameof(training));
    }

    /// <summary>The linear equation dz/dt = A z + b that forecasts the training data best, solved by the matrix exponential.</summary>
    /// <remarks>
    /// A and b minimize the squared errors of forecasts from one observation to another, each component in its standard deviations: nonlinear least squares
    /// (Levenberg–Marquardt) on the exact solution, so that times may be as irregular as they like. Of more than 5000 pairs of observations, 5000 evenly spread ones count. Forecasts
    /// start from wholly observed states; the ends may have gaps.
    /// </remarks>
    /// <param name="training">The training data.</param>
    /// <param name="horizon">
    /// The longest forecasts that are fitted, in observations, at least 1: 1, 2, 4, … up to this many, all together. Default: 1. Give the horizon at which
    /// the baseline is to be judged: with noisy observations, one step alone makes A too strongly damped.
    /// </param>
    /// <returns>The baseline.</returns>
    /// <exception cref="ArgumentException">There are fewer pairs of observations than the equation has unknowns.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is less than 1.</exception>
    public static LinearOdeBaseline LinearOde(TrajectoryDataset training, int horizon = 1)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        return LinearOdeFit.Fit(training, horizon);
    }

    /// <summary>A vector autoregression: the next observation is linear in the last ones, with a constant. For regularly sampled data.</summary>
    /// <remarks>
    /// Least squares for each component; H. Lütkepohl, New Introduction to Multiple Time Series Analysis (Springer 2005), chapters 3 and 4,
    /// doi:10.1007/978-3-540-27752-1. Rows with gaps are left out of the fit; where a forecast starts, gaps are filled by forecasts from before them. Observations
    /// that are missing altogether on a regular grid count as gaps.
    /// </remarks>
    /// <param name="training">The training data: all steps between observations are equal, or multiples of the shortest, to one part in a thousand.</param>
    /// <param name="order">
    /// Observations that the next one depends on, at least 1. Default: the number with the least Akaike information criterion, up to 12 (n/100)^¼ of n observations and no more than a
    /// third of them have unknowns for.
    /// </param>
    /// <returns>The baseline.</returns>
    /// <exception cref="ArgumentException">The sampling is not regular, or the observations are too few for the order.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="order"/> is less than 1.</exception>
    public static AutoregressionBaseline Autoregression(TrajectoryDataset training, int? order = null)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (order is { } given)
            ArgumentOutOfRangeException.ThrowIfLessThan(given, 1, nameof(order));
        return AutoregressionFit.Fit(training, order);
    }

    /// <summary>A forecaster of your own.</summary>
    /// <param name="name">What reports call it.</param>
    /// <param name="forecast">Given the observations up to the origin and the times after it, returns times × components; NaN where it has no forecast.</param>
    /// <returns>The baseline.</returns>
    public static Baseline FromFunction(string name, Func<Trajectory, double[], double[,]> forecast)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(forecast);
        return new FunctionBaseline(name, forecast);
    }

    /// <summary>Forecasts from the last observation of a trajectory on.</summary>
    /// <param name="history">The observations up to the origin; NaN where nothing was observed.</param>
    /// <param name="times">At least one time, none before the last observation in the trajectory's direction of time, in this direction.</param>
    /// <returns>Times × components, in the data's units; NaN where there is no forecast, because too little was observed.</returns>
    /// <exception cref="ArgumentException">The dimension is another than that of the training data, the times are not such times, or the trajectory is not sampled as the baseline needs it.</exception>
    public double[,] Forecast(Trajectory history, ReadOnlySpan<double> times)
    {
        ArgumentNullException.ThrowIfNull(history);
        ForecastTimes.Check(history, times);
        if (Refuse(history, times) is { } reason)
            throw new ArgumentException(reason, nameof(history));
        var states = new double[ArrayLength.Of((times.Length, "times"), (history.Dimension, "components"))];
        Forecast(history, times, states);
        var table = new double[times.Length, history.Dimension];
        for (int n = 0; n < times.Length; n++)
        {
            for (int i = 0; i < history.Dimension; i++)
                table[n, i] = states[(n * history.Dimension) + i];
        }

        return table;
    }

    /// <inheritdoc cref="Forecast(Trajectory, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public double[,] Forecast(Trajectory history, double[] times) => Forecast(history, times.AsSpan());

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Why this trajectory cannot be forecast at these times, or null.</summary>
    internal virtual string? Refuse(Trajectory history, ReadOnlySpan<double> times) => null;

    /// <summary>Writes the forecast, times × components; NaN where there is none. Arguments are checked.</summary>
    internal abstract void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states);

    /// <summary>A refusal of trajectories of another dimension than the training data's.</summary>
    private protected string? RefuseDimension(Trajectory history, int dimension) => history.Dimension == dimension ? null
        : $"history has {history.Dimension} components, but {Name} was fitted to {dimension}.";
}
