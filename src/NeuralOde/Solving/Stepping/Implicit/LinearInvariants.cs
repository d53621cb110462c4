namespace NeuralOde;

/// <summary>
/// Linear invariants of a vector field (sums aᵀy that the solution keeps, as chemical reactions keep atoms), found in the samples'
/// Jacobians, and put into the linear systems of implicit steps in a form that rounding leaves intact.
/// </summary>
/// <remarks>
/// For an invariant aᵀJ = 0, so aᵀ(d I − J) = d aᵀ: the matrix is singular but for d = 1/(γh). Where h‖J‖ reaches 1e16 the
/// rounding of J's entries and of elimination hides d, and every solve changes aᵀy by a multiple of the invariant's own size. Here
/// one row of each system is replaced by the combination a of all rows, written as d aᵀ instead of being computed, and the
/// right-hand side likewise. That is the same system, so an a that is no invariant does no harm; columns of aᵀJ that are zero but for
/// rounding are set to zero. On invariants see L. F. Shampine, Conservation laws and the numerical solution of ODEs, Comput.
/// Math. Appl. 12B (1986) 1287–1296, doi:10.1016/0898-1221(86)90253-1.
/// Vectors of small integers are looked for alone, because only these are known to all digits. Nothing is looked for where
/// rounding is far below the absolute tolerances.
/// </remarks>
internal sealed class LinearInvariants(int samples, int dimension)
{
    private const double Epsilon = 2.220446049250313e-16;

    // Rounding in a column of aᵀJ, in terms of its summands, and of differences in terms of its own size.
    private const double ColumnRounding = 64.0 * Epsilon;
    private const double DifferenceRounding = 64.0;
    private const double FieldRounding = 64.0 * Epsilon;
    private const double DerivativeRounding = 8.0 * Epsilon;

    // How much of an absolute tolerance the rounding of one step may be before invariants are looked for.
    private const double HarmlessPart = 0.01;

    private const double ZeroRounding = 8.0 * Epsilon;

    // Judgements for which rounding that was found once is believed in: sometimes it happens to be the same three times.
    private const int TrustedJudgements = 16;

    // Rounding is larger elsewhere than where it was measured.
    private const double RoundingSpread = 64.0;
    private const double ComparableSize = 4.0;

    private readonly Sample?[] _samples = new Sample?[samples];
    private readonly double[] _roundings = new double[dimension];
    private NullSpace? _nullSpace;

    /// <summary>The invariants that a sample's systems hold now.</summary>
    public int Count(int sample) => _samples[sample]?.Count ?? 0;

    /// <summary>Whether the sample has met sums aᵀf of which <see cref="JudgeRounding"/> should tell whether they are rounding: it wants a new Jacobian.</summary>
    public bool WantsJudgement(int sample) => _samples[sample] is { IsInDoubt: true } own && own.MayAsk();

    /// <summary>A sample begins anew.</summary>
    public void Forget(int sample) => _samples[sample]?.Forget();

    /// <summary>Checks in a sample's new Jacobian the invariants that are known.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="point">Where the Jacobian was evaluated.</param>
    /// <param name="absolute">The components' absolute tolerances.</param>
    /// <param name="step">The signed length of the step to be made.</param>
    /// <returns>Whether a <see cref="Search"/> is due.</returns>
    public bool Check(int sample, in Linearization point, ReadOnlySpan<double> absolute, double step)
    {
        double harmless = HarmlessPart * Smallest(absolute[..dimension]);
        if (Epsilon * Largest(point.Jacobian) * Largest(point.State) * Math.Abs(step) <= harmless)
        {
            _samples[sample]?.Deactivate();
            return false;
        }

        Sample own = _samples[sample] ??= new Sample(dimension);
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
    public void Search(int sample, in Linearization point)
    {
        Sample own = _samples[sample]!;
        _nullSpace ??= new NullSpace(dimension);
        MeasureRoundings(point);
        _nullSpace.Eliminate(point.Jacobian, _roundings);
        own.Known = 0;
        for (int nullity = _nullSpace.LeastNullity; nullity <= _nullSpace.MostNullity; nullity++)
        {
            int found = 0;
            for (int k = 0; k < nullity; k++)
            {
                if (_nullSpace.TryGetVector(nullity, k) && IsInvariant(_nullSpace.Vector, point))
                    found++;
            }

            if (found <= own.Known)
                continue;
            own.Known = 0;
            for (int k = 0; k < nullity; k++)
            {
                if (_nullSpace.TryGetVector(nullity, k) && IsInvariant(_nullSpace.Vector, point))
                    own.Add(_nullSpace.Vector);
            }
        }

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
            ReadOnlySpan<double> vector = own.Row(k);
            Span<double> terms = own.Terms(k);
            terms.Clear();
            for (int i = 0; i < vector.Length; i++)
            {
                for (int j = 0; j < terms.Length; j++)
                    terms[j] += Math.Abs(vector[i] * point.Jacobian[i * dimension + j]);
            }

            own.Summands[k] = Summands(terms, point.State);
            double change = Sum(vector, point.Derivative, out double size);
            own.IsDoubtful[k] = Math.Abs(change) > DerivativeRounding * size && Math.Abs(change * step) > own.Harmless;
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
        Sample own = _samples[sample]!;
        bool isRounding = false;
        for (int k = 0; k < own.Count; k++)
        {
            if (!own.IsDoubtful[k])
                continue;
            double change = Sum(own.Row(k), derivative, out double size);
            double firstChange = Sum(own.Row(k), first, out double firstSize), secondChange = Sum(own.Row(k), second, out double secondSize);
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

    /// <summary>Takes the components that the invariants determine out of d I − J: what is left for them is a row and a column of the unit matrix.</summary>
    public void Reduce(int sample, double diagonal, Span<double> matrix)
    {
        Sample own = _samples[sample]!;
        own.Diagonal = diagonal;
        for (int k = 0; k < own.Count; k++)
        {
            int pivot = own.Pivots[k];
            ReadOnlySpan<double> vector = own.Row(k);
            Span<double> column = own.Column(k);
            for (int i = 0; i < column.Length; i++)
            {
                Span<double> row = matrix.Slice(i * dimension, dimension);
                double factor = column[i] = row[pivot] / vector[pivot];
                if (factor == 0.0)
                    continue;
                for (int j = 0; j < row.Length; j++)
                    row[j] -= factor * vector[j];
                row[pivot] = 0.0;
            }
        }

        for (int k = 0; k < own.Count; k++)
        {
            Span<double> row = matrix.Slice(own.Pivots[k] * dimension, dimension);
            row.Clear();
            row[own.Pivots[k]] = 1.0;
        }
    }

    /// <summary>Does so with a right-hand side.</summary>
    public void Reduce(int sample, Span<double> rightHandSide)
    {
        Sample own = _samples[sample]!;
        for (int k = 0; k < own.Count; k++)
            own.Sums[k] = Sum(own.Row(k), rightHandSide, out _) / own.Diagonal;
        ReduceBySums(own, rightHandSide);
    }

    /// <summary>
    /// Does so with a right-hand side that is the sum of f at a state and of a rest. Where aᵀf is no more than rounding it is left out:
    /// f is large at a stage off the slow solution, and so is its rounding.
    /// </summary>
    public void Reduce(int sample, Span<double> rightHandSide, ReadOnlySpan<double> state, ReadOnlySpan<double> derivative, ReadOnlySpan<double> rest)
    {
        Sample own = _samples[sample]!;
        for (int k = 0; k < own.Count; k++)
        {
            ReadOnlySpan<double> vector = own.Row(k), terms = own.Terms(k);
            double change = Math.Abs(Sum(vector, derivative, out double size)), rounding = DerivativeRounding * size;
            if (change > rounding)
            {
                double summands = Summands(terms, state);
                if (own.Trust[k] > 0)
                    rounding = Math.Max(rounding, RoundingSpread * own.Roundings[k] * summands);
                else
                    own.IsInDoubt |= change > own.Harmless * Math.Abs(own.Diagonal) && change <= FieldRounding * summands;
            }

            own.Sums[k] = Sum(vector, change <= rounding ? rest : rightHandSide, out _) / own.Diagonal;
        }

        ReduceBySums(own, rightHandSide);
    }

    /// <summary>About what the summands of aᵀf add up to, without their signs.</summary>
    private static double Summands(ReadOnlySpan<double> terms, ReadOnlySpan<double> state)
    {
        double sum = 0.0;
        for (int j = 0; j < terms.Length; j++)
            sum += terms[j] * Math.Abs(state[j]);
        return sum;
    }

    private void ReduceBySums(Sample own, Span<double> rightHandSide)
    {
        for (int k = 0; k < own.Count; k++)
        {
            ReadOnlySpan<double> column = own.Column(k);
            for (int i = 0; i < column.Length; i++)
                rightHandSide[i] -= column[i] * own.Sums[k];
        }
    }

    /// <summary>Puts the components that the invariants determine into the solution of the reduced system.</summary>
    public void Complete(int sample, Span<double> solution)
    {
        Sample own = _samples[sample]!;
        for (int k = 0; k < own.Count; k++)
        {
            int pivot = own.Pivots[k];
            ReadOnlySpan<double> vector = own.Row(k);
            solution[pivot] = 0.0;
            solution[pivot] = (own.Sums[k] - Sum(vector, solution, out _)) / vector[pivot];
        }
    }

    private static double Sum(ReadOnlySpan<double> vector, ReadOnlySpan<double> values, out double terms)
    {
        double sum = 0.0;
        terms = 0.0;
        for (int i = 0; i < vector.Length; i++)
        {
            double term = vector[i] * values[i];
            sum += term;
            terms += Math.Abs(term);
        }

        return sum;
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
        double change = Sum(vector, point.Derivative, out double size), weights = 0.0;
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

        return point.Increment == 0.0 || Math.Abs(change) <= FieldRounding * size;
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
                _roundings[j] = Math.Max(_roundings[j], Epsilon * entry);
            }

            field = Math.Max(field, terms);
        }

        for (int j = 0; j < dimension && point.Increment > 0.0; j++)
            _roundings[j] += Epsilon * field / (point.Increment * Math.Max(Math.Abs(point.State[j]), point.SmallestScale));
    }

    /// <summary>A vector field near a point.</summary>
    /// <param name="jacobian">∂f/∂y, row-major.</param>
    /// <param name="state">y.</param>
    /// <param name="derivative">f(t, y).</param>
    /// <param name="increment">What the increments of differences are in terms of max(|y|, smallestScale); 0 where J is exact.</param>
    /// <param name="smallestScale">The size below which a component counts as this large.</param>
    public readonly ref struct Linearization(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> state, ReadOnlySpan<double> derivative, double increment, double smallestScale)
    {
        public ReadOnlySpan<double> Jacobian { get; } = jacobian;

        public ReadOnlySpan<double> State { get; } = state;

        public ReadOnlySpan<double> Derivative { get; } = derivative;

        public double Increment { get; } = increment;

        public double SmallestScale { get; } = smallestScale;
    }

    /// <summary>The invariants of one sample.</summary>
    private sealed class Sample(int dimension)
    {
        private const int LongestWait = 256;

        private readonly double[] _vectors = new double[dimension * dimension];
        private readonly double[] _rows = new double[dimension * dimension];
        private readonly double[] _columns = new double[dimension * dimension];
        private readonly double[] _terms = new double[dimension * dimension];
        private int _wait;
        private int _waited;
        private int _stepsToAsk;
        private int _stepsSinceAnswer;

        /// <summary>Vectors known.</summary>
        public int Known { get; set; }

        /// <summary>Whether the known vectors are invariants at the present point.</summary>
        public bool IsInUse { get; set; }

        /// <summary>Rows in use.</summary>
        public int Count { get; private set; }

        /// <summary>Row k takes the place of this row of the matrix.</summary>
        public int[] Pivots { get; } = new int[dimension];

        public ReadOnlySpan<double> Vector(int k) => _vectors.AsSpan(k * dimension, dimension);

        public Span<double> Row(int k) => _rows.AsSpan(k * dimension, dimension);

        /// <summary>The column of the matrix that row k takes out, in terms of the row's pivot.</summary>
        public Span<double> Column(int k) => _columns.AsSpan(k * dimension, dimension);

        /// <summary>What aᵀ times the solution is.</summary>
        public double[] Sums { get; } = new double[dimension];

        /// <summary>The d of the matrix d I − J.</summary>
        public double Diagonal { get; set; }

        /// <summary>Column sums of the summands of aᵀJ.</summary>
        public Span<double> Terms(int k) => _terms.AsSpan(k * dimension, dimension);

        /// <summary>Whether aᵀf was neither zero nor harmless there.</summary>
        public bool[] IsDoubtful { get; } = new bool[dimension];

        /// <summary>Whether a sum aᵀf was met that may be rounding.</summary>
        public bool IsInDoubt { get; set; }

        /// <summary>How large h aᵀf may be without harm.</summary>
        public double Harmless { get; set; }

        /// <summary>Judgements for which a sum aᵀf, where it is small, is still taken for rounding.</summary>
        public int[] Trust { get; } = new int[dimension];

        /// <summary>What the summands of aᵀf added up to where the Jacobian was evaluated.</summary>
        public double[] Summands { get; } = new double[dimension];

        /// <summary>How large that rounding was, in terms of the summands.</summary>
        public double[] Roundings { get; } = new double[dimension];

        public void Forget()
        {
            Known = Count = 0;
            Trust.AsSpan().Clear();
            _wait = _waited = _stepsToAsk = _stepsSinceAnswer = 0;
            IsInUse = IsInDoubt = false;
        }

        public void Deactivate()
        {
            Count = 0;
            IsInUse = IsInDoubt = false;
        }

        /// <summary>After every answer that it is none twice as many steps go by.</summary>
        public bool MayAsk() => _stepsSinceAnswer++ >= _stepsToAsk;

        public void Judged(bool isRounding)
        {
            _stepsSinceAnswer = 0;
            _stepsToAsk = isRounding ? 0 : Math.Clamp(2 * _stepsToAsk, 1, LongestWait);
        }

        public void Add(ReadOnlySpan<double> vector) => vector.CopyTo(_vectors.AsSpan(dimension * Known++, dimension));

        /// <summary>After every search without success twice as many Jacobians go by.</summary>
        public bool MaySearch() => _waited++ >= _wait;

        public void Searched(bool success)
        {
            _waited = 0;
            _wait = success ? 0 : Math.Clamp(2 * _wait, 1, LongestWait);
        }

        /// <summary>
        /// Chooses the rows to replace. A row stands for its component: where this is the largest of the sum, the small ones keep
        /// their own equations. What is replaced by one row must not occur in the others.
        /// </summary>
        public void Activate(ReadOnlySpan<double> state, ReadOnlySpan<double> absolute)
        {
            _vectors.AsSpan(0, Known * dimension).CopyTo(_rows);
            Count = Known;
            for (int k = 0; k < Count; k++)
            {
                Span<double> row = Row(k);
                int pivot = -1;
                double largest = 0.0;
                for (int i = 0; i < row.Length; i++)
                {
                    double size = Math.Abs(row[i]) * (Math.Abs(state[i]) + absolute[i]);
                    if (size > largest || (pivot < 0 && row[i] != 0.0))
                        (pivot, largest) = (i, size);
                }

                if (pivot < 0)
                {
                    // A combination of those before.
                    Row(--Count).CopyTo(row);
                    k--;
                    continue;
                }

                Pivots[k] = pivot;
                for (int other = 0; other < Count; other++)
                {
                    if (other != k && Row(other)[pivot] != 0.0)
                        Eliminate(row, pivot, Row(other));
                }
            }
        }

        /// <summary>other · row[pivot] − row · other[pivot], without what is left of zeros by rounding; small integers stay exact.</summary>
        private static void Eliminate(ReadOnlySpan<double> row, int pivot, Span<double> other)
        {
            double first = row[pivot], second = other[pivot], largest = 0.0;
            for (int i = 0; i < row.Length; i++)
            {
                double minuend = other[i] * first, difference = minuend - row[i] * second;
                other[i] = Math.Abs(difference) <= ZeroRounding * Math.Abs(minuend) ? 0.0 : difference;
                largest = Math.Max(largest, Math.Abs(other[i]));
            }

            int exponent = largest > 0.0 ? -Math.ILogB(largest) : 0;
            for (int i = 0; i < row.Length; i++)
                other[i] = Math.ScaleB(other[i], exponent);
        }
    }
}
