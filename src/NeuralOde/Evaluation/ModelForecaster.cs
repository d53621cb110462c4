using static System.FormattableString;

namespace NeuralOde;

/// <summary>Forecasts of a model from the ends of trajectories: estimates the starts and solves from them.</summary>
internal sealed class ModelForecaster
{
    private readonly NeuralOdeModel _model;
    private readonly StartFit _starts;

    public ModelForecaster(NeuralOdeModel model, int? startObservations)
    {
        _model = model;
        _starts = new StartFit(model, startObservations);
    }

    /// <exception cref="ArgumentException">The model cannot forecast such trajectories.</exception>
    public static void Check(NeuralOdeModel model, int dimension, int inputDimension, string name)
    {
        if (model.MeasuredComponents is { } measured && dimension != measured.Count)
            throw new ArgumentException(Invariant($"{name} has {dimension} components; the model's MeasuredComponents names {measured.Count}."), name);
        if (dimension > model.Dimension)
            throw new ArgumentException(Invariant($"{name} has {dimension} components; the model has {model.Dimension}."), name);
        if (model.InputDimension > 0 && inputDimension != model.InputDimension)
        {
            string has = inputDimension == 0 ? "no input" : Invariant($"an input of dimension {inputDimension}");
            throw new ArgumentException(Invariant($"{name} has {has}; the model's vector field takes one of dimension {model.InputDimension} from every trajectory."), name);
        }
    }

    /// <summary>The state's components that data of a dimension are of, in the data's order.</summary>
    public static int[] Measured(NeuralOdeModel model, int dimension) => [.. model.MeasuredComponents ?? Enumerable.Range(0, dimension)];

    /// <summary>One forecast per trajectory, over times from its end on; null where too little was observed to start.</summary>
    public ForecastResult?[] Forecast(IReadOnlyList<Trajectory> histories, IReadOnlyList<double[]> times, CancellationToken cancellationToken)
    {
        StartEstimate?[] starts = [.. histories.Select(history => _starts.Estimate(history, cancellationToken))];
        int[] solved = [.. Enumerable.Range(0, histories.Count).Where(k => starts[k] is { Failure: null })];
        var results = new ForecastResult?[histories.Count];
        for (int k = 0; k < results.Length; k++)
        {
            if (starts[k] is { Failure: { } failure } start)
                results[k] = Result(start, histories[k], times[k], solution: null, failure);
        }

        if (solved.Length == 0)
            return results;
        double[][] states = [.. solved.Select(k => starts[k]!.State)];
        double[][] spans = [.. solved.Select(k => (double[])[histories[k].Times[starts[k]!.Index], .. times[k]])];
        OdeBatchSolution solutions = _model.InputDimension == 0
            ? _model.PredictBatch(states, spans, cancellationToken)
            : _model.PredictBatch(states, spans, [.. solved.Select(k => histories[k].Input!)], cancellationToken);
        for (int at = 0; at < solved.Length; at++)
        {
            int k = solved[at];
            results[k] = Result(starts[k]!, histories[k], times[k], solutions[at], solutions[at].Failure);
        }

        return results;
    }

    private ForecastResult Result(StartEstimate start, Trajectory history, double[] times, OdeSolution? solution, OdeFailure? failure)
    {
        int dimension = _model.Dimension;
        var states = new double[ArrayLength.Of((times.Length, "times"), (dimension, "components"))];
        Array.Fill(states, double.NaN);
        // The first output is the start itself.
        if (solution is { Count: > 1 })
            solution.States[dimension..].CopyTo(states);
        return new ForecastResult(dimension, times, states, history.Times[start.Index], start.State, start, failure);
    }
}
