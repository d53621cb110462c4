using System.Runtime.CompilerServices;
using static System.FormattableString;

namespace NeuralOde;

// What stands on predictions and trajectories: forecasts from observations, and how good they are.
public sealed partial class NeuralOdeModel
{
    /// <summary>Forecasts from the last observation of a trajectory on.</summary>
    /// <remarks>
    /// Where the last observation is whole, it is the start. Otherwise, and where the model has hidden components (<see cref="MeasuredComponents"/>), the state at an earlier observation is fitted to the ones from there on, the last 20 that have anything observed (two per
    /// component of the state where that is more), by nonlinear least squares, and the equation is solved from there: see <see cref="ForecastOptions.StartObservations"/>. <see cref="ForecastResult.Start"/>
    /// says which it was, and whether the fit settled and determines all components.
    /// </remarks>
    /// <param name="observed">The observations so far, in the data's units; NaN where nothing was observed. Its input drives the model where that takes one, also after the last observation.</param>
    /// <param name="times">At least one time, none before the last observation in the trajectory's direction of time, in this direction.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The forecast with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">A dimension is not the model's, an input is missing, the times are not such times, or fewer numbers were observed than the state has components.</exception>
    /// <example>
    /// <code>
    /// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [16], outputs: 2, seed: 7));
    /// var observed = new Trajectory([0.0, 0.5, 1.0], new[,] { { 2.0, 0.0 }, { 1.9, double.NaN }, { double.NaN, -0.3 } });
    /// ForecastResult forecast = model.Forecast(observed, times: [1.5, 2.0]);
    /// Console.WriteLine($"{forecast.Start}: {forecast[1, 0]}");
    /// </code>
    /// </example>
    public ForecastResult Forecast(Trajectory observed, ReadOnlySpan<double> times, CancellationToken cancellationToken = default) =>
        Forecast(observed, times, new ForecastOptions(), cancellationToken);

    /// <summary>Forecasts as <see cref="Forecast(Trajectory, ReadOnlySpan{double}, CancellationToken)"/> does, from a start that is found in another way.</summary>
    /// <param name="observed">The observations so far, in the data's units; NaN where nothing was observed. Its input drives the model where that takes one, also after the last observation.</param>
    /// <param name="times">At least one time, none before the last observation in the trajectory's direction of time, in this direction.</param>
    /// <param name="options">How the start is found.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The forecast with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">A dimension is not the model's, an input is missing, the times are not such times, an option makes no sense, or fewer numbers were observed than the state has components.</exception>
    public ForecastResult Forecast(Trajectory observed, ReadOnlySpan<double> times, ForecastOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(observed);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ModelForecaster.Check(this, observed.Dimension, observed.Input?.Dimension ?? 0, nameof(observed));
        ForecastTimes.Check(observed, times);
        var forecaster = new ModelForecaster(this, options.StartObservations);
        return forecaster.Forecast([observed], [times.ToArray()], cancellationToken)[0]
            ?? throw new ArgumentException(Invariant($"observed has fewer observed numbers at its end than the state's {Dimension} components, so that no start can be found; see ForecastOptions.StartObservations."), nameof(observed));
    }

    /// <inheritdoc cref="Forecast(Trajectory, ReadOnlySpan{double}, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public ForecastResult Forecast(Trajectory observed, double[] times, CancellationToken cancellationToken = default) =>
        Forecast(observed, times.AsSpan(), cancellationToken);

    /// <inheritdoc cref="Forecast(Trajectory, ReadOnlySpan{double}, ForecastOptions, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public ForecastResult Forecast(Trajectory observed, double[] times, ForecastOptions options, CancellationToken cancellationToken = default) =>
        Forecast(observed, times.AsSpan(), options, cancellationToken);

    /// <summary>Measures forecasts of this model on observations, beside those of plain baselines.</summary>
    /// <remarks>
    /// From every origin, an observation with <paramref name="horizon"/> more after it, the model forecasts these (rolling origins, without training again). Where training data are given, the baselines are fitted to them, and what is part of
    /// them is never forecast: where a trajectory of the training data is the window before the one of the same index here (as <see cref="TrajectoryDataset.SplitInTime"/>
    /// makes them), or the beginning of it, it is history, and its last observation the first origin. A model that takes inputs is given those of the trajectories, also after the origin; the baselines use none.
    /// </remarks>
    /// <param name="data">What was observed, in the data's units; NaN where nothing was. Gaps are left out of all measures.</param>
    /// <param name="horizon">Observations to forecast from every origin, at least 1.</param>
    /// <param name="training">The data that the model was trained with. Default: none; then only persistence is compared, and there is no <see cref="ForecastMetrics.Mase"/>.</param>
    /// <param name="cancellationToken">Ends the solve in progress.</param>
    /// <returns>The measures; printed, they are a report.</returns>
    /// <exception cref="ArgumentException">Dimensions differ, or there is nothing to forecast.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="horizon"/> is less than 1.</exception>
    public ForecastEvaluation Evaluate(TrajectoryDataset data, int horizon, TrajectoryDataset? training = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        return Evaluate(data, new EvaluationOptions { Horizon = horizon, Training = training }, cancellationToken);
    }

    /// <summary>Measures forecasts as <see cref="Evaluate(TrajectoryDataset, int, TrajectoryDataset?, CancellationToken)"/> does, with a choice of origins, baselines and starts.</summary>
    /// <param name="data">What was observed, in the data's units; NaN where nothing was. Gaps are left out of all measures.</param>
    /// <param name="options">What is measured.</param>
    /// <param name="cancellationToken">Ends the solve in progress.</param>
    /// <returns>The measures; printed, they are a report.</returns>
    /// <exception cref="ArgumentException">Dimensions differ, there is nothing to forecast, or an option makes no sense.</exception>
    public ForecastEvaluation Evaluate(TrajectoryDataset data, EvaluationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(data);
        ModelForecaster.Check(this, data.Dimension, data.InputDimension, nameof(data));
        return new RollingEvaluation(this, data, options).Run(cancellationToken);
    }
}
