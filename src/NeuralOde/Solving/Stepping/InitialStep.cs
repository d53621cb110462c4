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
    private readonly bool _hasAbsolute = context.Errors.HasAbsolute;

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
        derivatives[.._probeDerivatives.Length].CopyTo(_probeDerivatives);
        bool ignores = !_hasAbsolute && IgnoresMissingScales(errorOrder);
        if (ignores)
            ReplaceWithoutScale(states, default);
        context.Errors.Norm(_probeDerivatives, default, states, states, _slopeNorms);
        double summed = context.Options.ResolvedController.SumsInFirstStep ? context.Errors.RootOfTerms : 1.0;

        _probeSteps.AsSpan().Clear();
        times.CopyTo(_probeTimes);
        for (int sample = 0; sample < _wanted.Length; sample++)
        {
            if (!_wanted[sample])
                continue;
            double interval = lanes.Stop[sample] - times[sample];
            _probeSteps[sample] = Probe(summed * _stateNorms[sample], summed * _slopeNorms[sample], times[sample], interval, maxStep);
            lanes.IsCutEstimate[sample] = IsCut(_probeSteps[sample], interval);
            // The interval is rounded, so that a step as long may end behind it.
            double last = lanes.StopsAtJump[sample] ? StepControl.JustBefore(lanes.Stop[sample], interval) : lanes.Stop[sample];
            _probeTimes[sample] = Math.Clamp(times[sample] + _probeSteps[sample], Math.Min(times[sample], last), Math.Max(times[sample], last));
        }

        StageKernels.Widest.Combine(context.Layout, context.Dimension, states, _probeSteps, derivatives, FirstStage, One, _probeStates);
        context.Evaluate(_wanted, _probeTimes, _probeStates, _probeDerivatives);
        if (ignores)
            ReplaceWithoutScale(states, derivatives);
        context.Errors.Norm(_probeDerivatives, derivatives, states, states, _curvatureNorms);

        for (int sample = 0; sample < _wanted.Length; sample++)
        {
            if (!_wanted[sample])
                continue;
            lanes.Proposed[sample] = Length(_probeSteps[sample], summed * _slopeNorms[sample], summed * _curvatureNorms[sample],
                times[sample], lanes.Stop[sample] - times[sample], maxStep, errorOrder);
        }
    }

    /// <summary>
    /// Whether components that are 0 and have no absolute tolerance, for which any first step is too long, are left out of its choice. Methods of low order
    /// can only begin with a step so short that such components stay 0: a component like t³ never has digits after a step of third order.
    /// </summary>
    /// <param name="errorOrder">The power of the step size that the method's error is proportional to.</param>
    public static bool IgnoresMissingScales(int errorOrder) => errorOrder >= 5;

    /// <summary>Lets components without a scale count as other values in the norm of the probe's derivatives, or as 0 where <paramref name="values"/> are empty.</summary>
    private void ReplaceWithoutScale(ReadOnlySpan<double> states, ReadOnlySpan<double> values)
    {
        for (int i = 0; i < context.Dimension; i++)
        {
            if (context.Errors.Absolute[i] != 0.0)
                continue;
            for (int sample = 0; sample < _wanted.Length; sample++)
            {
                int at = context.Layout.Index(i, sample);
                if (states[at] == 0.0)
                    _probeDerivatives[at] = values.IsEmpty ? 0.0 : values[at];
            }
        }
    }

    /// <summary>The signed step after which the second derivative is looked for.</summary>
    /// <param name="stateNorm">The state in tolerances.</param>
    /// <param name="slopeNorm">The derivative in tolerances.</param>
    /// <param name="time">The initial time.</param>
    /// <param name="interval">The way to the next stop, signed.</param>
    /// <param name="maxStep">The longest step allowed.</param>
    public static double Probe(double stateNorm, double slopeNorm, double time, double interval, double maxStep)
    {
        double length = stateNorm < 1e-5 || slopeNorm < 1e-5 ? 1e-6 : 0.01 * (stateNorm / slopeNorm);
        // Of two overflowing norms nothing can be told.
        if (double.IsNaN(length))
            length = 1e-6;
        // A slope of overflowing norm leaves a length of zero, and at large times it may be lost in their rounding.
        length = Math.Max(length, SmallestLength(time));
        return Math.CopySign(Math.Min(length, Math.Min(Math.Abs(interval), maxStep)), interval);
    }

    /// <summary>Whether the way to the stop was too short for the step after which the second derivative should have been looked for.</summary>
    public static bool IsCut(double probe, double interval) => Math.Abs(probe) >= Math.Abs(interval);

    /// <summary>The signed first step, which may reach beyond the stop: how near that is says nothing about the steps after it.</summary>
    /// <param name="probe">See <see cref="Probe"/>.</param>
    /// <param name="slopeNorm">The derivative in tolerances.</param>
    /// <param name="changeNorm">How much it changed over the probe, in tolerances.</param>
    /// <param name="time">The initial time.</param>
    /// <param name="direction">The sign of the step.</param>
    /// <param name="maxStep">The longest step allowed.</param>
    /// <param name="errorOrder">The power of the step size that the method's error is proportional to.</param>
    public static double Length(double probe, double slopeNorm, double changeNorm, double time, double direction, double maxStep, int errorOrder)
    {
        double h0 = Math.Abs(probe);
        double largest = Math.Max(slopeNorm, changeNorm / h0);
        double h1 = largest <= 1e-15 ? Math.Max(1e-6, 1e-3 * h0) : Math.Pow(0.01 / largest, 1.0 / errorOrder);
        double length = double.IsFinite(largest) ? Math.Min(100.0 * h0, h1) : 1e-3 * h0;
        length = Math.Max(length, SmallestLength(time));
        return Math.CopySign(Math.Min(length, maxStep), direction);
    }

    /// <summary>A step that the controller may still shorten at once without giving up.</summary>
    private static double SmallestLength(double time) =>
        Math.Max(10.0 * StepControl.SmallestStep(time, time), double.Epsilon / 2.220446049250313e-16);
}
