using static System.FormattableString;

namespace NeuralOde.Plots;

public sealed partial class Figure
{
    /// <summary>The loss over the iterations, on a logarithmic axis: every minibatch, from 100 on their running mean, the validation loss and its best, and the minibatches that were skipped.</summary>
    /// <param name="history">What <see cref="Trainer.Run(TrajectoryDataset, TrajectoryDataset?, CancellationToken)"/> yielded, in order. Where iterations count from 1 again a new run begins; it is drawn after the one before.</param>
    /// <returns>A figure of one panel. If a loss is 0 or less the axis is linear.</returns>
    /// <exception cref="ArgumentException">There is no iteration.</exception>
    public static Figure Loss(IEnumerable<TrainingProgress> history) => LossFigure.Create(history);

    /// <summary>A model's prediction and the observations over time, a panel for each component.</summary>
    /// <remarks>
    /// The prediction is one solve from the first observation of one trajectory (<see cref="FitOptions.Trajectory"/>), so it shows what the model knows, not how well it
    /// follows from one observation to the next. Where observations lack (NaN) there is no point. A prediction that leaves the observations by more than their range is cut off;
    /// one that fails is drawn as far as it came, and the legend says so.
    /// </remarks>
    /// <param name="model">The model.</param>
    /// <param name="data">What it was trained on.</param>
    /// <param name="heldOut">The ends of the same trajectories, as <see cref="TrajectoryDataset.SplitInTime"/> makes them, or null.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure with one panel for each component.</returns>
    /// <exception cref="ArgumentException">The datasets do not belong together, an option makes no sense, or the first observation has gaps and no <see cref="FitOptions.InitialState"/> is given.</exception>
    public static Figure Fit(NeuralOdeModel model, TrajectoryDataset data, TrajectoryDataset? heldOut = null, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return FitFigure.Create(model, data, heldOut, options ?? new FitOptions());
    }

    /// <summary>Observations and any curves over time, a panel for each component.</summary>
    /// <param name="observations">What was observed, NaN where it was not.</param>
    /// <param name="curves">Predictions and what else there is to compare; components beyond those of the observations get a panel, too.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure with one panel for each component.</returns>
    /// <exception cref="ArgumentException">A curve has fewer components than the observations, or an option makes no sense.</exception>
    public static Figure Fit(Trajectory observations, IReadOnlyList<Curve> curves, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(curves);
        return FitFigure.Create(observations, curves, options ?? new FitOptions(), dataNames: null);
    }

    /// <summary>Two components against each other: the learned vector field, the observations, and the model's prediction from the first of each trajectory.</summary>
    /// <remarks>
    /// With one component, its derivative against itself. With more than two the field is that in a plane, see <see cref="PhasePortraitOptions.Section"/>. Trajectories whose first
    /// observation has gaps are shown without a prediction; of more than twenty trajectories the first twenty have one.
    /// </remarks>
    /// <param name="model">The model.</param>
    /// <param name="data">Observations.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure of one panel.</returns>
    /// <exception cref="ArgumentException">Dimensions differ, or an option makes no sense.</exception>
    public static Figure PhasePortrait(NeuralOdeModel model, TrajectoryDataset data, PhasePortraitOptions? options = null)
    {
        const int MostPredictions = 20;
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var curves = new List<Curve>();
        for (int i = 0; i < Math.Min(data.Count, MostPredictions) && data.Dimension == model.Dimension; i++)
        {
            if (Enumerable.Range(0, data.Dimension).All(component => data[i].IsObserved(0, component)))
                curves.Add(ModelCurve.Predict(model, data[i], initialState: null, data[i].Times[^1], Invariant($"trajectory {i}")));
        }

        return PhasePortraitFigure.Create(model.Derivative, model.Dimension, [.. data], curves, options ?? new PhasePortraitOptions(), data.StateNames);
    }

    /// <summary>Two components against each other: a model's vector field and any curves.</summary>
    /// <param name="model">The model.</param>
    /// <param name="curves">What is drawn over the field, at least one curve: they say which part of the plane is in sight.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure of one panel.</returns>
    /// <exception cref="ArgumentException">There is no curve, dimensions differ, or an option makes no sense.</exception>
    public static Figure PhasePortrait(NeuralOdeModel model, IReadOnlyList<Curve> curves, PhasePortraitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        RequireCurves(curves);
        return PhasePortraitFigure.Create(model.Derivative, model.Dimension, [], curves, options ?? new PhasePortraitOptions(), dataNames: null);
    }

    /// <summary>Two components against each other: a vector field and any curves.</summary>
    /// <param name="field">The vector field.</param>
    /// <param name="curves">What is drawn over the field, at least one curve: they say which part of the plane is in sight.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure of one panel.</returns>
    /// <exception cref="ArgumentException">There is no curve, dimensions differ, or an option makes no sense.</exception>
    public static Figure PhasePortrait(VectorField field, IReadOnlyList<Curve> curves, PhasePortraitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(field);
        RequireCurves(curves);
        return PhasePortraitFigure.Create(field.Evaluate, field.Dimension, [], curves, options ?? new PhasePortraitOptions(), dataNames: null);
    }

    /// <summary>What is left when the predictions of all trajectories are taken from the observations: over time, as a distribution, and its autocorrelation, a row for each component.</summary>
    /// <remarks>
    /// Predictions start from the first observation of each trajectory, whose residual of 0 is left out. A model that has found everything leaves white noise: no pattern over
    /// time, about the normal distribution that is drawn, and autocorrelations within the dashed lines.
    /// </remarks>
    /// <param name="model">The model.</param>
    /// <param name="data">Observations, NaN where there are none.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure with three panels for each component.</returns>
    /// <exception cref="ArgumentException">Dimensions differ, a first observation has gaps, or an option makes no sense.</exception>
    public static Figure Residuals(NeuralOdeModel model, TrajectoryDataset data, ResidualOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return ResidualFigure.Create(model, data, options ?? new ResidualOptions());
    }

    /// <summary>As <see cref="Residuals(NeuralOdeModel, TrajectoryDataset, ResidualOptions?)"/>, of a prediction that is already there.</summary>
    /// <param name="observations">Observations, NaN where there are none.</param>
    /// <param name="prediction">The prediction at the same times; one that failed may have fewer.</param>
    /// <param name="options">What is shown; null for the defaults.</param>
    /// <returns>A figure with three panels for each component.</returns>
    /// <exception cref="ArgumentException">Dimensions or times differ, or an option makes no sense.</exception>
    public static Figure Residuals(Trajectory observations, OdeSolution prediction, ResidualOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(prediction);
        if (prediction.Dimension != observations.Dimension)
            throw new ArgumentException(Invariant($"The prediction has dimension {prediction.Dimension}, but the observations have dimension {observations.Dimension}."), nameof(prediction));
        if (prediction.Count > observations.Length || (prediction.Count < observations.Length && prediction.Failure is null))
            throw new ArgumentException(Invariant($"The prediction has {prediction.Count} times, but there are {observations.Length} observations."), nameof(prediction));
        for (int n = 0; n < prediction.Count; n++)
        {
            if (prediction.Times[n] != observations.Times[n])
                throw new ArgumentException(Invariant($"The prediction's time {n} is {prediction.Times[n]:R}, but that of the observation is {observations.Times[n]:R}."), nameof(prediction));
        }

        return ResidualFigure.Create([observations], [prediction], first: 0, options ?? new ResidualOptions(), dataNames: null);
    }

    /// <summary>How a solve went: the length of every accepted step, on a logarithmic axis, above the solution, and the events in both. The title says what it cost.</summary>
    /// <param name="solution">A solution that has its steps: <see cref="OdeSolverOptions.Output"/> was <see cref="OdeOutput.Steps"/>, which it is where an interval is solved.</param>
    /// <param name="stateNames">Names of the components; null for x1, x2, ….</param>
    /// <returns>A figure of two panels; the lower shows the first twelve components.</returns>
    /// <exception cref="ArgumentException">The solution has its output times only, or the number of names is wrong.</exception>
    public static Figure Steps(OdeSolution solution, IReadOnlyList<string>? stateNames = null) => StepFigure.Create(solution, stateNames);

    private static void RequireCurves(IReadOnlyList<Curve> curves)
    {
        ArgumentNullException.ThrowIfNull(curves);
        if (curves.Count == 0)
            throw new ArgumentException("curves is empty; at least one curve is needed to know which part of the plane to show.", nameof(curves));
    }
}
