namespace NeuralOde;

/// <summary>
/// The past of every sample as backward differences ∇^j y on equally spaced points, from j = 1; and that of the step in progress, on
/// points as far apart as the step is long.
/// </summary>
/// <remarks>
/// The differences of order k stand for the polynomial P(t_n + s H) = y_n + Σ_{j≤k} ∇^j y_n c_j(s), c_j(s) = s (s + 1) … (s + j − 1) / j!. Another spacing
/// is other points on the same polynomial (Shampine and Reichelt 1997, section 2.3, doi:10.1137/S1064827594276424).
/// </remarks>
internal sealed class DifferenceTable(BatchLayout layout, int dimension)
{
    private const int MaximumOrder = NumericalDifferentiation.MaximumOrder;
    private const int Width = MaximumOrder + 1;

    private readonly int _stateLength = layout.Length(dimension);
    private readonly double[] _past = new double[layout.Length(dimension, Width, "differences")];
    private readonly double[] _trial = new double[layout.Length(dimension, MaximumOrder, "differences")];
    private readonly double[] _spacings = new double[layout.Samples];
    private readonly double[] _matrix = new double[Width * Width];

    /// <summary>How far the points of a sample's past are apart, signed; 0 without a past.</summary>
    public double Spacing(int sample) => _spacings[sample];

    public void Clear()
    {
        _past.AsSpan().Clear();
        _trial.AsSpan().Clear();
    }

    /// <summary>Forgets a sample's past.</summary>
    public void Restart(int sample)
    {
        _spacings[sample] = 0.0;
        for (int j = 1; j <= Width; j++)
        {
            Span<double> row = Past(j);
            for (int i = 0; i < dimension; i++)
                row[layout.Index(i, sample)] = 0.0;
        }
    }

    /// <summary>Takes a past as known: ∇^j y from j = 1.</summary>
    public void SetPast(int sample, double spacing, double[][] differences)
    {
        Restart(sample);
        _spacings[sample] = spacing;
        for (int j = 1; j <= differences.Length; j++)
            layout.Scatter(differences[j - 1], sample, Past(j));
    }

    /// <summary>The differences of the trial step, ∇^j y_n with its length as spacing.</summary>
    public Span<double> Trial(int difference) => _trial.AsSpan((difference - 1) * _stateLength, _stateLength);

    /// <summary>The differences that the last step left.</summary>
    public Span<double> Past(int difference) => _past.AsSpan((difference - 1) * _stateLength, _stateLength);

    /// <summary>Makes the trial differences of a step of some order from the past.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="order">Order of the step.</param>
    /// <param name="step">Its length; that of the past's spacing but for rounding keeps the differences as they are.</param>
    /// <param name="slopes">f at the start, from which a sample without a past begins.</param>
    /// <param name="curvatures">y'' there, where it begins at second order.</param>
    public void BeginStep(int sample, int order, double step, ReadOnlySpan<double> slopes, ReadOnlySpan<double> curvatures)
    {
        double spacing = _spacings[sample];
        if (spacing == 0.0)
        {
            // Points that the solution would have come through.
            Span<double> first = Trial(1), second = Trial(2);
            for (int i = 0; i < dimension; i++)
            {
                int at = layout.Index(i, sample);
                second[at] = order > 1 ? step * step * curvatures[at] : 0.0;
                first[at] = step * slopes[at] - 0.5 * second[at];
            }

            return;
        }

        if (spacing != step)
            ComputeRescaling(order, step / spacing);
        for (int j = 1; j <= order; j++)
        {
            Span<double> trial = Trial(j);
            for (int i = 0; i < dimension; i++)
            {
                int at = layout.Index(i, sample);
                if (spacing == step)
                {
                    trial[at] = _past[(j - 1) * _stateLength + at];
                    continue;
                }

                double sum = 0.0;
                for (int m = order; m >= j; m--)
                    sum += _matrix[j * Width + m] * _past[(m - 1) * _stateLength + at];
                trial[at] = sum;
            }
        }
    }

    /// <summary>The step was accepted and becomes the past: ∇^j y_{n+1} = Σ_{m≥j} ∇^m y_n + d, and ∇^{k+1} y_{n+1} = d.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="order">Order of the step.</param>
    /// <param name="step">Its length.</param>
    /// <param name="corrections">d = y_{n+1} − the predicted state.</param>
    public void EndStep(int sample, int order, double step, ReadOnlySpan<double> corrections)
    {
        _spacings[sample] = step;
        for (int i = 0; i < dimension; i++)
        {
            int at = layout.Index(i, sample);
            double sum = corrections[at];
            _past[order * _stateLength + at] = sum;
            for (int j = order; j > 0; j--)
            {
                sum += _trial[(j - 1) * _stateLength + at];
                _past[(j - 1) * _stateLength + at] = sum;
            }
        }
    }

    /// <summary>
    /// The step was accepted, but as it was cut short the past keeps its spacing H: the points before the end are taken from the old
    /// polynomial, inside of its own points, so ∇^j y_{n+1} = Σ_{m≥j} ∇^m y_n c_{m−j}(step / H) + d. ∇^{k+1} stays that of the step before.
    /// </summary>
    public void EndCutStep(int sample, int order, double step, ReadOnlySpan<double> corrections)
    {
        Span<double> shifts = stackalloc double[Width];
        double theta = step / _spacings[sample];
        shifts[0] = 1.0;
        for (int j = 1; j < Width; j++)
            shifts[j] = shifts[j - 1] * (theta + j - 1) / j;
        for (int i = 0; i < dimension; i++)
        {
            int at = layout.Index(i, sample);
            for (int j = 1; j <= order; j++)
            {
                double sum = corrections[at];
                for (int m = order; m >= j; m--)
                    sum += shifts[m - j] * _past[(m - 1) * _stateLength + at];
                _past[(j - 1) * _stateLength + at] = sum;
            }
        }
    }

    /// <summary>matrix[j, m] = ∇^j c_m at 0 over points that are a ratio as far apart; 0 for m below j.</summary>
    private void ComputeRescaling(int order, double ratio)
    {
        Span<double> values = stackalloc double[Width];
        for (int m = 1; m <= order; m++)
        {
            for (int point = 0; point <= order; point++)
            {
                values[point] = 1.0;
                for (int q = 0; q < m; q++)
                    values[point] *= (q - point * ratio) / (q + 1);
            }

            for (int j = 1; j <= m; j++)
            {
                for (int point = 0; point <= order - j; point++)
                    values[point] -= values[point + 1];
                _matrix[j * Width + m] = values[0];
            }
        }
    }
}
