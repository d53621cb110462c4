namespace NeuralOde;

/// <summary>
/// The first step size of every sample from the size of the first two derivatives, at the cost of one evaluation
/// (Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.4).
/// </summary>
internal sealed class InitialStep(SolveContext context)
{
    private static readonly int[] FirstStage = [0];
    private static readonly double[] One = [1.0];

    private readonly double[] _stateNorms = new double[context.Layout.RowLength];
    private readonly double[] _slopeNorms = new double[context.Layout.RowLength];
    private readonly double[] _curvatureNorms = new double[context.Layout.RowLength];
    private readonly double[] _probeSteps = new double[context.Layout.RowLength];
    private readonly double[] _probeTimes = new double[context.Layout.RowLength];
    private readonly double[] _probeStates = new double[context.StateLength];
    private readonly double[] _probeDerivatives = new double[context.StateLength];
    private readonly bool[] _wanted = new bool[context.Layout.Samples];

    /// <summary>Proposes a signed first step for every active sample without a proposal.</summary>
    /// <param name="round">The round that is about to start.</param>
    /// <param name="derivatives">Derivatives at its start.</param>
    /// <param name="errorOrder">The power of the step size that the method's error is proportional to.</param>
    public void Propose(StepRound round, ReadOnlySpan<double> derivatives, int errorOrder)
    {
        SampleLanes lanes = context.Lanes;
        bool isWanted = false;
        for (int sample = 0; sample < _wanted.Length; sample++)
        {
            // A sample that came with a proposal keeps it, whoever its batch-mates are.
            _wanted[sample] = lanes.Active[sample] && lanes.Proposed[sample] == 0.0;
            isWanted |= _wanted[sample];
        }

        if (!isWanted)
            return;
        double maxStep = context.Options.MaxStep;
        ReadOnlySpan<double> times = round.StartTimes, states = round.StartStates;
        context.Errors.Norm(states, default, states, states, _stateNorms);
        context.Errors.Norm(derivatives, default, states, states, _slopeNorms);
        double summed = context.Options.ResolvedController.SumsInFirstStep ? context.Errors.RootOfTerms : 1.0;

        _probeSteps.AsSpan().Clear();
        times.CopyTo(_probeTimes);
        for (int sample = 0; sample < _wanted.Length; sample++)
        {
            if (!_wanted[sample])
                continue;
            double d0 = summed * _stateNorms[sample], d1 = summed * _slopeNorms[sample];
            double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1);
            double interval = lanes.Stop[sample] - times[sample];
            // A slope of overflowing norm leaves h0 zero, and at large times h0 may be lost in their rounding.
            h0 = Math.Max(h0, SmallestLength(times[sample]));
            _probeSteps[sample] = Math.CopySign(Math.Min(h0, Math.Min(Math.Abs(interval), maxStep)), interval);
            // The interval is rounded, so that a step as long may end behind it.
            double last = lanes.StopsAtJump[sample] ? StepControl.JustBefore(lanes.Stop[sample], interval) : lanes.Stop[sample];
            _probeTimes[sample] = Math.Clamp(times[sample] + _probeSteps[sample], Math.Min(times[sample], last), Math.Max(times[sample], last));
        }

        StageKernels.Combine(context.Layout, context.Dimension, states, _probeSteps, derivatives, FirstStage, One, _probeStates);
        context.Evaluate(_wanted, _probeTimes, _probeStates, _probeDerivatives);
        context.Errors.Norm(_probeDerivatives, derivatives, states, states, _curvatureNorms);

        for (int sample = 0; sample < _wanted.Length; sample++)
        {
            if (!_wanted[sample])
                continue;
            double h0 = Math.Abs(_probeSteps[sample]);
            double interval = lanes.Stop[sample] - times[sample];
            double largest = summed * Math.Max(_slopeNorms[sample], _curvatureNorms[sample] / h0);
            double h1 = largest <= 1e-15 ? Math.Max(1e-6, 1e-3 * h0) : Math.Pow(0.01 / largest, 1.0 / errorOrder);
            double length = double.IsFinite(largest) ? Math.Min(100.0 * h0, h1) : 1e-3 * h0;
            length = Math.Max(length, SmallestLength(times[sample]));
            lanes.Proposed[sample] = Math.CopySign(Math.Min(length, Math.Min(Math.Abs(interval), maxStep)), interval);
        }
    }

    /// <summary>A step that the controller may still shorten at once without giving up.</summary>
    private static double SmallestLength(double time) =>
        Math.Max(10.0 * StepControl.SmallestStep(time, time), double.Epsilon / 2.220446049250313e-16);
}
