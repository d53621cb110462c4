namespace NeuralOde;

/// <summary>
/// Jacobians ∂f/∂y and derivatives ∂f/∂t of a vector field for chosen samples of a batch, with the memory for it. Owned by one
/// run; not thread-safe.
/// </summary>
/// <remarks>
/// What a sample gets has the same bits alone and in any batch. Both calls tell the field's evaluator that only the needed
/// samples are active, and leave it so: the caller tells it again who is.
/// </remarks>
internal abstract class JacobianEvaluator
{
    private static readonly double RootOfPrecision = Math.Sqrt(Math.BitIncrement(1.0) - 1.0);

    private readonly VectorFieldEvaluator _field;
    private readonly int[] _sampleEvaluations;
    private readonly double[] _probeTimes;

    protected JacobianEvaluator(VectorFieldEvaluator field)
    {
        _field = field;
        Layout = field.Layout;
        Dimension = field.Dimension;
        BlockLength = ArrayLength.Of((Dimension, "components"), (Dimension, "components"));
        Remaining = new bool[Layout.Samples];
        ProbeDerivatives = new double[Layout.Length(Dimension)];
        _sampleEvaluations = new int[Layout.Samples];
        _probeTimes = new double[Layout.RowLength];
    }

    public BatchLayout Layout { get; }

    public int Dimension { get; }

    /// <summary>Numbers in one sample's Jacobian.</summary>
    public int BlockLength { get; }

    /// <summary>Numbers in all samples' Jacobians.</summary>
    public int Length => ArrayLength.Of((Layout.Samples, "samples"), (Dimension, "components"), (Dimension, "components"));

    /// <summary>Evaluations of the whole batch that the last call took.</summary>
    public int Evaluations { get; private set; }

    /// <summary>Products of the whole batch with the Jacobian or its transpose that the last call took.</summary>
    public int Products { get; protected set; }

    /// <summary>Evaluations that the last call would have taken for each sample alone.</summary>
    public ReadOnlySpan<int> SampleEvaluations => _sampleEvaluations;

    /// <summary>The samples that are needed and have not failed yet.</summary>
    protected bool[] Remaining { get; }

    /// <summary>Scratch memory for derivatives at another point than the given one.</summary>
    protected double[] ProbeDerivatives { get; }

    /// <summary>
    /// The size below which differences treat a component of the state as if it had this size: where the absolute tolerance takes
    /// over from the relative one, at most 1.
    /// </summary>
    public static double SmallestScale(double relativeTolerance, double absoluteTolerance) =>
        absoluteTolerance > 0.0 ? Math.Clamp(absoluteTolerance / relativeTolerance, 1e-12, 1.0) : DefaultScale;

    /// <summary>The scale for those who know nothing of tolerances.</summary>
    public const double DefaultScale = 1e-3;

    /// <summary>Computes ∂f/∂y of every needed sample.</summary>
    /// <param name="times">Time of every sample; a row.</param>
    /// <param name="ends">The time each sample is on its way to; only its side of <paramref name="times"/> matters here.</param>
    /// <param name="states">y, component-major.</param>
    /// <param name="derivatives">f there, component-major.</param>
    /// <param name="needed">Which samples' Jacobians are wanted.</param>
    /// <param name="jacobians">
    /// Receives a needed sample's Jacobian at <c>sample * BlockLength</c>, row-major. Others keep what they have; a sample that fails is left undefined.
    /// </param>
    /// <param name="succeeded">Receives whether a sample's Jacobian was needed and is there, every number of it finite.</param>
    public void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<bool> needed, Span<double> jacobians, Span<bool> succeeded)
    {
        if (Begin(needed))
        {
            EvaluateCore(times, ends, states, derivatives, jacobians);
            for (int sample = 0; sample < Remaining.Length; sample++)
            {
                if (Remaining[sample] && !AllFinite(Block(jacobians, sample)))
                    Remaining[sample] = false;
            }
        }

        Remaining.CopyTo(succeeded);
    }

    /// <summary>Computes ∂f/∂t of every needed sample, without evaluating outside the interval from its time to its end.</summary>
    /// <param name="times">Time of every sample; a row.</param>
    /// <param name="ends">The last time of the step that each sample is about to take; where it is the sample's own time, the derivative is taken as zero.</param>
    /// <param name="states">y, component-major.</param>
    /// <param name="derivatives">f there, component-major.</param>
    /// <param name="needed">Which samples' derivatives are wanted.</param>
    /// <param name="timeDerivatives">Receives ∂f/∂t, component-major; zero for samples that are not needed, not finite where it fails.</param>
    /// <param name="succeeded">Receives whether a sample's derivative was needed and is there, every number of it finite.</param>
    public void EvaluateTimeDerivative(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<bool> needed, Span<double> timeDerivatives, Span<bool> succeeded)
    {
        timeDerivatives.Clear();
        if (Begin(needed) && !_field.IsAutonomous)
        {
            EvaluateTimeDerivativeCore(times, ends, states, derivatives, timeDerivatives);
            for (int sample = 0; sample < Remaining.Length; sample++)
                Remaining[sample] &= Layout.FindNonFinite(timeDerivatives, Dimension, sample) < 0;
        }

        Remaining.CopyTo(succeeded);
    }

    /// <summary>Fills the blocks of the <see cref="Remaining"/> samples.</summary>
    protected abstract void EvaluateCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> jacobians);

    /// <summary>
    /// A difference over δ = √(ε |h| max(|t|, |h|)) on the way to the end: where f varies over the length h of the step, that
    /// balances what the difference neglects with the rounding of the time.
    /// </summary>
    protected virtual void EvaluateTimeDerivativeCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> timeDerivatives)
    {
        times[.._probeTimes.Length].CopyTo(_probeTimes);
        for (int sample = 0; sample < Remaining.Length; sample++)
        {
            if (!Remaining[sample])
                continue;
            double time = times[sample], end = ends[sample], length = Math.Abs(end - time);
            double probe = time + Math.CopySign(RootOfPrecision * Math.Sqrt(length) * Math.Sqrt(Math.Max(Math.Abs(time), length)), end - time);
            _probeTimes[sample] = Math.Clamp(probe, Math.Min(time, end), Math.Max(time, end));
        }

        EvaluateField(Remaining, _probeTimes, states, ProbeDerivatives, record: default);
        for (int sample = 0; sample < Remaining.Length; sample++)
        {
            if (!Remaining[sample])
                continue;
            double increment = _probeTimes[sample] - times[sample];
            for (int i = 0; i < Dimension; i++)
            {
                int at = Layout.Index(i, sample);
                // Over neighbouring times, where only one of them is inside, there is nothing to tell.
                timeDerivatives[at] = increment == 0.0 ? 0.0 : (ProbeDerivatives[at] - derivatives[at]) / increment;
            }
        }
    }

    /// <summary>Evaluates the field for the samples of a mask, and counts it.</summary>
    protected void EvaluateField(ReadOnlySpan<bool> active, ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
    {
        _field.SetActive(active);
        Evaluations++;
        for (int sample = 0; sample < active.Length; sample++)
        {
            if (active[sample])
                _sampleEvaluations[sample]++;
        }

        _field.Evaluate(times, states, derivatives, record);
    }

    protected Span<double> Block(Span<double> jacobians, int sample) => jacobians.Slice(sample * BlockLength, BlockLength);

    /// <summary>√ε · max(|value|, smallestScale), about half the digits of the value.</summary>
    protected static double Increment(double value, double smallestScale) => RootOfPrecision * Math.Max(Math.Abs(value), smallestScale);

    private bool Begin(ReadOnlySpan<bool> needed)
    {
        Evaluations = 0;
        Products = 0;
        _sampleEvaluations.AsSpan().Clear();
        needed[..Remaining.Length].CopyTo(Remaining);
        return Remaining.AsSpan().Contains(true);
    }

    private static bool AllFinite(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
                return false;
        }

        return true;
    }
}
