using static System.FormattableString;

namespace NeuralOde;

/// <summary>Forecasts from one origin after the other, and what they miss: <see cref="NeuralOdeModel.Evaluate(TrajectoryDataset, EvaluationOptions, CancellationToken)"/>.</summary>
internal sealed class RollingEvaluation
{
    private const int MostOrigins = 1000;

    /// <summary>Origins whose forecasts are in memory at once.</summary>
    private const int ChunkSize = 64;

    private readonly NeuralOdeModel _model;
    private readonly TrajectoryDataset _data;
    private readonly EvaluationOptions _options;
    private readonly int[] _measured;
    private readonly double[] _scales;
    private readonly double[] _naiveErrors;
    private readonly ForecastTally _modelTally;
    private readonly double[][][] _residuals;
    private readonly Dictionary<ForecastStart, int> _starts = [];
    private OdeFailure? _lastFailure;
    private int _failed;
    private int _withoutStart;
    private long _compared;
    private long _gaps;

    public RollingEvaluation(NeuralOdeModel model, TrajectoryDataset data, EvaluationOptions options)
    {
        _model = model;
        _data = data;
        _options = options;
        _measured = ModelForecaster.Measured(model, data.Dimension);
        _scales = ComponentScales.Of(options.Training ?? data);
        _naiveErrors = [.. Enumerable.Range(0, data.Dimension).Select(i => NaiveError(options.Training, i))];
        _modelTally = new ForecastTally(_scales);
        _residuals = new double[data.Count][][];
    }

    public ForecastEvaluation Run(CancellationToken cancellationToken)
    {
        OriginPlan plan = OriginPlan.Make(_data, _options, MostOrigins);
        if (plan.Origins.Count == 0)
            throw new ArgumentException("data has nothing to forecast: no trajectory has an observation after its first origin and within the horizon.", "data");
        var baselines = BaselineSet.Choose(_options, plan.LongestForecast);
        ForecastTally[] tallies = [.. baselines.Fitted.Select(_ => new ForecastTally(_scales))];
        var refusals = new string?[tallies.Length];
        var forecaster = new ModelForecaster(_model, _options.StartObservations);
        for (int i = 0; i < _residuals.Length; i++)
            _residuals[i] = [.. Enumerable.Range(0, _data.Dimension).Select(_ => new double[plan.Origins.Count(origin => origin.Trajectory == i)])];
        var next = new int[_data.Count];
        foreach (Origin[] chunk in plan.Origins.Chunk(ChunkSize))
        {
            Trajectory[] histories = [.. chunk.Select(origin => origin.Whole.Slice(0, origin.Index + 1))];
            double[][] times = [.. chunk.Select(origin => origin.Whole.Times.Slice(origin.Index + 1, origin.Targets).ToArray())];
            ForecastResult?[] forecasts = forecaster.Forecast(histories, times, cancellationToken);
            for (int k = 0; k < chunk.Length; k++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int slot = next[chunk[k].Trajectory]++;
                Measure(chunk[k], slot, forecasts[k]);
                if (forecasts[k] is not { } forecast)
                    continue;
                double[] modelStates = MeasuredStates(forecast);
                for (int b = 0; b < tallies.Length; b++)
                {
                    double[] states = Forecast(baselines.Fitted[b], histories[k], times[k], ref refusals[b]);
                    Compare(chunk[k], states, modelStates, tallies[b]);
                }
            }
        }

        return Report(plan, baselines, tallies, refusals);
    }

    private double[] Forecast(Baseline baseline, Trajectory history, double[] times, ref string? refusal)
    {
        var states = new double[ArrayLength.Of((times.Length, "times"), (history.Dimension, "components"))];
        if (baseline.Refuse(history, times) is { } reason)
        {
            refusal ??= reason;
            Array.Fill(states, double.NaN);
        }
        else
        {
            baseline.Forecast(history, times, states);
        }

        return states;
    }

    /// <summary>The components that the data have, in their order.</summary>
    private double[] MeasuredStates(ForecastResult forecast)
    {
        var states = new double[forecast.Count * _measured.Length];
        for (int n = 0; n < states.Length; n++)
            states[n] = forecast.States[(n / _measured.Length * forecast.Dimension) + _measured[n % _measured.Length]];
        return states;
    }

    private void Measure(Origin origin, int slot, ForecastResult? forecast)
    {
        for (int i = 0; i < _data.Dimension; i++)
        {
            double residual = forecast is null ? double.NaN : origin.Whole.StateAt(origin.Index + 1)[i] - forecast.States[_measured[i]];
            _residuals[origin.Trajectory][i][slot] = double.IsFinite(residual) ? residual : double.NaN;
        }

        if (forecast is null)
        {
            _withoutStart++;
            return;
        }

        _starts[forecast.Start] = _starts.GetValueOrDefault(forecast.Start) + 1;
        if (forecast.Failure is { } failure)
        {
            _failed++;
            _lastFailure = failure;
        }

        double[] states = MeasuredStates(forecast);
        Compare(origin, states, states, _modelTally, counts: true);
    }

    private void Compare(Origin origin, ReadOnlySpan<double> states, ReadOnlySpan<double> modelStates, ForecastTally tally, bool counts = false)
    {
        int dimension = _data.Dimension;
        for (int step = 0; step < origin.Targets; step++)
        {
            ReadOnlySpan<double> observed = origin.Whole.StateAt(origin.Index + 1 + step);
            for (int i = 0; i < dimension; i++)
            {
                bool isGap = double.IsNaN(observed[i]);
                if (counts && isGap)
                    _gaps++;
                else if (counts)
                    _compared++;
                if (!isGap)
                    tally.Add(step, i, observed[i], states[(step * dimension) + i], modelStates[(step * dimension) + i]);
            }
        }
    }

    private ForecastEvaluation Report(OriginPlan plan, BaselineSet baselines, ForecastTally[] tallies, string?[] refusals)
    {
        var scores = new List<ForecastScore>();
        var absent = new List<string>(baselines.Absent);
        for (int b = 0; b < tallies.Length; b++)
        {
            if (tallies[b].Count > 0)
                scores.Add(tallies[b].ToScore(baselines.Fitted[b].Name, _naiveErrors));
            else
                absent.Add($"{baselines.Fitted[b].Name}: {refusals[b] ?? "no origin has observations enough before it"}");
        }

        return new ForecastEvaluation
        {
            ComponentNames = _data.StateNames ?? Array.AsReadOnly(Enumerable.Range(1, _data.Dimension).Select(i => Invariant($"x{i}")).ToArray()),
            Horizon = _options.Horizon,
            HorizonTime = _options.HorizonTime,
            HasTraining = _options.Training is not null,
            HasInputs = _data.InputDimension > 0,
            TakesInputs = _model.InputDimension > 0,
            Model = _modelTally.ToScore("model", _naiveErrors),
            Baselines = scores.AsReadOnly(),
            NotCompared = absent.AsReadOnly(),
            Residuals = Array.AsReadOnly(Enumerable.Range(0, _data.Dimension)
                .Select(i => ResidualDiagnostics.Of([.. _residuals.Select(components => components[i])])).ToArray()),
            Trajectories = _data.Count,
            TrajectoriesWithoutForecast = plan.WithoutForecast,
            TrajectoriesInSample = plan.InSample,
            TrajectoriesWithHistory = plan.WithHistory,
            Origins = plan.Origins.Count - _withoutStart,
            OriginStride = plan.Stride,
            ShortenedForecasts = plan.Origins.Count(origin => origin.IsShortened),
            OriginsWithoutStart = _withoutStart,
            FittedStarts = _starts.Where(start => start.Key != ForecastStart.Observed).Sum(start => start.Value),
            DoubtfulStarts = _starts.GetValueOrDefault(ForecastStart.NotConverged) + _starts.GetValueOrDefault(ForecastStart.Undetermined),
            FailedForecasts = _failed,
            LastFailure = _lastFailure,
            ObservedNumbers = _compared,
            Gaps = _gaps,
        };
    }

    /// <summary>The scale of MASE over all trajectories; a pair of neighbours never spans two.</summary>
    private static double NaiveError(TrajectoryDataset? training, int component)
    {
        double sum = 0.0;
        long pairs = 0;
        foreach (Trajectory trajectory in training ?? Enumerable.Empty<Trajectory>())
        {
            for (int n = 1; n < trajectory.Length; n++)
            {
                double change = Math.Abs(trajectory.StateAt(n)[component] - trajectory.StateAt(n - 1)[component]);
                if (double.IsNaN(change))
                    continue;
                sum += change;
                pairs++;
            }
        }

        return sum / pairs;
    }
}
