namespace NeuralOde;

/// <summary>The Jacobians of every sample of a batch and the factored matrices of their implicit steps, counted as they are made.</summary>
internal sealed class StepMatrices
{
    private readonly SolveContext _context;
    private readonly JacobianEvaluator _evaluator;
    private readonly double[] _jacobians;
    private readonly LuFactorizations _factors;
    private readonly LinearInvariants _invariants;
    private readonly double[] _state;
    private readonly double[] _derivative;

    public StepMatrices(SolveContext context)
    {
        _context = context;
        _evaluator = context.Evaluator.CreateJacobianEvaluator(SmallestScale(context));
        _jacobians = new double[_evaluator.Length];
        _factors = new LuFactorizations(context.Layout, context.Dimension);
        _invariants = new LinearInvariants(context.Layout.Samples, context.Dimension, TakesDifferences);
        _state = new double[context.Dimension];
        _derivative = new double[context.Dimension];
    }

    /// <summary>Whether Jacobians are differences from the given derivatives, which must then be those of the vector field to all digits.</summary>
    public bool TakesDifferences => _evaluator is DifferenceJacobian;

    /// <summary>A sample's ∂f/∂y, row-major.</summary>
    public ReadOnlySpan<double> Jacobian(int sample) => _jacobians.AsSpan(sample * _evaluator.BlockLength, _evaluator.BlockLength);

    /// <summary>Computes ∂f/∂y at the start of the round for the needed samples, and says for which of them it is there and finite.</summary>
    public void EvaluateJacobians(StepRound round, ReadOnlySpan<double> derivatives, ReadOnlySpan<bool> needed, Span<bool> succeeded)
    {
        EvaluateJacobians(round.FirstTimes, round.EndTimes, round.StartStates, derivatives, round.Steps, needed, succeeded);
    }

    /// <summary>Computes ∂f/∂y for the needed samples at any point, and says for which of them it is there and finite.</summary>
    public void EvaluateJacobians(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<double> steps, ReadOnlySpan<bool> needed, Span<bool> succeeded)
    {
        _evaluator.Evaluate(times, ends, states, derivatives, needed, _jacobians, succeeded);
        Count();
        for (int sample = 0; sample < needed.Length; sample++)
        {
            if (!needed[sample])
                continue;
            _context.Lanes.Jacobians[sample]++;
            if (!succeeded[sample])
                continue;
            _context.Layout.Gather(states, sample, _state);
            _context.Layout.Gather(derivatives, sample, _derivative);
            _invariants.Update(sample, Jacobian(sample), _state, _derivative, _context.Errors.Absolute, steps[sample]);
        }
    }

    /// <summary>Computes ∂f/∂t at the start of the round for the needed samples; zero for the others.</summary>
    public void EvaluateTimeDerivatives(StepRound round, ReadOnlySpan<double> derivatives, ReadOnlySpan<bool> needed, Span<double> timeDerivatives, Span<bool> succeeded)
    {
        _evaluator.EvaluateTimeDerivative(round.FirstTimes, round.LastTimes, round.StartStates, derivatives, needed, timeDerivatives, succeeded);
        Count();
    }

    /// <summary>Factors diagonal · I − J of a sample. Returns false where that is singular or not finite.</summary>
    public bool Factor(int sample, double diagonal)
    {
        _context.Lanes.Factorizations[sample]++;
        return _factors.Factor(sample, diagonal, Jacobian(sample), _invariants);
    }

    /// <summary>Overwrites one sample's right-hand side with the solution.</summary>
    public void Solve(int sample, Span<double> rightHandSide)
    {
        bool isReduced = _invariants.Count(sample) > 0;
        if (isReduced)
            _invariants.Reduce(sample, rightHandSide);
        _factors.Solve(sample, rightHandSide);
        if (isReduced)
            _invariants.Complete(sample, rightHandSide);
    }

    /// <summary>Solves likewise for a right-hand side that is the sum of derivatives and a rest, both given too: <see cref="LinearInvariants"/> looks at them apart.</summary>
    public void Solve(int sample, Span<double> rightHandSide, ReadOnlySpan<double> derivatives, ReadOnlySpan<double> rest)
    {
        if (_invariants.Count(sample) == 0)
        {
            _factors.Solve(sample, rightHandSide);
            return;
        }

        _context.Layout.Gather(derivatives, sample, _derivative);
        _context.Layout.Gather(rest, sample, _state);
        _invariants.Reduce(sample, rightHandSide, _derivative, _state);
        _factors.Solve(sample, rightHandSide);
        _invariants.Complete(sample, rightHandSide);
    }

    private void Count()
    {
        _context.ForgetWhoCounts();
        _context.Evaluations += _evaluator.Evaluations;
        _context.VectorJacobianProducts += _evaluator.Products;
        ReadOnlySpan<int> evaluations = _evaluator.SampleEvaluations;
        for (int sample = 0; sample < evaluations.Length; sample++)
            _context.Lanes.Evaluations[sample] += evaluations[sample];
    }

    /// <summary>The size below which no component's difference for a Jacobian needs to go, from the tolerances of all components.</summary>
    public static double SmallestScale(SolveContext context)
    {
        double relative = 0.0, absolute = double.PositiveInfinity;
        for (int i = 0; i < context.Dimension; i++)
        {
            relative = Math.Max(relative, context.Errors.Relative[i]);
            absolute = Math.Min(absolute, context.Errors.Absolute[i]);
        }

        return JacobianEvaluator.SmallestScale(relative, absolute);
    }
}
