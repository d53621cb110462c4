namespace NeuralOde;

/// <summary>
/// Solves c f(t, y) = y − y_predicted + ψ for every sample by simplified Newton iterations in lock-step. Keeps Jacobians from step to
/// step until an iteration does not converge with them or they are too old (<see cref="JacobianAge"/>), and LU factors until c changes.
/// </summary>
internal sealed class BdfNewton
{
    private const int MaximumIterations = 4;

    // What the iterations may leave of the equations' error, in tolerances.
    private const double Tolerance = 0.03;

    // How far the rate of the last iterations is trusted before a second iteration confirms it.
    private const double UnconfirmedTolerance = 0.1 * Tolerance;

    // The largest defect, in tolerances, with which a single change is believed: a matrix far too stiff makes any change tiny.
    private const double SmallDefect = 1.0;

    // Factors for a step so nearly as long do as well.
    private const double SameLength = 0.011;

    private const double Unknown = -1.0;

    private readonly SolveContext _context;
    private readonly BatchLayout _layout;
    private readonly bool _isJoint;
    private readonly JacobianEvaluator _jacobianEvaluator;
    private readonly LuFactorizations _factorizations;
    private readonly double[] _jacobians;
    private readonly double[] _predictedSlopes;
    private readonly double[] _slopes;
    private readonly double[] _changes;
    private readonly double[] _norms;
    private readonly double[] _defects;
    private readonly double[] _defectNorms;
    private readonly double[] _ends;
    private readonly double[] _solution;
    private readonly double[] _rates;
    private readonly double[] _lastNorms;
    private readonly double[] _factoredLengths;
    private readonly int[] _iterations;
    private readonly int[] _components;
    private readonly JacobianAge _age;
    private readonly bool[] _mask;
    private readonly bool[] _succeeded;
    private readonly Progress[] _progress;

    public BdfNewton(SolveContext context)
    {
        _context = context;
        _layout = context.Layout;
        int samples = _layout.Samples;
        _isJoint = context.Options.ErrorControl == ErrorControl.Joint;
        _jacobianEvaluator = context.Evaluator.CreateJacobianEvaluator(StepMatrices.SmallestScale(context));
        _factorizations = new LuFactorizations(_layout, context.Dimension);
        _jacobians = new double[_jacobianEvaluator.Length];
        _predictedSlopes = new double[context.StateLength];
        _slopes = new double[context.StateLength];
        _changes = new double[context.StateLength];
        _norms = new double[_layout.RowLength];
        _defects = new double[context.StateLength];
        _defectNorms = new double[_layout.RowLength];
        _ends = new double[_layout.RowLength];
        _solution = new double[context.Dimension];
        _rates = new double[samples];
        _lastNorms = new double[samples];
        _factoredLengths = new double[samples];
        _iterations = new int[samples];
        _components = new int[samples];
        _age = new JacobianAge(samples);
        _mask = new bool[samples];
        _succeeded = new bool[samples];
        _progress = new Progress[samples];
    }

    private enum Progress
    {
        /// <summary>The sample does not move.</summary>
        None,

        /// <summary>Its iteration goes on.</summary>
        Iterating,

        /// <summary>Its iteration has converged.</summary>
        Solved,

        /// <summary>Its iteration does not converge.</summary>
        Unsolved,

        /// <summary>It met a number that is not finite.</summary>
        NotFinite,
    }

    public int Iterations(int sample) => _iterations[sample];

    public bool IsSolved(int sample) => _progress[sample] == Progress.Solved;

    public bool MetNonFinite(int sample) => _progress[sample] == Progress.NotFinite;

    /// <summary>The component that was not finite, or −1.</summary>
    public int NonFiniteComponent(int sample) => _components[sample];

    /// <summary>The vector field is another from here on.</summary>
    public void Restart(int sample) => _age.Forget(sample);

    /// <summary>The sample has moved, and its Jacobian is no longer that of the step.</summary>
    public void StepTaken(int sample, double step) => _age.StepTaken(sample, step);

    /// <summary>Tries to solve the equations of all samples that move.</summary>
    /// <param name="round">The round; receives the solution as end states.</param>
    /// <param name="moving">Samples that move.</param>
    /// <param name="lengths">c = h / α, one per sample.</param>
    /// <param name="predicted">y_predicted.</param>
    /// <param name="psi">ψ.</param>
    /// <param name="corrections">Receives y − y_predicted.</param>
    public void Solve(StepRound round, ReadOnlySpan<bool> moving, ReadOnlySpan<double> lengths, ReadOnlySpan<double> predicted, ReadOnlySpan<double> psi, Span<double> corrections)
    {
        Begin(round, moving, predicted);
        bool goesOn = true;
        for (int pass = 0; pass < 2 && goesOn; pass++)
        {
            EvaluateJacobians(round, predicted, isSecondPass: pass > 0);
            Factor(lengths, predicted, corrections, round.EndStates);
            Agree();
            for (int iteration = 0; iteration < MaximumIterations && Mask(Progress.Iterating); iteration++)
                Iterate(round, iteration, lengths, psi, corrections);
            goesOn = pass == 0 && RetryStale();
        }

        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (_progress[sample] == Progress.Unsolved)
                _context.Lanes.StageFailed[sample] = true;
        }
    }

    private void Begin(StepRound round, ReadOnlySpan<bool> moving, ReadOnlySpan<double> predicted)
    {
        round.LastTimes.CopyTo(round.Times(1));
        _context.Evaluate(moving, round.Times(1), predicted, _predictedSlopes);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            _components[sample] = -1;
            _progress[sample] = Progress.None;
            if (!moving[sample])
                continue;
            int component = _layout.FindNonFinite(predicted, _context.Dimension, sample);
            if (component < 0)
                component = _layout.FindNonFinite(_predictedSlopes, _context.Dimension, sample);
            _components[sample] = component;
            _progress[sample] = component < 0 ? Progress.Iterating : Progress.NotFinite;
        }

        Agree();
    }

    private void EvaluateJacobians(StepRound round, ReadOnlySpan<double> predicted, bool isSecondPass)
    {
        bool any = false;
        for (int sample = 0; sample < _mask.Length; sample++)
        {
            _mask[sample] = _progress[sample] == Progress.Iterating && (_age.IsDue(sample, round.Steps[sample]) || (isSecondPass && !_age.IsFresh(sample)));
            any |= _mask[sample];
        }

        if (!any)
            return;
        Span<double> times = round.Times(1);
        for (int lane = 0; lane < _ends.Length; lane++)
            _ends[lane] = times[lane] + round.Steps[lane];
        _jacobianEvaluator.Evaluate(times, _ends, predicted, _predictedSlopes, _mask, _jacobians, _succeeded);
        _context.ForgetWhoCounts();
        _context.Evaluations += _jacobianEvaluator.Evaluations;
        _context.VectorJacobianProducts += _jacobianEvaluator.Products;
        for (int sample = 0; sample < _mask.Length; sample++)
        {
            if (!_mask[sample])
                continue;
            _context.Lanes.Evaluations[sample] += _jacobianEvaluator.SampleEvaluations[sample];
            _context.Lanes.Jacobians[sample]++;
            _age.Renew(sample, _succeeded[sample]);
            _factoredLengths[sample] = 0.0;
            if (!_succeeded[sample])
                _progress[sample] = Progress.Unsolved;
        }
    }

    private void Factor(ReadOnlySpan<double> lengths, ReadOnlySpan<double> predicted, Span<double> corrections, Span<double> states)
    {
        int block = _jacobianEvaluator.BlockLength;
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (_progress[sample] != Progress.Iterating)
                continue;
            for (int i = 0; i < _context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                corrections[at] = 0.0;
                states[at] = predicted[at];
            }

            double length = lengths[sample];
            if (Math.Abs(length - _factoredLengths[sample]) <= SameLength * Math.Abs(length))
                continue;
            _factoredLengths[sample] = length;
            _rates[sample] = Unknown;
            _context.Lanes.Factorizations[sample]++;
            if (_factorizations.Factor(sample, 1.0 / length, _jacobians.AsSpan(sample * block, block)))
                continue;
            _factoredLengths[sample] = 0.0;
            _progress[sample] = Progress.Unsolved;
        }
    }

    /// <summary>Solves (1/c − J) Δ = f − (ψ + d)/c and adds Δ to the states.</summary>
    private void Iterate(StepRound round, int iteration, ReadOnlySpan<double> lengths, ReadOnlySpan<double> psi, Span<double> corrections)
    {
        Span<double> states = round.EndStates;
        if (iteration > 0)
            _context.Evaluate(_mask, round.Times(1), states, _slopes);
        ReadOnlySpan<double> slopes = iteration > 0 ? _slopes : _predictedSlopes;
        for (int sample = 0; sample < _mask.Length; sample++)
        {
            if (!_mask[sample])
                continue;
            for (int i = 0; i < _solution.Length; i++)
            {
                int at = _layout.Index(i, sample);
                _solution[i] = slopes[at] - (psi[at] + corrections[at]) / lengths[sample];
                _defects[at] = lengths[sample] * _solution[i];
            }

            _factorizations.Solve(sample, _solution);
            _layout.Scatter(_solution, sample, _changes);
            for (int i = 0; i < _solution.Length; i++)
            {
                int at = _layout.Index(i, sample);
                corrections[at] += _changes[at];
                states[at] += _changes[at];
            }
        }

        _context.Errors.Norm(_changes, default, round.StartStates, states, _norms);
        if (iteration == 0)
            _context.Errors.Norm(_defects, default, round.StartStates, states, _defectNorms);
        for (int sample = 0; sample < _mask.Length; sample++)
        {
            if (!_mask[sample])
                continue;
            _iterations[sample] = iteration + 1;
            _progress[sample] = Judge(sample, iteration, _norms[sample], round.StartStates, states);
            if (_progress[sample] == Progress.NotFinite)
                _components[sample] = _layout.FindNonFinite(slopes, _context.Dimension, sample);
        }

        Agree();
    }

    /// <summary>With a rate of convergence r, a change of the size n leaves an error of n r / (1 − r) (Hairer and Wanner, Solving ODEs II, section IV.8).</summary>
    private Progress Judge(int sample, int iteration, double norm, ReadOnlySpan<double> startStates, ReadOnlySpan<double> states)
    {
        if (!double.IsFinite(norm))
            return _age.IsFresh(sample) && iteration > 0 ? Progress.NotFinite : Progress.Unsolved;
        double last = _lastNorms[sample];
        _lastNorms[sample] = norm;
        if (norm == 0.0)
            return Progress.Solved;
        double rate = _rates[sample];
        if (iteration == 0)
            return _defectNorms[sample] <= SmallDefect && rate != Unknown && norm * rate / (1.0 - rate) < UnconfirmedTolerance ? Progress.Solved : Progress.Iterating;
        double measured = norm / last;
        if (measured < 1.0)
        {
            rate = _rates[sample] = Math.Max(measured, 0.9 * rate);
            double left = norm * rate / (1.0 - rate);
            if (left < Tolerance)
                return Progress.Solved;
            if (iteration < MaximumIterations - 1 && left * Math.Pow(rate, MaximumIterations - 1 - iteration) <= Tolerance)
                return Progress.Iterating;
        }

        // Of a step that hardly moves the state two changes are alike, because both are rounding; with a matrix far too stiff they are as small.
        bool isRounding = (_age.IsFresh(sample) || _defectNorms[sample] <= SmallDefect)
            && NewtonConvergence.IsRounding(_layout, _context.Dimension, sample, _changes, startStates, states);
        return isRounding ? Progress.Solved : Progress.Unsolved;
    }

    /// <summary>Lets samples begin again that did not converge with an old Jacobian. Returns whether there are any.</summary>
    private bool RetryStale()
    {
        bool any = false;
        for (int sample = 0; sample < _progress.Length; sample++)
            any |= _mask[sample] = _progress[sample] == Progress.Unsolved && !_age.IsFresh(sample);
        for (int sample = 0; sample < _progress.Length && any; sample++)
        {
            if (_mask[sample] || (_isJoint && _progress[sample] == Progress.Unsolved))
                _progress[sample] = Progress.Iterating;
        }

        return any;
    }

    private bool Mask(Progress progress)
    {
        bool any = false;
        for (int sample = 0; sample < _mask.Length; sample++)
            any |= _mask[sample] = _progress[sample] == progress;
        return any;
    }

    /// <summary>Where one step serves all, what fails for one sample fails for all.</summary>
    private void Agree()
    {
        if (!_isJoint)
            return;
        var worst = Progress.None;
        foreach (Progress progress in _progress)
            worst = progress > worst ? progress : worst;
        if (worst < Progress.Unsolved)
            return;
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (_progress[sample] != Progress.None)
                _progress[sample] = worst;
        }
    }
}
