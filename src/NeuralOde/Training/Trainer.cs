using System.Diagnostics;

namespace NeuralOde;

/// <summary>Fits a model to observed trajectories: by a plan of stages (the default), or by minibatch gradient descent.</summary>
/// <remarks>
/// <para>Without options a trainer follows <see cref="TrainingPlan.Default"/>. With <see cref="TrainingOptions"/> it does what these say, as follows.</para>
/// Every iteration solves a minibatch of segments from their first observations, or from learned starts (<see cref="TrainingOptions.InitialStates"/>), compares the solution with what was observed, and
/// takes a step down the gradient. Inputs are those of the trajectories (<see cref="Trajectory.Input"/>); what was not observed (NaN) does not count. A minibatch whose solve fails is skipped and counted. A trainer is used by one thread,
/// and uses others only where <see cref="OdeSolverOptions.MaxDegreeOfParallelism"/> of the model's <see cref="NeuralOdeModel.Solver"/> allows it, for minibatches of more than 128 segments: with the same bits on
/// any number of them. Losses are called on the trainer's thread, with the whole minibatch.
/// </remarks>
/// <example>
/// <code>
/// var data = TrajectoryDataset.FromTrajectory([0.0, 0.5, 1.0, 1.5], new double[,] { { 1.0 }, { 0.6 }, { 0.37 }, { 0.22 } });
/// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 1, hidden: [16], outputs: 1, seed: 7));
/// var trainer = new Trainer(model, new TrainingOptions { Iterations = 500, Optimizer = Optimizer.Adam(learningRate: 1e-3) });
/// foreach (TrainingProgress step in trainer.Run(data))
///     if (step.Iteration % 100 == 0) Console.WriteLine($"{step.Iteration,5}  loss {step.Loss:e3}");
/// </code>
/// </example>
public sealed partial class Trainer
{
    private readonly TrainingState _state;
    private readonly PlanTraining? _training;
    private double[] _gradient;
    private readonly RunGate _gate = new();
    private RunCounts _run;
    private long _unused;

    /// <summary>Prepares to train a model by <see cref="TrainingPlan.Default"/>.</summary>
    /// <param name="model">The model; training changes its parameters in place, and standardizes a new network that has no standardization.</param>
    /// <exception cref="ArgumentException">The model's vector field has an input for every sample.</exception>
    public Trainer(NeuralOdeModel model)
        : this(model, TrainingPlan.Default)
    {
    }

    /// <summary>Prepares to train a model by a plan.</summary>
    /// <param name="model">The model; training changes its parameters in place, and may standardize it: see <see cref="TrainingPlan.Standardizes"/>.</param>
    /// <param name="plan">The stages and what they have in common.</param>
    /// <exception cref="ArgumentException">The plan makes no sense, and the message names what and its value; or the model's vector field has an input for every sample.</exception>
    public Trainer(NeuralOdeModel model, TrainingPlan plan)
        : this(model, OptionsOf(plan))
    {
        Plan = plan;
        _training = new PlanTraining(model, plan, _state);
    }

    /// <summary>Prepares to train a model by minibatch gradient descent.</summary>
    /// <param name="model">The model; training changes its parameters in place.</param>
    /// <param name="options">How to train; null for their defaults.</param>
    /// <exception cref="ArgumentException">An option makes no sense, and the message names it and its value; or the model's vector field has an input for every sample.</exception>
    public Trainer(NeuralOdeModel model, TrainingOptions? options)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Field.RequiredSamples is { } samples)
            throw new ArgumentException($"The model's vector field has {samples} inputs, one per sample; minibatches are drawn at random, so training needs one input that all samples share, or inputs that come with the trajectories: new NeuralVectorField(network, inputDimension).", nameof(model));
        Model = model;
        Options = options ?? new TrainingOptions();
        Options.Validate();
        _gradient = new double[model.Parameters.Length];
        _state = new TrainingState(Options.Optimizer.CreateState(_gradient.Length), _gradient.Length);
    }

    /// <summary>The model that is trained.</summary>
    public NeuralOdeModel Model { get; }

    /// <summary>How it is trained; where a <see cref="Plan"/> says that, only the seed, the loss and the validation share that it has in common with options.</summary>
    public TrainingOptions Options { get; }

    /// <summary>The plan that is followed; null where options were given.</summary>
    public TrainingPlan? Plan { get; }

    /// <summary>Iterations done so far, over all runs and a restored checkpoint.</summary>
    public int Iteration => _state.Iteration;

    /// <summary>Minibatches skipped so far because a solve failed, or because loss, gradient or the parameters after the step were not finite.</summary>
    public int SkippedMinibatches => _state.SkippedMinibatches;

    /// <summary>Why the last run that came to its end did; null before one has.</summary>
    public TrainingEnd? End
    {
        get => _training is null ? field : _training.End;
        private set;
    }

    /// <summary>The lowest validation loss so far, or null without one.</summary>
    public double? BestValidationLoss => _state.HasBest ? _state.BestValidationLoss : null;

    /// <summary>
    /// Trains, one iteration for every element that is pulled. Break out whenever you like: the model keeps its parameters,
    /// and another call goes on where this one stopped, as if it had not.
    /// </summary>
    /// <param name="data">The observations. Trajectories may have different times and lengths.</param>
    /// <param name="validation">Observations to validate on; null holds out <see cref="TrainingOptions.ValidationFraction"/> of the data.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>; the parameters are those after the last complete iteration.</param>
    /// <returns>The iterations, lazily. Enumerating them while another run of this trainer is being enumerated is an <see cref="InvalidOperationException"/>.</returns>
    /// <exception cref="ArgumentException">The data do not fit the model, or are not those of the restored checkpoint.</exception>
    public IEnumerable<TrainingProgress> Run(TrajectoryDataset data, TrajectoryDataset? validation = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        CheckData(data, nameof(data));
        if (validation is not null)
            CheckData(validation, nameof(validation));
        else if (Options.ValidationFraction > 0.0)
            (data, validation) = HoldOut(data);

        if (validation is not null)
            TrainingComponents.RequireStarts(Model, validation, nameof(validation));
        if (validation is null && Options.Patience is { } patience)
            throw new ArgumentException($"Patience = {patience} needs a validation loss: give validation data, or set ValidationFraction.", nameof(validation));

        string fingerprint = TrainingCheckpoint.Fingerprint(data, validation);
        if (_state.DataFingerprint is { } expected && expected != fingerprint)
            throw new ArgumentException("These are not the data that this trainer was trained on before; use a new trainer to go on with others.", nameof(data));

        if (_training is not null)
        {
            PlanTraining.Check(Model, data, validation);
            return _gate.Guard(_training.Iterate(data, validation, fingerprint, cancellationToken));
        }

        TrajectoryDataset inDataUnits = data;
        int[]? measured = TrainingComponents.Measured(Model, data);
        if (Model.Standardization is { } standardization)
        {
            if (measured is not null)
                standardization = standardization.Select(measured);
            data = standardization.Apply(data);
            validation = validation is null ? null : standardization.Apply(validation);
        }

        (SegmentSampler sampler, StartGradient? starts) = CreateSampler(data, inDataUnits, measured);
        var minibatch = new Minibatch(Model, sampler, Options.Loss, starts, measured);
        Minibatch? heldOut = validation is null
            ? null
            : new Minibatch(Model, new SegmentSampler(validation, Options.SegmentLength, batchSize: null, Options.Seed, overlapping: false), Options.Loss, starts: null, measured);
        return _gate.Guard(Iterate(fingerprint, sampler, minibatch, heldOut, cancellationToken));
    }

    /// <summary>Trains to the end.</summary>
    /// <param name="data">The observations.</param>
    /// <param name="progress">Told about every iteration; may be null.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>; the parameters are those after the last complete iteration.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="ArgumentException">The data do not fit the model.</exception>
    /// <exception cref="InvalidOperationException">Another run of this trainer is in progress.</exception>
    public TrainingResult Fit(TrajectoryDataset data, IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(data, validation: null, progress, cancellationToken);

    /// <summary>Trains to the end with validation data of one's own.</summary>
    /// <param name="data">The observations.</param>
    /// <param name="validation">Observations to validate on.</param>
    /// <param name="progress">Told about every iteration; may be null.</param>
    /// <param name="cancellationToken">Ends training with an <see cref="OperationCanceledException"/>; the parameters are those after the last complete iteration.</param>
    /// <returns>How it went.</returns>
    /// <exception cref="ArgumentException">The data do not fit the model.</exception>
    /// <exception cref="InvalidOperationException">Another run of this trainer is in progress.</exception>
    public TrainingResult Fit(TrajectoryDataset data, TrajectoryDataset? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        var history = new TrainingHistory();
        var throttle = new ProgressThrottle(progress, Plan?.ProgressInterval ?? TimeSpan.Zero);
        foreach (TrainingProgress step in Run(data, validation, cancellationToken))
        {
            history.Add(step);
            throttle.Report(step);
        }

        throttle.Flush();
        RunCounts run = _training?.Run ?? _run;
        return new TrainingResult
        {
            End = End!.Value,
            Iterations = Iteration,
            RunIterations = run.Iterations,
            Loss = _state.LastLoss,
            BestValidationLoss = BestValidationLoss,
            SkippedMinibatches = SkippedMinibatches,
            RunSkippedMinibatches = run.Skipped,
            UnusedObservations = _unused,
            LastFailure = run.LastFailure,
            Refinements = _state.Refinements,
            StepLimit = _state.StepLimit * (Model.Standardization?.TimeScale ?? 1.0),
            Stages = [.. _training?.Results ?? []],
            NoiseLevels = _training?.NoiseLevels ?? [],
            StartEstimates = _training?.StartEstimates() ?? [],
            History = history.Points,
            BestIteration = _state.HasBest ? _state.BestIteration : null,
            Elapsed = Stopwatch.GetElapsedTime(start),
        };
    }

    /// <summary>Gives the model the parameters that had the lowest validation loss, as a run that comes to its end does by itself.</summary>
    /// <exception cref="InvalidOperationException">No validation loss was computed yet, or an iteration is in progress.</exception>
    public void RestoreBestParameters()
    {
        if (!_state.HasBest)
            throw new InvalidOperationException("There are no best parameters: no validation loss was computed yet.");
        _gate.Between(TakeBestParameters);
    }

    /// <summary>Writes everything needed to go on later as if training had not stopped. An existing file is replaced in one step.</summary>
    /// <remarks>
    /// Once training has come to its end the model may have its best parameters instead of the last ones (<see cref="TrainingOptions.KeepBestParameters"/>),
    /// and a checkpoint goes on from those. To add iterations later, save before the end. Another thread may save between two iterations, and training waits for it; in the
    /// middle of one it is refused. So save in the loop over <see cref="Run"/>, not from a <see cref="Progress{T}"/>, which calls later and on other threads.
    /// </remarks>
    /// <param name="path">The file, safetensors.</param>
    /// <exception cref="InvalidOperationException">A parameter or a number of the optimizer is not finite, or an iteration is in progress.</exception>
    /// <exception cref="IOException">The file cannot be written, is read-only, or is no regular file: no folder, device or pipe.</exception>
    public void SaveCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _gate.Between(() =>
        {
            if (_training is null)
                TrainingCheckpoint.Write(path, Model, _state, Options);
            else
                PlanCheckpoint.Write(path, Model, _training);
        });
    }

    /// <summary>
    /// Reads a checkpoint into this trainer and its model. A run over the same data then gives the bits that the interrupted
    /// one would have given; <see cref="TrainingOptions.Iterations"/> may be another number, unless the schedule depends on it.
    /// </summary>
    /// <param name="path">A file written by <see cref="SaveCheckpoint"/>.</param>
    /// <exception cref="ArgumentException">It was written with other training options or for another model; the message shows both. Model and trainer are as before.</exception>
    /// <exception cref="ModelFileException">The file is damaged or no checkpoint. Model and trainer are as before.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidOperationException">An iteration is in progress.</exception>
    public void RestoreCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _gate.Between(() =>
        {
            if (_training is null)
                TrainingCheckpoint.Read(path, Model, _state, Options);
            else
                PlanCheckpoint.Read(path, Model, _training);
        });
    }

    private void CheckData(TrajectoryDataset data, string name)
    {
        TrainingInputs.Check(Model, data, name);
        TrainingComponents.Check(Model, Options, data, name);
        if (!Options.Loss.TakesWeights && TrainingSegments.IsWeighted(data))
        {
            throw new ArgumentException($"The data have {(data.IsComplete ? "weights" : "gaps (NaN)")}, and the loss is a custom one that is not told of them. "
                + "Give Loss.Custom a function (predictions, targets, weights, cotangents).", name);
        }
    }

    private static TrainingOptions OptionsOf(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(plan.Loss);
        return new TrainingOptions { Seed = plan.Seed, Loss = plan.Loss, ValidationFraction = plan.ValidationFraction };
    }

    private IEnumerable<TrainingProgress> Iterate(string fingerprint, SegmentSampler sampler, Minibatch minibatch, Minibatch? heldOut, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _state.DataFingerprint = fingerprint;
        _run = default;
        Model.MarkUsed();
        UseStarts(minibatch.Starts);
        // A look that a cancellation or an exception prevented is made up for, or early stopping would depend on it.
        LookAtValidation(heldOut, cancellationToken);
        while (!HasEnded())
        {
            cancellationToken.ThrowIfCancellationRequested();
            sampler.Draw(_state.Iteration);
            TrainingProgress step = Descend(minibatch, cancellationToken);
            double? validationLoss = LookAtValidation(heldOut, cancellationToken);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            yield return step with { ValidationLoss = validationLoss, Elapsed = elapsed };
        }

        if (_state.HasBest && Options.KeepBestParameters)
            TakeBestParameters();
    }

    private void TakeBestParameters()
    {
        _state.BestParameters.CopyTo(Model.Parameters);
        _state.Starts?.BestValues.CopyTo(_state.Starts.Values, 0);
    }

    private (TrajectoryDataset Training, TrajectoryDataset Validation) HoldOut(TrajectoryDataset data)
    {
        double fraction = Options.ValidationFraction;
        try
        {
            return data.Count > 1 ? data.SplitTrajectories(fraction, Options.Seed) : data.SplitInTime(fraction);
        }
        catch (ArgumentException e) when (e.ParamName == nameof(fraction))
        {
            throw new ArgumentException(FormattableString.Invariant($"ValidationFraction = {fraction:R} does not suit these data: {e.Message}"), nameof(data), e);
        }
    }

    private bool HasEnded()
    {
        if (_state.Iteration >= Options.Iterations)
            End = TrainingEnd.Completed;
        else if (Options.Patience is { } patience && _state.LooksWithoutImprovement >= patience)
            End = TrainingEnd.StoppedEarly;
        else if (_state.ConsecutiveFailures >= Options.MaxConsecutiveFailures)
            End = TrainingEnd.TooManyFailures;
        else
            return false;
        End = _run.Judge(End.Value, _state.SkippedMinibatches, _state.Iteration);
        return true;
    }

    /// <summary>One iteration on the sampler's present minibatch.</summary>
    private TrainingProgress Descend(Minibatch minibatch, CancellationToken cancellationToken)
    {
        double learningRate = Options.Optimizer.LearningRate * Options.Schedule.Factor(_state.Iteration, Options.Iterations);
        double norm = double.NaN;
        Span<double> gradient = _gradient.AsSpan(0, Model.Parameters.Length);
        OdeFailure? failure = minibatch.Differentiate(gradient, _state, out double loss, cancellationToken);
        if (failure is null)
        {
            norm = GradientClipping.ByNorm(WithStarts(gradient), Options.MaxGradientNorm);
            if (!double.IsFinite(norm))
                failure = new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = double.NaN };
            else if (!_state.Optimizer.Step(Model.Parameters, gradient, learningRate))
                failure = new OdeFailure { Status = OdeStatus.NonFiniteUpdate, Time = double.NaN };
            else
                MoveStarts(learningRate);
        }

        failure = failure?.InUnits(Model.Standardization);
        _state.Iteration++;
        _run.Count(failure, loss, norm);
        if (failure is not null)
        {
            _state.SkippedMinibatches++;
            _state.ConsecutiveFailures++;
        }
        else
        {
            _state.ConsecutiveFailures = 0;
            _state.LastLoss = loss;
        }

        return new TrainingProgress
        {
            Iteration = _state.Iteration,
            PlannedIterations = Options.Iterations,
            BestIteration = _state.HasBest ? _state.BestIteration : null,
            Loss = loss,
            LearningRate = learningRate,
            GradientNorm = norm,
            ForwardStatistics = minibatch.ForwardStatistics,
            BackwardStatistics = minibatch.BackwardStatistics,
            IsSkipped = failure is not null,
            Failure = failure,
            SkippedMinibatches = _state.SkippedMinibatches,
            Refinements = _state.Refinements,
            StepLimit = _state.StepLimit * (Model.Standardization?.TimeScale ?? 1.0),
        };
    }

    /// <summary>Computes the validation loss if it is due. A failed solve counts as no improvement.</summary>
    private double? LookAtValidation(Minibatch? heldOut, CancellationToken cancellationToken)
    {
        bool isDue = _state.Iteration % Options.ValidationInterval == 0 || _state.Iteration == Options.Iterations;
        if (heldOut is null || !isDue || _state.Iteration == _state.LastLook)
            return null;
        heldOut.Forward(out double loss, cancellationToken);
        _state.Remember(loss, Model.Parameters);
        return loss;
    }
}
