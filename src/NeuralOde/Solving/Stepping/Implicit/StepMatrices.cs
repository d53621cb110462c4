namespace NeuralOde;

/// <summary>The Jacobians of every sample of a batch and the factored matrices of their implicit steps, counted as they are made.</summary>
internal sealed class StepMatrices
{
    // 2^-1000: its reciprocal leaves room for a Jacobian.
    private const double ShortestLength = 9.332636185032189e-302;

    private readonly SolveContext _context;
    private readonly JacobianEvaluator _evaluator;
    private readonly double[] _jacobians;
    private readonly LuFactorizations _factors;

    public StepMatrices(SolveContext context)
    {
        _context = context;
        _evaluator = context.Evaluator.CreateJacobianEvaluator(SmallestScale(context));
        _jacobians = new double[_evaluator.Length];
        _factors = new LuFactorizations(context.Layout, context.Dimension);
    }

    /// <summary>Whether Jacobians are differences from the given derivatives, which must then be those of the vector field to all digits.</summary>
    public bool TakesDifferences => _evaluator is DifferenceJacobian;

    /// <summary>A sample's ∂f/∂y, row-major.</summary>
    public ReadOnlySpan<double> Jacobian(int sample) => _jacobians.AsSpan(sample * _evaluator.BlockLength, _evaluator.BlockLength);

    /// <summary>Computes ∂f/∂y at the start of the round for the needed samples, and says for which of them it is there and finite.</summary>
    public void EvaluateJacobians(StepRound round, ReadOnlySpan<double> derivatives, ReadOnlySpan<bool> needed, Span<bool> succeeded)
    {
        _evaluator.Evaluate(round.FirstTimes, round.EndTimes, round.StartStates, derivatives, needed, _jacobians, succeeded);
        Count();
        for (int sample = 0; sample < needed.Length; sample++)
        {
            if (needed[sample])
                _context.Lanes.Jacobians[sample]++;
        }
    }

    /// <summary>Computes ∂f/∂t at the start of the round for the needed samples; zero for the others.</summary>
    public void EvaluateTimeDerivatives(StepRound round, ReadOnlySpan<double> derivatives, ReadOnlySpan<bool> needed, Span<double> timeDerivatives, Span<bool> succeeded)
    {
        _evaluator.EvaluateTimeDerivative(round.FirstTimes, round.LastTimes, round.StartStates, derivatives, needed, timeDerivatives, succeeded);
        Count();
    }

    /// <summary>
    /// A length h whose reciprocal may stand on the diagonal: a step shorter than 1e-301 is treated as that long, since 1/h would overflow. J counts for nothing
    /// there, and a solution moves by nothing.
    /// </summary>
    public static double Invertible(double length) => Math.Abs(length) < ShortestLength ? Math.CopySign(ShortestLength, length) : length;

    /// <summary>Factors diagonal · I − J of a sample. Returns false where that is singular or not finite.</summary>
    public bool Factor(int sample, double diagonal)
    {
        _context.Lanes.Factorizations[sample]++;
        return _factors.Factor(sample, diagonal, Jacobian(sample));
    }

    /// <summary>Overwrites one sample's right-hand side with the solution.</summary>
    public void Solve(int sample, Span<double> rightHandSide) => _factors.Solve(sample, rightHandSide);

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
