using System.Diagnostics;

namespace NeuralOde;

/// <summary>Runs the stages of a <see cref="TrainingPlan"/>, one iteration for every element that is pulled.</summary>
internal sealed partial class PlanTraining
{
    // Below this part of the noise, a loss is lower than the truth would have.
    private const double Overfitted = 0.8;

    private readonly NeuralOdeModel _model;
    private readonly PlanState _state;
    private readonly double[] _gradient;
    private OdeSolverOptions _solver;
    private CollocationSmoothing? _smoothing;
    private TrajectoryDataset? _data;
    private Minibatch? _heldOut;
    private long _stageStart;
    private int _stageStartIteration;
    private int _planned;
    private RunCounts _run;

    public PlanTraining(NeuralOdeModel model, TrainingPlan plan, TrainingState counters)
    {
        plan.Validate(model.Dimension);
        (_model, Plan) = (model, plan);
        _state = new PlanState(counters);
        _gradient = new double[model.Parameters.Length];
        ModelText = ModelJson.Describe(model);
        _solver = CreateSolver();
    }

    public TrainingPlan Plan { get; }

    /// <summary>The model as it was before it was standardized.</summary>
    public string ModelText { get; }

    public PlanState State => _state;

    public TrainingEnd? End { get; private set; }

    public RunCounts Run => _run;

    public IReadOnlyList<TrainingStageResult> Results => _state.Results;

    /// <summary>Noise of each component in the data's units; empty before a run.</summary>
    public double[] NoiseLevels => _smoothing is null ? [] : [.. _smoothing.Noise.Select((noise, i) => noise * (_model.Standardization?.Scales[i] ?? 1.0))];

    /// <exception cref="ArgumentException">There is nothing to start from in the data, or they are not of all components in their order.</exception>
    public static void Check(NeuralOdeModel model, TrajectoryDataset data, TrajectoryDataset? validation)
    {
        if (TrainingComponents.Measured(model, data) is not null)
        {
            throw new ArgumentException("A TrainingPlan takes data of all components of the state in their order; for MeasuredComponents and hidden components "
                + "give the trainer TrainingOptions with InitialStates = InitialStates.Learned.", nameof(data));
        }

        TrainingSegments.Find(data, segmentLength: null, overlapping: false);
        if (validation is not null)
            TrainingSegments.Find(validation, segmentLength: null, overlapping: false);
    }

    /// <summary>The iterations that are left.</summary>
    /// <param name="data">The data, in their own units.</param>
    /// <param name="validation">Validation data, or null.</param>
    /// <param name="fingerprint">Of both.</param>
    /// <param name="cancellationToken">Leaves the parameters after the last whole iteration.</param>
    public IEnumerable<TrainingProgress> Iterate(TrajectoryDataset data, TrajectoryDataset? validation, string fingerprint, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _state.Counters.DataFingerprint = fingerprint;
        data = WithoutWeightless(data);
        Standardize(ref data, ref validation);
        (_data, _run, End) = (data, default, null);
        _smoothing = new CollocationSmoothing(data);
        _heldOut = validation is null ? null
            : new Minibatch(_model, new SegmentSampler(validation, segmentLength: null, batchSize: null, Plan.Seed, overlapping: false), Plan.Loss, solver: _solver);
        while (_state.Stage < Plan.Stages.Count)
        {
            TrainingStage stage = Plan.Stages[_state.Stage];
            if (Applies(stage))
            {
                (_stageStart, _stageStartIteration) = (Stopwatch.GetTimestamp(), _state.StageIteration);
                _planned = _state.Counters.Iteration - _state.StageIteration + Plan.Stages.Skip(_state.Stage).Where(Applies).Sum(s => s.Iterations);
                foreach (TrainingProgress step in stage.Optimizer is null ? Minimize(stage, cancellationToken) : Descend(stage, cancellationToken))
                    yield return step with { Elapsed = Stopwatch.GetElapsedTime(start) };
            }

            (_state.Stage, _state.StageIteration) = (_state.Stage + 1, 0);
        }

        if (_state.Counters.LastLook != _state.Counters.Iteration)
            Validate(isDue: true, cancellationToken);
        if (_state.Counters.HasBest)
            _state.Counters.BestParameters.CopyTo(_model.Parameters);
        End = _run.Judge(_state.Counters.ConsecutiveFailures >= MostConsecutiveFailures ? TrainingEnd.TooManyFailures : TrainingEnd.Completed, _state.Counters.SkippedMinibatches, _state.Counters.Iteration);
    }

    /// <summary>The learned starts of the trajectories in the data's units; empty where no stage learned any.</summary>
    public IReadOnlyList<double[]> StartEstimates()
    {
        if (_state.StartsStage < 0 || _data is null)
            return [];
        (int Trajectory, int Start, int Length)[] segments = TrainingSegments.Find(_data, Plan.Stages[_state.StartsStage].SegmentLength, overlapping: false);
        var starts = new List<double[]>();
        for (int i = 0; i < segments.Length; i++)
        {
            if (i > 0 && segments[i].Trajectory == segments[i - 1].Trajectory)
                continue;
            double[] start = _state.Starts[(i * _model.Dimension)..((i + 1) * _model.Dimension)];
            _model.Standardization?.Invert(start, start);
            starts.Add(start);
        }

        return starts;
    }

    /// <summary>Gives a fresh network the standardization of the data, and takes these into its coordinates.</summary>
    private void Standardize(ref TrajectoryDataset data, ref TrajectoryDataset? validation)
    {
        if (Plan.Standardizes && _model is { Standardization: null, IsFresh: true, Field: NeuralVectorField })
            _model.StandardizeAutomatically(Standardization.FromDataset(data));
        _model.MarkUsed();
        _solver = CreateSolver();
        if (_model.Standardization is not { } standardization)
            return;
        data = standardization.Apply(data);
        validation = validation is null ? null : standardization.Apply(validation);
    }

    /// <summary>The model's solver, in the time that the vector field works in, with tolerances that training needs no tighter.</summary>
    private OdeSolverOptions CreateSolver() => _model.StandardSolver with
    {
        RelativeTolerance = Math.Max(_model.StandardSolver.RelativeTolerance, Plan.RelativeTolerance),
        AbsoluteTolerance = Math.Max(_model.StandardSolver.AbsoluteTolerance, Plan.RelativeTolerance / 10.0),
        MaxDegreeOfParallelism = Plan.MaxDegreeOfParallelism ?? _model.StandardSolver.MaxDegreeOfParallelism,
    };

    /// <summary>The data without numbers of weight 0: nothing starts there, and they say nothing about derivatives and scales.</summary>
    private static TrajectoryDataset WithoutWeightless(TrajectoryDataset data)
    {
        if (!data.Any(trajectory => trajectory.Weights.Contains(0.0)))
            return data;
        return TrajectoryDataset.FromTrajectories(data.Select(trajectory =>
        {
            double[] states = trajectory.States.ToArray();
            for (int i = 0; i < states.Length && !trajectory.Weights.IsEmpty; i++)
                states[i] = trajectory.Weights[i] == 0.0 ? double.NaN : states[i];
            return trajectory.WithStates(states);
        }), data.StateNames, data.InputNames);
    }

    private bool Applies(TrainingStage stage) => stage.Condition switch
    {
        TrainingStageCondition.CleanData => !_smoothing!.IsNoisy,
        TrainingStageCondition.NoisyData => _smoothing!.IsNoisy,
        _ => true,
    };

    /// <summary>Computes the validation loss if it is due. A failed solve counts as no improvement.</summary>
    private double? Validate(bool isDue, CancellationToken cancellationToken)
    {
        if (_heldOut is null || !isDue)
            return null;
        _heldOut.Forward(out double loss, cancellationToken);
        _state.Counters.Remember(loss, _model.Parameters);
        return loss;
    }

    /// <summary>Counts an iteration and says what it was.</summary>
    private TrainingProgress Report(TrainingStage stage, double loss, double gradientNorm, double learningRate, OdeFailure? failure,
        OdeStatistics forward, OdeStatistics backward, CancellationToken cancellationToken)
    {
        TrainingState counters = _state.Counters;
        _state.StageIteration++;
        counters.Iteration++;
        _run.Count(failure, loss, gradientNorm);
        if (failure is null)
            counters.LastLoss = _state.LastLoss = loss;
        else
            counters.SkippedMinibatches++;
        counters.ConsecutiveFailures = failure is null ? 0 : counters.ConsecutiveFailures + 1;
        double? validation = Validate(counters.Iteration % Plan.ValidationInterval == 0, cancellationToken);
        return new TrainingProgress
        {
            Iteration = counters.Iteration,
            Loss = loss,
            ValidationLoss = validation,
            LearningRate = learningRate,
            GradientNorm = gradientNorm,
            ForwardStatistics = forward,
            BackwardStatistics = backward,
            IsSkipped = failure is not null,
            Failure = failure,
            SkippedMinibatches = counters.SkippedMinibatches,
            Refinements = counters.Refinements,
            StepLimit = counters.StepLimit * (_model.Standardization?.TimeScale ?? 1.0),
            Stage = stage.Name,
            StageIteration = _state.StageIteration,
            PlannedIterations = _planned,
            BestIteration = counters.HasBest ? counters.BestIteration : null,
            Remaining = Stopwatch.GetElapsedTime(_stageStart) / (_state.StageIteration - _stageStartIteration) * (_planned - counters.Iteration),
        };
    }

    private void Finish(TrainingStage stage, string? reason) => _state.Results.Add(new TrainingStageResult
    {
        Name = stage.Name,
        Iterations = _state.StageIteration,
        FirstLoss = _state.StageIteration == 0 ? double.NaN : _state.FirstLoss,
        LastLoss = _state.StageIteration == 0 ? double.NaN : _state.LastLoss,
        Reason = reason,
    });
}
