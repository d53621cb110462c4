namespace NeuralOde;

/// <summary>
/// Linear invariants of a vector field (sums aᵀy that the solution keeps, as chemical reactions keep atoms), found in the samples'
/// Jacobians, and put into the linear systems of implicit steps in a form that rounding leaves intact.
/// </summary>
/// <remarks>
/// For an invariant aᵀJ = 0, so aᵀ(d I − J) = d aᵀ: the matrix is singular but for d = 1/(γh). Where h‖J‖ reaches 1e16 the
/// rounding of J's entries and of elimination hides d, and every solve changes aᵀy by as much as the solution changes. So one equation
/// is aᵀx = aᵀb / d, which gives the component of x that is largest in the sum; the others are solved without it
/// (<see cref="SampleInvariants"/>). That is the same system as long as aᵀJ is zero but for rounding, which every new Jacobian must show.
/// On the theory see L. F. Shampine, Conservation laws and the numerical solution of ODEs, Comput. Math. Appl. 12B (1986) 1287–1296,
/// doi:10.1016/0898-1221(86)90253-1. Nothing is looked for where rounding is far below the absolute tolerances.
/// </remarks>
internal sealed class LinearInvariants(int samples, int dimension)
{
    // Rounding in a column of aᵀJ, in terms of its summands, and of differences in terms of its own size.
    private const double ColumnRounding = 64.0 * DoublePrecision.Epsilon;
    private const double DifferenceRounding = 64.0;

    // How much of an absolute tolerance the rounding of one step may be before invariants are looked for.
    private const double HarmlessPart = 0.01;

    // Judgements for which rounding that was found once is believed in: sometimes it happens to be the same three times.
    private const int TrustedJudgements = 16;

    // Where f is larger than this times f at the point, its rounding is not the same.
    private const double ComparableSize = 4.0;

    // Looking for invariants takes some factorizations' time, and is not vectorized.
    private const int LargestDimension = 512;

    private readonly SampleInvariants?[] _samples = new SampleInvariants?[samples];
    private readonly double[] _roundings = new double[dimension];
    private NullSpace? _nullSpace;

    /// <summary>What is taken out of a sample's systems; null where that is nothing.</summary>
    public SampleInvariants? InUse(int sample) => _samples[sample] is { Count: > 0 } own ? own : null;

    /// <summary>Whether the sample has met sums aᵀf of which <see cref="JudgeRounding"/> should tell whether they are rounding: it wants a new Jacobian.</summary>
    public bool WantsJudgement(int sample) => _samples[sample] is { IsInDoubt: true } own && own.MayAsk();

    /// <summary>Begins a solve: forgets everything.</summary>
    public void Reset()
    {
        foreach (SampleInvariants? sample in _samples)
            sample?.Reset();
    }

    /// <summary>Checks in a sample's new Jacobian the invariants that are known.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="point">Where the Jacobian was evaluated.</param>
    /// <param name="absolute">The components' absolute tolerances.</param>
    /// <param name="step">The signed length of the step to be made.</param>
    /// <returns>Whether a <see cref="Search"/> is due.</returns>
    public bool Check(int sample, in Linearization point, ReadOnlySpan<double> absolute, double step)
    {
        double harmless = HarmlessPart * Smallest(absolute[..dimension]);
        if (dimension > LargestDimension || DoublePrecision.Epsilon * Largest(point.Jacobian) * Largest(point.State) * Math.Abs(step) <= harmless)
        {
            _samples[sample]?.Deactivate();
            return false;
        }

        SampleInvariants own = _samples[sample] ??= new SampleInvariants(dimension);
        MeasureRoundings(point);
        own.Harmless = harmless;
        own.IsInUse = own.Known > 0;
        for (int k = 0; k < own.Known; k++)
            own.IsInUse &= IsInvariant(own.Vector(k), point);
        return !own.IsInUse && own.MaySearch();
    }

    /// <summary>Looks for invariants.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="point">∂f/∂y to full precision, or differences over so long increments that aᵀ times them is zero to full precision.</param>
    /// <param name="isThere">Whether they could be computed.</param>
    public void Search(int sample, in Linearization point, bool isThere)
    {
        SampleInvariants own = _samples[sample]!;
        own.Known = 0;
        if (isThere)
            FindVectors(own, point);
        own.IsInUse = own.Known > 0;
        own.Searched(own.IsInUse);
    }

    /// <summary>Prepares what takes the invariants in use out of the systems of a sample, if there are any.</summary>
    /// <returns>Whether aᵀf is so large that <see cref="JudgeRounding"/> should tell whether it is rounding.</returns>
    public bool Prepare(int sample, in Linearization point, ReadOnlySpan<double> absolute, double step)
    {
        if (_samples[sample] is not { IsInUse: true } own)
        {
            _samples[sample]?.Deactivate();
            return false;
        }

        own.Activate(point.State, absolute);
        own.IsInDoubt = false;
        bool isDoubtful = false;
        for (int k = 0; k < own.Count; k++)
        {
            own.MeasureTerms(k, point);
            double change = SampleInvariants.Sum(own.Row(k), point.Derivative, out double size);
            own.IsDoubtful[k] = Math.Abs(change) > SampleInvariants.DerivativeRounding * size && Math.Abs(change * step) > own.Harmless;
            isDoubtful |= own.IsDoubtful[k];
        }

        return isDoubtful;
    }

    /// <summary>
    /// Judges whether aᵀf is rounding where it is not zero: two states nearby tell. What flows into a sum or out of it, however slowly, is
    /// nearly the same there; rounding is another. Where f is much larger nearby, so is its rounding, and that tells nothing.
    /// </summary>
    public void JudgeRounding(int sample, ReadOnlySpan<double> derivative, ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        SampleInvariants own = _samples[sample]!;
        bool isRounding = false;
        for (int k = 0; k < own.Count; k++)
        {
            if (!own.IsDoubtful[k])
                continue;
            double change = SampleInvariants.Sum(own.Row(k), derivative, out double size);
            double firstChange = SampleInvariants.Sum(own.Row(k), first, out double firstSize), secondChange = SampleInvariants.Sum(own.Row(k), second, out double secondSize);
            if (Math.Max(firstSize, secondSize) > ComparableSize * size)
                continue;
            if (Math.Max(Math.Abs(firstChange - change), Math.Abs(secondChange - change)) < 0.5 * Math.Abs(change))
            {
                own.Trust[k] = Math.Max(own.Trust[k] - 1, 0);
                continue;
            }

            double largest = Math.Max(Math.Abs(change), Math.Max(Math.Abs(firstChange), Math.Abs(secondChange))) / own.Summands[k];
            own.Roundings[k] = own.Trust[k] > 0 ? Math.Max(largest, 0.5 * own.Roundings[k]) : largest;
            own.Trust[k] = TrustedJudgements;
            isRounding = true;
        }

        own.Judged(isRounding);
    }

    private void FindVectors(SampleInvariants own, in Linearization point)
    {
        _nullSpace ??= new NullSpace(dimension);
        MeasureRoundings(point);
        _nullSpace.Eliminate(point.Jacobian, _roundings);
        for (int nullity = _nullSpace.LeastNullity; nullity <= _nullSpace.MostNullity; nullity++)
        {
            if (TakeInvariants(_nullSpace, nullity, point, receiver: null) <= own.Known)
                continue;
            own.Known = 0;
            TakeInvariants(_nullSpace, nullity, point, own);
        }
    }

    /// <summary>Adds the vectors of the null space that are invariants to those of a sample, or only counts them.</summary>
    private int TakeInvariants(NullSpace nullSpace, int nullity, in Linearization point, SampleInvariants? receiver)
    {
        int count = 0;
        for (int k = 0; k < nullity; k++)
        {
            if (!nullSpace.TryGetVector(nullity, k) || !IsInvariant(nullSpace.Vector, point))
                continue;
            count++;
            receiver?.Add(nullSpace.Vector);
        }

        return count;
    }

    private static double Smallest(ReadOnlySpan<double> values)
    {
        double smallest = double.PositiveInfinity;
        foreach (double value in values)
            smallest = Math.Min(smallest, value);
        return smallest;
    }

    private static double Largest(ReadOnlySpan<double> values)
    {
        double largest = 0.0;
        foreach (double value in values)
            largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    /// <summary>
    /// Whether aᵀJ is zero but for rounding. Where J is made of differences, that says little; then aᵀf must be zero but for the rounding of
    /// what f is made of, which is about |J| |y|.
    /// </summary>
    private bool IsInvariant(ReadOnlySpan<double> vector, in Linearization point)
    {
        double change = SampleInvariants.Sum(vector, point.Derivative, out double size), weights = 0.0;
        foreach (double component in vector)
            weights += Math.Abs(component);
        for (int j = 0; j < vector.Length; j++)
        {
            double sum = 0.0, terms = 0.0;
            for (int i = 0; i < vector.Length; i++)
            {
                double term = vector[i] * point.Jacobian[i * dimension + j];
                sum += term;
                terms += Math.Abs(term);
            }

            if (Math.Abs(sum) > ColumnRounding * terms + (point.Increment > 0.0 ? DifferenceRounding * weights * _roundings[j] : 0.0))
                return false;
            size += terms * Math.Abs(point.State[j]);
        }

        return point.Increment == 0.0 || Math.Abs(change) <= SampleInvariants.FieldRounding * size;
    }

    /// <summary>The size of rounding in every column of J: that of its largest entry and, of differences, that of f divided by the increment of y.</summary>
    private void MeasureRoundings(in Linearization point)
    {
        double field = 0.0;
        _roundings.AsSpan().Clear();
        for (int i = 0; i < dimension; i++)
        {
            double terms = Math.Abs(point.Derivative[i]);
            for (int j = 0; j < dimension; j++)
            {
                double entry = Math.Abs(point.Jacobian[i * dimension + j]);
                terms += entry * Math.Abs(point.State[j]);
                _roundings[j] = Math.Max(_roundings[j], DoublePrecision.Epsilon * entry);
            }

            field = Math.Max(field, terms);
        }

        for (int j = 0; j < dimension && point.Increment > 0.0; j++)
            _roundings[j] += DoublePrecision.Epsilon * field / (point.Increment * Math.Max(Math.Abs(point.State[j]), point.SmallestScale));
    }
}
