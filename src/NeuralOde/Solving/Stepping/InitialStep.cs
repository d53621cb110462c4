namespace NeuralOde;

/// <summary>
/// The first step size of every sample from the size of the first two derivatives, at the cost of one evaluation
/// (Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.4).
/// </summary>
internal sealed class InitialStep(VectorFieldEvaluator evaluator, OdeSolverOptions options)
{
    private static readonly int[] FirstStage = [0];
    private static readonly double[] One = [1.0];

    private readonly double[] _stateNorms = new double[evaluator.Layout.RowLength];
    private readonly double[] _slopeNorms = new double[evaluator.Layout.RowLength];
    private readonly double[] _curvatureNorms = new double[evaluator.Layout.RowLength];
    private readonly double[] _probeSteps = new double[evaluator.Layout.RowLength];
    private readonly double[] _probeTimes = new double[evaluator.Layout.RowLength];
    private readonly double[] _probeStates = new double[evaluator.Layout.Length(evaluator.Dimension)];
    private readonly double[] _probeDerivatives = new double[evaluator.Layout.Length(evaluator.Dimension)];

    /// <summary>Proposes a signed first step for every active sample.</summary>
    /// <param name="times">Initial times.</param>
    /// <param name="states">Initial states.</param>
    /// <param name="derivatives">Derivatives there.</param>
    /// <param name="lanes">Receives the steps.</param>
    public void Propose(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives, SampleLanes lanes)
    {
        BatchLayout layout = evaluator.Layout;
        int dimension = evaluator.Dimension;
        double relative = options.RelativeTolerance, absolute = options.AbsoluteTolerance;
        StageKernels.ScaledNorm(layout, dimension, states, default, states, relative, absolute, _stateNorms);
        StageKernels.ScaledNorm(layout, dimension, derivatives, default, states, relative, absolute, _slopeNorms);

        _probeSteps.AsSpan().Clear();
        for (int sample = 0; sample < lanes.Active.Length; sample++)
        {
            if (!lanes.Active[sample])
                continue;
            double d0 = _stateNorms[sample], d1 = _slopeNorms[sample];
            double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1);
            double interval = lanes.Stop[sample] - times[sample];
            // A slope of overflowing norm leaves h0 zero, and at large times h0 may be lost in their rounding.
            h0 = Math.Max(h0, SmallestLength(times[sample]));
            _probeSteps[sample] = Math.CopySign(Math.Min(h0, Math.Min(Math.Abs(interval), options.MaxStep)), interval);
        }

        StageKernels.Combine(layout, dimension, states, _probeSteps, derivatives, FirstStage, One, _probeStates);
        times.CopyTo(_probeTimes);
        for (int sample = 0; sample < lanes.Active.Length; sample++)
        {
            // The interval is rounded, so that a step as long may end behind it.
            if (lanes.Active[sample])
                _probeTimes[sample] = Math.Clamp(times[sample] + _probeSteps[sample], Math.Min(times[sample], lanes.Stop[sample]), Math.Max(times[sample], lanes.Stop[sample]));
        }

        evaluator.Evaluate(_probeTimes, _probeStates, _probeDerivatives, record: default);
        StageKernels.ScaledNorm(layout, dimension, _probeDerivatives, derivatives, states, relative, absolute, _curvatureNorms);

        for (int sample = 0; sample < lanes.Active.Length; sample++)
        {
            // A sample that came with a proposal keeps it, whoever its batch-mates are.
            if (!lanes.Active[sample] || lanes.Proposed[sample] != 0.0)
                continue;
            double h0 = Math.Abs(_probeSteps[sample]);
            double interval = lanes.Stop[sample] - times[sample];
            double largest = Math.Max(_slopeNorms[sample], _curvatureNorms[sample] / h0);
            double h1 = largest <= 1e-15 ? Math.Max(1e-6, 1e-3 * h0) : Math.Pow(0.01 / largest, 1.0 / options.Method.Tableau.ErrorOrder);
            double length = double.IsFinite(largest) ? Math.Min(100.0 * h0, h1) : 1e-3 * h0;
            length = Math.Max(length, SmallestLength(times[sample]));
            lanes.Proposed[sample] = Math.CopySign(Math.Min(length, Math.Min(Math.Abs(interval), options.MaxStep)), interval);
        }
    }

    /// <summary>A step that the controller may still shorten at once without giving up.</summary>
    private static double SmallestLength(double time) =>
        Math.Max(10.0 * StepControl.SmallestStep(time, time), double.Epsilon / 2.220446049250313e-16);
}
