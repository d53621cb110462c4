namespace NeuralOde;

/// <summary>The Jacobians of every sample of a batch and the factored matrices of their implicit steps, counted as they are made.</summary>
internal sealed class StepMatrices
{
    // The relative distance of a nearby state: rounding there is unrelated, but the state is as near to the slow solution.
    private const double Nearby = 1e-9;

    // The increment of the differences in which invariants are looked for, in terms of the state.
    private const double LongIncrement = 0.5;

    // 2^-1000: its reciprocal leaves room for a Jacobian.
    private const double ShortestLength = 9.332636185032189e-302;

    private readonly SolveContext _context;
    private readonly double _smallestScale;
    private readonly JacobianEvaluator _evaluator;
    private readonly double[] _jacobians;
    private readonly LuFactorizations _factors;
    private readonly LinearInvariants _invariants;
    private readonly double[] _state;
    private readonly double[] _derivative;
    private readonly double[] _rest;
    private readonly bool[] _searching;
    private readonly bool[] _doubtful;
    private DifferenceJacobian? _longDifferences;
    private double[]? _longSlopes;
    private double[]? _nearbyStates;
    private double[][]? _nearby;

    public StepMatrices(SolveContext context)
    {
        _context = context;
        _smallestScale = SmallestScale(context);
        _evaluator = context.Evaluator.CreateJacobianEvaluator(_smallestScale);
        _jacobians = new double[_evaluator.Length];
        _factors = new LuFactorizations(context.Layout, context.Dimension);
        _invariants = new LinearInvariants(context.Layout.Samples, context.Dimension);
        _state = new double[context.Dimension];
        _derivative = new double[context.Dimension];
        _rest = new double[context.Dimension];
        _searching = new bool[context.Layout.Samples];
        _doubtful = new bool[context.Layout.Samples];
    }

    /// <summary>Whether Jacobians are differences from the given derivatives, which must then be those of the vector field to all digits.</summary>
    public bool TakesDifferences => _evaluator is DifferenceJacobian;

    /// <summary>Whether a sample should get a new Jacobian, so that a small drift of an invariant can be told from rounding.</summary>
    public bool WantsJacobian(int sample) => _invariants.WantsJudgement(sample);

    /// <summary>A sample's ∂f/∂y, row-major.</summary>
    public ReadOnlySpan<double> Jacobian(int sample) => _jacobians.AsSpan(sample * _evaluator.BlockLength, _evaluator.BlockLength);

    /// <summary>Begins a solve: forgets everything.</summary>
    public void Reset() => _invariants.Reset();

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
        Count(_evaluator);
        bool anySearching = false;
        for (int sample = 0; sample < needed.Length; sample++)
        {
            _searching[sample] = succeeded[sample] && _invariants.Check(sample, Point(sample, states, derivatives), _context.Errors.Absolute, steps[sample]);
            anySearching |= _searching[sample];
            if (needed[sample])
                _context.Lanes.Jacobians[sample]++;
        }

        if (anySearching)
            SearchInvariants(times, ends, states, derivatives);
        bool anyDoubtful = false;
        for (int sample = 0; sample < needed.Length; sample++)
        {
            _doubtful[sample] = succeeded[sample] && _invariants.Prepare(sample, Point(sample, states, derivatives), _context.Errors.Absolute, steps[sample]);
            anyDoubtful |= _doubtful[sample];
        }

        if (anyDoubtful)
            JudgeRounding(times, states, derivatives);
    }

    /// <summary>Computes ∂f/∂t at the start of the round for the needed samples; zero for the others.</summary>
    public void EvaluateTimeDerivatives(StepRound round, ReadOnlySpan<double> derivatives, ReadOnlySpan<bool> needed, Span<double> timeDerivatives, Span<bool> succeeded)
    {
        _evaluator.EvaluateTimeDerivative(round.FirstTimes, round.LastTimes, round.StartStates, derivatives, needed, timeDerivatives, succeeded);
        Count(_evaluator);
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
        return _factors.Factor(sample, diagonal, Jacobian(sample), _invariants.InUse(sample));
    }

    /// <summary>Overwrites one sample's right-hand side with the solution.</summary>
    public void Solve(int sample, Span<double> rightHandSide)
    {
        SampleInvariants? invariants = _invariants.InUse(sample);
        invariants?.Reduce(rightHandSide);
        _factors.Solve(sample, rightHandSide);
        invariants?.Complete(rightHandSide);
    }

    /// <summary>Solves likewise for a right-hand side that is the sum of f at a state and of a rest, which <see cref="SampleInvariants"/> look at apart.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="rightHandSide">The sample's right-hand side; receives the solution.</param>
    /// <param name="states">The states of all samples.</param>
    /// <param name="derivatives">f there.</param>
    /// <param name="rest">What is added to f, of all samples.</param>
    /// <param name="restSign">1, or −1 where the rest is subtracted.</param>
    public void Solve(int sample, Span<double> rightHandSide, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives, ReadOnlySpan<double> rest, double restSign = 1.0)
    {
        SampleInvariants? invariants = _invariants.InUse(sample);
        if (invariants is not null)
        {
            _context.Layout.Gather(states, sample, _state);
            _context.Layout.Gather(derivatives, sample, _derivative);
            _context.Layout.Gather(rest, sample, _rest);
            for (int i = 0; i < _rest.Length; i++)
                _rest[i] *= restSign;
            invariants.Reduce(rightHandSide, _state, _derivative, _rest);
        }

        _factors.Solve(sample, rightHandSide);
        invariants?.Complete(rightHandSide);
    }

    /// <summary>Evaluates the vector field of the doubtful samples at two states nearby.</summary>
    private void JudgeRounding(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives)
    {
        _nearbyStates ??= new double[_context.StateLength];
        _nearby ??= [new double[_context.StateLength], new double[_context.StateLength]];
        for (int turn = 0; turn < _nearby.Length; turn++)
        {
            states[.._nearbyStates.Length].CopyTo(_nearbyStates);
            for (int i = 0; i < _nearbyStates.Length; i++)
                _nearbyStates[i] *= 1.0 + (turn + 1) * Nearby;
            _context.Evaluate(_doubtful, times, _nearbyStates, _nearby[turn]);
        }

        for (int sample = 0; sample < _doubtful.Length; sample++)
        {
            if (!_doubtful[sample])
                continue;
            _context.Layout.Gather(derivatives, sample, _derivative);
            _context.Layout.Gather(_nearby[0], sample, _state);
            _context.Layout.Gather(_nearby[1], sample, _rest);
            _invariants.JudgeRounding(sample, _derivative, _state, _rest);
        }
    }

    /// <summary>Looks for invariants in the samples' Jacobians, or in differences over increments so long that they are as good.</summary>
    private void SearchInvariants(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives)
    {
        Span<bool> succeeded = _doubtful;
        _searching.CopyTo(succeeded);
        if (TakesDifferences)
        {
            _longDifferences ??= new DifferenceJacobian(_context.Evaluator, _smallestScale, LongIncrement);
            _longSlopes ??= new double[_longDifferences.Length];
            _longDifferences.Evaluate(times, ends, states, derivatives, _searching, _longSlopes, succeeded);
            Count(_longDifferences);
        }

        for (int sample = 0; sample < _searching.Length; sample++)
        {
            if (!_searching[sample])
                continue;
            Linearization point = Point(sample, states, derivatives);
            if (TakesDifferences)
                point = new(_longSlopes.AsSpan(sample * _evaluator.BlockLength, _evaluator.BlockLength), _state, _derivative, LongIncrement, _smallestScale);
            _invariants.Search(sample, point, succeeded[sample]);
        }
    }

    private Linearization Point(int sample, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives)
    {
        _context.Layout.Gather(states, sample, _state);
        _context.Layout.Gather(derivatives, sample, _derivative);
        return new(Jacobian(sample), _state, _derivative, TakesDifferences ? JacobianEvaluator.RelativeIncrement : 0.0, _smallestScale);
    }

    private void Count(JacobianEvaluator evaluator)
    {
        _context.ForgetWhoCounts();
        _context.Evaluations += evaluator.Evaluations;
        _context.VectorJacobianProducts += evaluator.Products;
        ReadOnlySpan<int> evaluations = evaluator.SampleEvaluations;
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
