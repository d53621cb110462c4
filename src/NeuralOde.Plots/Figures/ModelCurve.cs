using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>What a model predicts for a trajectory.</summary>
internal static class ModelCurve
{
    public const string Name = "model";
    private const int FewestPoints = 600;
    private const int MostPoints = 20_000;

    /// <summary>From the first observation to a time, at the times of the observations and evenly between them.</summary>
    public static Curve Predict(NeuralOdeModel model, Trajectory trajectory, IReadOnlyList<double>? initialState, double end, string which)
    {
        double[] start = Start(model, trajectory, initialState, which);
        OdeSolution solution = Solve(model, start, Times(trajectory, end));
        string name = solution.Failure is { } failure ? Invariant($"{Name} (failed at {NumberText.Short(failure.Time)}: {failure.Status})") : Name;
        return Curve.FromSolution(name, solution);
    }

    /// <summary>At the times of the observations only.</summary>
    public static OdeSolution PredictObservations(NeuralOdeModel model, Trajectory trajectory, IReadOnlyList<double>? initialState, string which) =>
        Solve(model, Start(model, trajectory, initialState, which), trajectory.Times);

    private static OdeSolution Solve(NeuralOdeModel model, double[] start, ReadOnlySpan<double> times) => model.Predict(start, times);

    private static double[] Start(NeuralOdeModel model, Trajectory trajectory, IReadOnlyList<double>? initialState, string which)
    {
        if (initialState is not null)
        {
            if (initialState.Count != model.Dimension)
                throw new ArgumentException(Invariant($"InitialState has {initialState.Count} numbers; {model.Dimension} are needed."), nameof(FitOptions.InitialState));
            for (int i = 0; i < initialState.Count; i++)
            {
                if (!double.IsFinite(initialState[i]))
                    throw new ArgumentException(Invariant($"InitialState[{i}] = {initialState[i]} is not finite."), nameof(FitOptions.InitialState));
            }

            return [.. initialState];
        }

        if (trajectory.Dimension != model.Dimension)
            throw new ArgumentException(Invariant($"The observations have dimension {trajectory.Dimension}, but the model has dimension {model.Dimension}: give InitialState, or a Curve of the prediction."), nameof(trajectory));
        for (int i = 0; i < trajectory.Dimension; i++)
        {
            if (!trajectory.IsObserved(0, i))
                throw new ArgumentException(Invariant($"Component {i} of the first observation of {which} is NaN, so that the model has nowhere to start from: give InitialState, or a Curve of the prediction."), nameof(trajectory));
        }

        return trajectory.StateAt(0).ToArray();
    }

    private static double[] Times(Trajectory trajectory, double end)
    {
        double start = trajectory.Times[0], last = trajectory.Times[^1];
        if (end == start)
            return [start];
        int count = Math.Clamp(4 * trajectory.Length, FewestPoints, MostPoints);
        IEnumerable<double> even = Enumerable.Range(0, count + 1).Select(i => i == count ? end : start + (end - start) * ((double)i / count));
        bool isBackward = end < start;
        IEnumerable<double> times = even.Concat(trajectory.Times.ToArray().Where(time => isBackward ? time <= start && time >= end : time >= start && time <= end)).Distinct();
        if (trajectory.Length > 1 && last < start != isBackward)
            throw new ArgumentException(Invariant($"ForecastUntil = {end} lies before the first observation, {start}."), nameof(FitOptions.ForecastUntil));
        return [.. isBackward ? times.OrderDescending() : times.Order()];
    }
}
