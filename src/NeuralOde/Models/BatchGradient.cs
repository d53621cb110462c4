namespace NeuralOde;

/// <summary>Runs a gradient engine for user code: arrays in, arrays out, in the data's units.</summary>
internal static class BatchGradient
{
    public static BatchGradientResult Compute(NeuralOdeModel model, GradientEngine engine, IReadOnlyList<double[]> initialStates,
        IReadOnlyList<double[]> times, BatchLossFunction loss, CancellationToken cancellationToken)
    {
        Standardization? standardization = model.Standardization;
        BatchLayout layout = engine.Layout;
        (OutputGrid grid, double[] states) = OdeSolver.Prepare(layout, model.Dimension, initialStates, times, standardization, model.Solver);
        var parameters = new double[model.Parameters.Length];
        double[][] stateGradients = [.. initialStates.Select(_ => new double[model.Dimension])];
        double[][] timeGradients = [.. times.Select(t => new double[t.Length])];

        var refinement = new RefinementLoop(model.Gradient.CreateRefinement(model.Solver), isShared: false);
        refinement.Begin(engine, double.PositiveInfinity);
        engine.MeasuresErrors = model.Gradient.ControlsError;
        double total = double.NaN;
        OdeFailure? failure;
        int failedSample;
        OdeStatistics backward = default;
        do
        {
            failure = engine.Solve(grid, states, out failedSample, cancellationToken);
            if (failure is null)
            {
                double[] cotangents = EvaluateLoss(engine, grid, standardization, loss, out total, out failedSample);
                if (double.IsFinite(total))
                {
                    failure = engine.Backward(cotangents, parameters, withTimes: true, out failedSample, cancellationToken);
                    backward = engine.BackwardStatistics;
                }
                else
                {
                    failure = new OdeFailure { Status = OdeStatus.NonFiniteLoss, Time = failedSample < 0 ? double.NaN : grid.Last(failedSample) };
                }
            }
        }
        while (refinement.GoesOn(engine, ref failure, ref failedSample));

        for (int sample = 0; sample < layout.Samples; sample++)
        {
            layout.Gather(engine.InitialStateGradient, sample, stateGradients[sample]);
            for (int i = 0; i < model.Dimension && standardization is not null; i++)
                stateGradients[sample][i] /= standardization.Scales[i];
            for (int output = 0; output < grid.Count(sample) && failure is null; output++)
                timeGradients[sample][output] = engine.TimeGradient[grid.Index(sample, output)];
        }

        if (failure is not null)
        {
            foreach (double[] gradient in (double[][])[parameters, .. stateGradients, .. timeGradients])
                Array.Fill(gradient, double.NaN);
        }

        double[] errors = [.. engine.ParameterErrors.Select(error => engine.MeasuresErrors && failure is null ? error.Error : double.NaN)];
        return new BatchGradientResult(total, parameters, stateGradients, timeGradients, failure, failedSample, engine.ForwardStatistics, backward)
        {
            ParameterErrorOfSamples = errors,
            Refinements = refinement.Refinements,
        };
    }

    private static double[] EvaluateLoss(GradientEngine engine, OutputGrid grid, Standardization? standardization, BatchLossFunction loss, out double total, out int failedSample)
    {
        BatchLayout layout = engine.Layout;
        int dimension = engine.Dimension;
        var cotangents = new double[engine.Outputs.Length];
        total = 0.0;
        failedSample = -1;
        for (int sample = 0; sample < layout.Samples; sample++)
        {
            var prediction = new double[grid.Count(sample) * dimension];
            var cotangent = new double[prediction.Length];
            for (int output = 0; output < grid.Count(sample); output++)
            {
                Span<double> state = prediction.AsSpan(output * dimension, dimension);
                layout.Gather(engine.Outputs.Slice(output * engine.StateLength, engine.StateLength), sample, state);
                standardization?.Invert(state, state);
            }

            double share = loss(sample, prediction, cotangent);
            total += share;
            if (failedSample < 0 && !double.IsFinite(share))
                failedSample = sample;
            for (int output = 0; output < grid.Count(sample); output++)
            {
                Span<double> state = cotangent.AsSpan(output * dimension, dimension);
                for (int i = 0; i < dimension && standardization is not null; i++)
                    state[i] *= standardization.Scales[i];
                layout.Scatter(state, sample, cotangents.AsSpan(output * engine.StateLength, engine.StateLength));
            }
        }

        return cotangents;
    }
}
