namespace NeuralOde;

/// <summary>Estimates the state that a model's forecast starts in from the last observations of a trajectory.</summary>
/// <remarks>
/// Nonlinear least squares on the state at the first of these observations, by Levenberg–Marquardt; every row of the Jacobian is the gradient of one predicted number. The first few
/// observations are fitted first, then twice as many, and so on: over a short time the solution is nearly linear in its start.
/// </remarks>
internal sealed class StartFit
{
    private const int DefaultObservations = 20;
    private const int MostIterations = 50;

    /// <summary>
    /// A step that promises to lower the sum of squares by no more than this part of it moves the start by less than a thousandth of its uncertainty: D. M. Bates, D. G. Watts, Technometrics 23 (1981)
    /// 179–183, doi:10.1080/00401706.1981.10486261.
    /// </summary>
    private const double Negligible = 1e-6;

    /// <summary>As <see cref="Negligible"/>, where the next step costs little: the last ones are quadratically better.</summary>
    private const double Settled = 1e-10;

    /// <summary>Steps of this length, in scales, end a fit to exact observations.</summary>
    private const double Exact = 1e-8;

    /// <summary>Steps of this length, in scales, are within the solver's tolerance.</summary>
    private const double Tiny = 1e-5;

    /// <summary>Damping up to here hardly shortens a step.</summary>
    private const double NearlyFree = 0.01;

    /// <summary>Parts of the Jacobian smaller than this, relative to the largest, determine nothing.</summary>
    private const double Indistinguishable = 1e-7;

    private readonly NeuralOdeModel _model;
    private readonly int? _observations;

    /// <param name="model">The model; solved and differentiated, not changed.</param>
    /// <param name="observations">See <see cref="ForecastOptions.StartObservations"/>.</param>
    public StartFit(NeuralOdeModel model, int? observations)
    {
        // Its own gradients: of states only, whose error the tolerances control.
        _model = new NeuralOdeModel(model.Field)
        {
            Standardization = model.Standardization,
            Solver = model.Solver,
            Gradient = GradientMethod.DiscreteAdjoint() with { ControlsError = false },
            MeasuredComponents = model.MeasuredComponents,
        };
        _observations = observations;
    }

    /// <summary>The start of forecasts from the end of a trajectory; null where fewer numbers were observed than the state has components.</summary>
    public StartEstimate? Estimate(Trajectory history, CancellationToken cancellationToken)
    {
        if (_observations is null && history.Dimension == _model.Dimension && Guard.IsFinite(history.StateAt(history.Length - 1)))
            return new StartEstimate(history.Length - 1, FirstGuess(history.Slice(history.Length - 1, 1)), ForecastStart.Observed, 1, 0.0);
        int wanted = _observations ?? Math.Max(DefaultObservations, 2 * _model.Dimension);
        int first = history.Length;
        int observed = 0;
        for (int n = history.Length - 1; n >= 0 && observed < wanted; n--)
        {
            if (!history.HasObservation(n))
                continue;
            first = n;
            observed++;
        }

        if (observed == 0)
            return null;
        Trajectory window = history.Slice(first, history.Length - first);
        double[] scales = Scales(history);
        Target[] targets = [.. FindTargets(window, scales)];
        return targets.Length < _model.Dimension ? null : Fit(window, first, observed, targets, scales, cancellationToken);
    }

    private StartEstimate Fit(Trajectory window, int first, int observed, Target[] targets, double[] scales, CancellationToken cancellationToken)
    {
        double[] state = FirstGuess(window);
        double[] times = window.Times.ToArray();
        bool hasSettled = false;
        Linearization? at = null;
        for (int count = Math.Min(targets.Length, 2 * _model.Dimension); ; count = Math.Min(targets.Length, 2 * count))
        {
            // Numbers of one observation belong together.
            int used = targets.Count(target => target.Index <= targets[count - 1].Index);
            var problem = new Problem(_model, window.Input, times[..(targets[used - 1].Index + 1)], targets[..used], scales, cancellationToken);
            (at, hasSettled) = Descend(problem, state);
            if (at.Failure is not null)
                return new StartEstimate(first, state, ForecastStart.NotConverged, observed, double.NaN, at.Failure);
            if (used == targets.Length)
                break;
            count = used;
        }

        double residual = Math.Sqrt(at.Cost / targets.Length);
        int rank = LeastSquares.Solve((double[])at.Jacobian.Clone(), (double[])at.Residuals.Clone(), targets.Length, _model.Dimension, targets: 1,
            new double[_model.Dimension], Indistinguishable);
        ForecastStart kind = rank < _model.Dimension ? ForecastStart.Undetermined : hasSettled ? ForecastStart.Fitted : ForecastStart.NotConverged;
        return new StartEstimate(first, state, kind, observed, residual);
    }

    /// <summary>Levenberg–Marquardt from <paramref name="state"/>, which becomes the best state found.</summary>
    private static (Linearization At, bool HasSettled) Descend(Problem problem, double[] state)
    {
        Linearization at = problem.Linearize(state);
        double damping = 1e-4;
        for (int iteration = 0; iteration < MostIterations && at.Failure is null; iteration++)
        {
            (double[] step, double promised) = DampedStep(at, state.Length, damping);
            double length = step.Max(Math.Abs);
            bool isFree = damping <= NearlyFree && double.IsFinite(promised);
            if (isFree && (promised <= Settled * at.Cost || length <= Exact))
                return (at, HasSettled: true);
            double[] trial = [.. state.Zip(step, problem.Scales).Select(parts => parts.First - (parts.Second * parts.Third))];
            Linearization next = Guard.IsFinite(trial) ? problem.Linearize(trial) : Linearization.Impossible;
            if (next.Failure is null && next.Cost < at.Cost)
            {
                trial.CopyTo(state, 0);
                at = next;
                damping = Math.Max(0.1 * damping, 1e-6);
            }
            else if (isFree && (promised <= Negligible * at.Cost || length <= Tiny))
            {
                // Not even small steps get lower: the solver's tolerance is reached.
                return (at, HasSettled: true);
            }
            else
            {
                damping *= 10.0;
            }
        }

        return (at, HasSettled: false);
    }

    private static (double[] Step, double Promised) DampedStep(Linearization at, int dimension, double damping)
    {
        var normal = new double[dimension * dimension];
        var step = new double[dimension];
        for (int row = 0; row < at.Residuals.Length; row++)
        {
            ReadOnlySpan<double> derivative = at.Jacobian.AsSpan(row * dimension, dimension);
            for (int i = 0; i < dimension; i++)
            {
                step[i] += derivative[i] * at.Residuals[row];
                for (int j = 0; j <= i; j++)
                    normal[(i * dimension) + j] += derivative[i] * derivative[j];
            }
        }

        double[] gradient = (double[])step.Clone();
        double largest = Enumerable.Range(0, dimension).Max(i => normal[(i * dimension) + i]);
        // A direction that nothing depends on is not moved in.
        for (int i = 0; i < dimension; i++)
            normal[(i * dimension) + i] += (damping * Math.Max(normal[(i * dimension) + i], 1e-8 * largest)) + 1e-300;
        if (!Cholesky.SolveInPlace(normal, step))
            return (new double[dimension], double.PositiveInfinity);
        return (step, step.Zip(gradient, (s, g) => s * g).Sum());
    }

    /// <summary>The first observed value of every component; without any, as of hidden components, the model's mean or 0.</summary>
    private double[] FirstGuess(Trajectory window)
    {
        double[] state = _model.Standardization?.Means.ToArray() ?? new double[_model.Dimension];
        int[] measured = ModelForecaster.Measured(_model, window.Dimension);
        for (int i = 0; i < window.Dimension; i++)
        {
            double value = double.NaN;
            for (int n = 0; n < window.Length && double.IsNaN(value); n++)
                value = window.StateAt(n)[i];
            if (!double.IsNaN(value))
                state[measured[i]] = value;
        }

        return state;
    }

    private double[] Scales(Trajectory history)
    {
        if (_model.Standardization is { } standardization)
            return standardization.Scales.ToArray();
        var scales = new double[_model.Dimension];
        Array.Fill(scales, 1.0);
        int[] measured = ModelForecaster.Measured(_model, history.Dimension);
        double[] deviations = ComponentScales.Of([history]);
        for (int i = 0; i < measured.Length; i++)
            scales[measured[i]] = deviations[i];
        return scales;
    }

    private IEnumerable<Target> FindTargets(Trajectory window, double[] scales)
    {
        int[] measured = ModelForecaster.Measured(_model, window.Dimension);
        for (int n = 0; n < window.Length; n++)
        {
            for (int i = 0; i < window.Dimension; i++)
            {
                if (window.IsObserved(n, i))
                    yield return new Target(n, measured[i], window.StateAt(n)[i], scales[measured[i]]);
            }
        }
    }

    /// <summary>One observed number.</summary>
    private readonly record struct Target(int Index, int Component, double Value, double Scale);

    /// <summary>Residuals and their derivatives by the start, all in scales.</summary>
    private sealed record Linearization(double Cost, double[] Residuals, double[] Jacobian, OdeFailure? Failure)
    {
        public static Linearization Impossible { get; } = new(double.PositiveInfinity, [], [], new OdeFailure { Status = OdeStatus.NonFiniteState, Time = double.NaN });
    }

    private sealed record Problem(NeuralOdeModel Model, InputSignal? Input, double[] Times, Target[] Targets, double[] Scales, CancellationToken CancellationToken)
    {
        public Linearization Linearize(double[] state)
        {
            int dimension = state.Length;
            var residuals = new double[Targets.Length];
            double[][] states = [.. Targets.Select(_ => state)];
            double[][] times = [.. Targets.Select(_ => Times)];
            BatchGradientResult result = Model.InputDimension == 0
                ? Model.ComputeBatchGradient(states, times, Residual, CancellationToken)
                : Model.ComputeBatchGradient(states, times, [.. Targets.Select(_ => Input!)], Residual, CancellationToken);
            if (result.Failure is not null)
                return Linearization.Impossible with { Failure = result.Failure };
            var jacobian = new double[ArrayLength.Of((residuals.Length, "observed numbers"), (dimension, "components"))];
            for (int row = 0; row < residuals.Length; row++)
            {
                for (int i = 0; i < dimension; i++)
                    jacobian[(row * dimension) + i] = result.InitialState(row)[i] * Scales[i];
            }

            double cost = residuals.Sum(residual => residual * residual);
            return double.IsFinite(cost) ? new Linearization(cost, residuals, jacobian, null) : Linearization.Impossible;

            double Residual(int sample, ReadOnlySpan<double> prediction, Span<double> cotangent)
            {
                Target target = Targets[sample];
                int at = (target.Index * dimension) + target.Component;
                cotangent[at] = 1.0 / target.Scale;
                return residuals[sample] = (prediction[at] - target.Value) / target.Scale;
            }
        }
    }
}
