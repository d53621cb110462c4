namespace NeuralOde;

/// <summary>Estimates the errors of the steps of <see cref="EsdirkStepper"/>.</summary>
/// <remarks>
/// (I − hγJ)⁻¹ is applied to an estimate: that leaves it as it is where the step is short, and keeps components
/// that are long at rest from dictating the step (Hosea and Shampine 1996). Robertson's reaction takes a third of the steps then. An embedded
/// solution that is a stage is damped as much as the new state is: filtered, Kværnø's estimate missed errors of a hundred tolerances.
/// </remarks>
internal sealed class EsdirkError(SolveContext context, EsdirkTableau tableau, StepMatrices matrices)
{
    // What the stiffness damps at the step's end it does not damp within. So that the dense output is not left behind, the estimate that was not
    // filtered must not exceed the reciprocal of this, in tolerances.
    private const double UnfilteredWeight = 0.02;

    private readonly double[] _estimates = new double[context.StateLength];
    private readonly double[] _zeros = new double[context.StateLength];
    private readonly double[] _solution = new double[context.Dimension];
    private readonly double[] _norms = new double[context.Layout.RowLength];

    /// <summary>The error of every sample's step in tolerances; NaN where it met a number that is not finite.</summary>
    /// <param name="round">The round, its end states known.</param>
    /// <param name="slopes">The slopes of all stages.</param>
    /// <param name="progress">How the samples' equations stand.</param>
    /// <param name="steps">The steps of the samples whose equations are solved; 0 for the others.</param>
    /// <param name="errors">Receives the errors.</param>
    public void Estimate(StepRound round, ReadOnlySpan<double> slopes, ReadOnlySpan<NewtonProgress> progress, ReadOnlySpan<double> steps, Span<double> errors)
    {
        bool isAdaptive = context.Options.FixedStep is null;
        if (isAdaptive)
            StageKernels.Widest.Combine(context.Layout, context.Dimension, _zeros, steps, slopes, tableau.ErrorWeights.Indices, tableau.ErrorWeights.Coefficients, _estimates);
        else
            _estimates.AsSpan().Clear();
        for (int sample = 0; sample < progress.Length; sample++)
        {
            bool isFinite = progress[sample] != NewtonProgress.NonFinite
                && (progress[sample] != NewtonProgress.Converged || context.Layout.FindNonFinite(round.EndStates, context.Dimension, sample) < 0);
            if (!isFinite)
                _estimates[context.Layout.Index(0, sample)] = double.NaN;
        }

        context.Errors.Norm(_estimates, default, round.StartStates, round.EndStates, _norms);
        if (!isAdaptive)
        {
            _norms.CopyTo(errors);
            return;
        }

        for (int sample = 0; sample < progress.Length; sample++)
        {
            if (progress[sample] == NewtonProgress.Converged && !tableau.EmbeddedIsStage)
                Filter(sample, round.Steps[sample]);
        }

        context.Errors.Norm(_estimates, default, round.StartStates, round.EndStates, errors);
        for (int sample = 0; sample < progress.Length; sample++)
            errors[sample] = Math.Max(errors[sample], UnfilteredWeight * _norms[sample]);
    }

    private void Filter(int sample, double step)
    {
        double length = tableau.Diagonal * StepMatrices.Invertible(step);
        for (int i = 0; i < _solution.Length; i++)
            _solution[i] = _estimates[context.Layout.Index(i, sample)] / length;
        matrices.Solve(sample, _solution);
        context.Layout.Scatter(_solution, sample, _estimates);
    }
}
