namespace NeuralOde;

internal sealed partial class PlanTraining
{
    private const int MostConsecutiveFailures = 100;

    /// <summary>A stage of limited-memory BFGS.</summary>
    private IEnumerable<TrainingProgress> Minimize(TrainingStage stage, CancellationToken cancellationToken)
    {
        string? reason = null;
        PlanSegmentObjective? segments = stage.IsCollocation ? null
            : new PlanSegmentObjective(_model, _solver, _data!, stage, Plan.Loss, _smoothing!.PriorVariance);
        CollocationObjective? collocation = stage.IsCollocation ? CollocationObjective.Create(_model, _data!, _smoothing!, stage, out reason) : null;
        IPlanObjective? objective = segments is null ? collocation : segments;
        if (objective is not null)
        {
            double[] point = StartPoint(stage, segments, objective.Length);
            if (_state.StageIteration == 0)
                reason = BeginBfgs(stage, objective, point, () => segments?.DataLoss ?? collocation!.DataLoss, cancellationToken);
            while (reason is null && _state.StageIteration < stage.Iterations)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!StepBfgs(stage, objective, point, cancellationToken))
                {
                    reason = "no step lowers the loss any more";
                    break;
                }

                double loss = segments?.DataLoss ?? collocation!.DataLoss;
                yield return Report(stage, loss, _state.Bfgs!.GradientNorm, double.NaN, failure: null, segments?.ForwardStatistics ?? default, segments?.BackwardStatistics ?? default, cancellationToken);
                if (_state.StageIteration >= stage.MaxPointEvaluations / Math.Max(1, _data!.ObservationCount))
                    reason = "it has made its share of evaluations";
                else if (segments is not null && Plan.Loss == Loss.MeanSquaredError && loss < Overfitted * _smoothing!.NoiseVariance && stage.ComponentWeights.Count == 0)
                    reason = "the loss is below the noise";
            }
        }

        Finish(stage, reason);
    }

    /// <summary>The parameters, and where starts are learned, these: those of the stage before if its segments were the same, else smoothed states.</summary>
    private double[] StartPoint(TrainingStage stage, PlanSegmentObjective? segments, int length)
    {
        var point = new double[length];
        _model.Parameters.CopyTo(point);
        if (!stage.LearnsStarts)
            return point;
        bool isSame = _state.StartsStage >= 0 && Plan.Stages[_state.StartsStage].SegmentLength == stage.SegmentLength;
        if (!isSame)
        {
            _state.Starts = new double[length - _model.Parameters.Length];
            for (int i = 0; i < segments!.Segments.Count; i++)
            {
                (int trajectory, int start, _) = segments.Segments[i];
                _smoothing!.States(trajectory).Slice(start * _model.Dimension, _model.Dimension).CopyTo(_state.Starts.AsSpan(i * _model.Dimension));
            }
        }

        _state.StartsStage = _state.Stage;
        _state.Starts.CopyTo(point, _model.Parameters.Length);
        return point;
    }

    /// <summary>Evaluates the objective at the outset; returns why the stage is to be skipped, or null.</summary>
    private string? BeginBfgs(TrainingStage stage, IPlanObjective objective, double[] point, Func<double> dataLoss, CancellationToken cancellationToken)
    {
        if (!stage.KeepsOptimizer || _state.Bfgs?.Length != objective.Length)
            _state.Bfgs = new LimitedMemoryBfgs(objective.Length);
        double value;
        try
        {
            value = _state.Bfgs.Begin(point, objective, cancellationToken);
        }
        finally
        {
            point.AsSpan(0, _model.Parameters.Length).CopyTo(_model.Parameters);
        }

        _state.FirstLoss = _state.LastLoss = dataLoss();
        if (!double.IsFinite(value))
            return $"its loss cannot be computed at the outset: {objective.Failure?.Message ?? "it is not finite"}";
        return _state.FirstLoss > stage.MaxInitialLoss
            ? FormattableString.Invariant($"its loss at the outset is {_state.FirstLoss:g3}, more than {stage.MaxInitialLoss:g3}: predictions over so long a time say nothing about the data")
            : null;
    }

    private bool StepBfgs(TrainingStage stage, IPlanObjective objective, double[] point, CancellationToken cancellationToken)
    {
        try
        {
            return _state.Bfgs!.Step(point, objective, cancellationToken);
        }
        finally
        {
            // The last point that was tried need not be the one that was taken.
            int parameters = _model.Parameters.Length;
            point.AsSpan(0, parameters).CopyTo(_model.Parameters);
            if (stage.LearnsStarts)
                point.AsSpan(parameters).CopyTo(_state.Starts);
        }
    }

    /// <summary>A stage of minibatches and an optimizer of gradients.</summary>
    private IEnumerable<TrainingProgress> Descend(TrainingStage stage, CancellationToken cancellationToken)
    {
        var sampler = new SegmentSampler(Weighted(stage), stage.SegmentLength, stage.BatchSize, Plan.Seed, overlapping: stage.BatchSize is not null);
        var minibatch = new Minibatch(_model, sampler, Plan.Loss, solver: _solver);
        string? reason = null;
        if (_state.StageIteration == 0)
        {
            bool keeps = stage.KeepsOptimizer && _state.OptimizerStage >= 0 && Plan.Stages[_state.OptimizerStage].Optimizer == stage.Optimizer;
            if (!keeps)
                _state.Optimizer = stage.Optimizer!.CreateState(_gradient.Length);
            _state.OptimizerStage = _state.Stage;
            sampler.Draw(0);
            OdeFailure? failure = minibatch.Forward(out double first, cancellationToken);
            _state.FirstLoss = _state.LastLoss = first;
            _state.Counters.ConsecutiveFailures = 0;
            if (failure is null && first > stage.MaxInitialLoss)
                reason = FormattableString.Invariant($"its loss at the outset is {first:g3}, more than {stage.MaxInitialLoss:g3}");
        }

        while (reason is null && _state.StageIteration < stage.Iterations)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sampler.Draw(_state.StageIteration);
            double rate = stage.Optimizer!.LearningRate * stage.Schedule.Factor(_state.StageIteration, stage.Iterations), norm = double.NaN;
            OdeFailure? failure = minibatch.Differentiate(_gradient, _state.Counters, out double loss, cancellationToken);
            if (failure is null)
            {
                norm = GradientClipping.ByNorm(_gradient, stage.MaxGradientNorm);
                if (!double.IsFinite(norm))
                    failure = new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = double.NaN };
                else if (!_state.Optimizer!.Step(_model.Parameters, _gradient, rate))
                    failure = new OdeFailure { Status = OdeStatus.NonFiniteUpdate, Time = double.NaN };
            }

            yield return Report(stage, loss, norm, rate, failure, minibatch.ForwardStatistics, minibatch.BackwardStatistics, cancellationToken);
            if (_state.Counters.ConsecutiveFailures >= MostConsecutiveFailures)
                reason = "too many minibatches in a row were skipped";
        }

        Finish(stage, reason);
    }

    /// <summary>The data with the stage's weights of the components.</summary>
    private TrajectoryDataset Weighted(TrainingStage stage)
    {
        if (stage.ComponentWeights.Count == 0)
            return _data!;
        return TrajectoryDataset.FromTrajectories(_data!.Select(trajectory =>
        {
            var weights = new double[trajectory.Length, trajectory.Dimension];
            for (int n = 0; n < trajectory.Length; n++)
            {
                for (int c = 0; c < trajectory.Dimension; c++)
                    weights[n, c] = stage.ComponentWeights[c] * (trajectory.Weights.IsEmpty ? 1.0 : trajectory.Weights[n * trajectory.Dimension + c]);
            }

            return trajectory.WithWeights(weights);
        }), _data!.StateNames, _data.InputNames);
    }
}
