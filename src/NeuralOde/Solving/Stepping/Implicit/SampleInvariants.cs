namespace NeuralOde;

/// <summary>The invariants of one sample.</summary>
internal sealed class SampleInvariants(int dimension)
{
    /// <summary>Rounding in a sum of derivatives, in terms of the derivatives.</summary>
    public const double DerivativeRounding = 8.0 * DoublePrecision.Epsilon;

    /// <summary>The largest rounding in a sum of derivatives, in terms of the summands of f.</summary>
    public const double FieldRounding = 64.0 * DoublePrecision.Epsilon;

    private const double ZeroRounding = 8.0 * DoublePrecision.Epsilon;

    // Rounding is larger elsewhere than where it was measured.
    private const double RoundingSpread = 64.0;
    private const int LongestWait = 256;

    private double[] _vectors = [];
    private double[] _rows = [];
    private double[] _columns = [];
    private double[] _terms = [];
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

    /// <summary>aᵀx of the solution x.</summary>
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

    /// <summary>The sum of the sizes of the summands of aᵀf where the Jacobian was evaluated.</summary>
    public double[] Summands { get; } = new double[dimension];

    /// <summary>The rounding found in aᵀf, in terms of <see cref="Summands"/>.</summary>
    public double[] Roundings { get; } = new double[dimension];

    public void Reset()
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

    /// <summary>Whether a judgement may be asked for: after each that found no rounding, twice as many steps go by.</summary>
    public bool MayAsk() => _stepsSinceAnswer++ >= _stepsToAsk;

    public void Judged(bool isRounding)
    {
        _stepsSinceAnswer = 0;
        _stepsToAsk = isRounding ? 0 : Math.Clamp(2 * _stepsToAsk, 1, LongestWait);
    }

    /// <summary>Adds a vector; memory for it is made where there were never as many.</summary>
    public void Add(ReadOnlySpan<double> vector)
    {
        int length = ++Known * dimension;
        if (length > _vectors.Length)
        {
            Array.Resize(ref _vectors, length);
            _rows = new double[length];
            _columns = new double[length];
            _terms = new double[length];
        }

        vector.CopyTo(_vectors.AsSpan(length - dimension));
    }

    /// <summary>Whether invariants may be searched for: after each search in vain, twice as many Jacobians go by.</summary>
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

    /// <summary>Takes the components that the invariants determine out of d I − J: what is left for them is a row and a column of the unit matrix.</summary>
    public void Reduce(double diagonal, Span<double> matrix)
    {
        Diagonal = diagonal;
        for (int k = 0; k < Count; k++)
        {
            int pivot = Pivots[k];
            ReadOnlySpan<double> vector = Row(k);
            Span<double> column = Column(k);
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

        for (int k = 0; k < Count; k++)
        {
            Span<double> row = matrix.Slice(Pivots[k] * dimension, dimension);
            row.Clear();
            row[Pivots[k]] = 1.0;
        }
    }

    /// <summary>Takes the same components out of a right-hand side.</summary>
    public void Reduce(Span<double> rightHandSide)
    {
        for (int k = 0; k < Count; k++)
            Sums[k] = Sum(Row(k), rightHandSide, out _) / Diagonal;
        ReduceBySums(rightHandSide);
    }

    /// <summary>
    /// Takes the same components out of a right-hand side that is the sum of f at a state and of a rest. Where aᵀf is no more than rounding it is left out:
    /// f is large at a stage off the slow solution, and so is its rounding.
    /// </summary>
    public void Reduce(Span<double> rightHandSide, ReadOnlySpan<double> state, ReadOnlySpan<double> derivative, ReadOnlySpan<double> rest)
    {
        for (int k = 0; k < Count; k++)
        {
            ReadOnlySpan<double> vector = Row(k), terms = Terms(k);
            double change = Math.Abs(Sum(vector, derivative, out double size)), rounding = DerivativeRounding * size;
            if (change > rounding)
            {
                double summands = SumOfSummands(terms, state);
                if (Trust[k] > 0)
                    rounding = Math.Max(rounding, RoundingSpread * Roundings[k] * summands);
                else
                    IsInDoubt |= change > Harmless * Math.Abs(Diagonal) && change <= FieldRounding * summands;
            }

            Sums[k] = Sum(vector, change <= rounding ? rest : rightHandSide, out _) / Diagonal;
        }

        ReduceBySums(rightHandSide);
    }

    /// <summary>Puts the components that the invariants determine into the solution of the reduced system.</summary>
    public void Complete(Span<double> solution)
    {
        for (int k = 0; k < Count; k++)
        {
            int pivot = Pivots[k];
            ReadOnlySpan<double> vector = Row(k);
            solution[pivot] = 0.0;
            solution[pivot] = (Sums[k] - Sum(vector, solution, out _)) / vector[pivot];
        }
    }

    /// <summary>Measures for row k the sizes of the summands of aᵀf near a point.</summary>
    public void MeasureTerms(int k, in Linearization point)
    {
        ReadOnlySpan<double> vector = Row(k);
        Span<double> terms = Terms(k);
        terms.Clear();
        for (int i = 0; i < vector.Length; i++)
        {
            for (int j = 0; j < terms.Length; j++)
                terms[j] += Math.Abs(vector[i] * point.Jacobian[i * dimension + j]);
        }

        Summands[k] = SumOfSummands(terms, point.State);
    }

    /// <summary>⟨a, values⟩, and the sum of the sizes of its terms.</summary>
    public static double Sum(ReadOnlySpan<double> vector, ReadOnlySpan<double> values, out double terms)
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

    private void ReduceBySums(Span<double> rightHandSide)
    {
        for (int k = 0; k < Count; k++)
        {
            ReadOnlySpan<double> column = Column(k);
            for (int i = 0; i < column.Length; i++)
                rightHandSide[i] -= column[i] * Sums[k];
        }
    }

    /// <summary>The sum of the sizes of the summands of aᵀf at a state, about.</summary>
    private static double SumOfSummands(ReadOnlySpan<double> terms, ReadOnlySpan<double> state)
    {
        double sum = 0.0;
        for (int j = 0; j < terms.Length; j++)
            sum += terms[j] * Math.Abs(state[j]);
        return sum;
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
