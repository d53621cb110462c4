namespace NeuralOde;

/// <summary>Where every sample's last steps ended, and the coefficients of its present step that follow from that.</summary>
internal sealed class AdamsCoefficients(BatchLayout layout)
{
    private const int Points = AdamsBashforthMoulton.MaximumOrder + 1;
    private const int Rows = AdamsBashforthMoulton.MaximumOrder + 2;

    private readonly double[] _distances = new double[ArrayLength.Of((layout.Samples, "samples"), (Points + 1, "points"))];
    private readonly int[] _points = new int[layout.Samples];
    private readonly double[] _predictorErrors = new double[layout.Samples];
    private readonly double[] _correctors = new double[layout.RowLength];
    private readonly double[] _estimates = new double[ArrayLength.Of((4, "estimates"), (layout.Samples, "samples"))];
    private readonly double[] _basis = new double[AdamsBashforthMoulton.BasisSize * AdamsBashforthMoulton.BasisSize];

    /// <summary>β_j, which makes φ*_j = β_j φ_j: rows 0 to order; 0 behind.</summary>
    public double[] Scalings { get; } = new double[layout.RowLengths(Rows, "differences")];

    /// <summary>β_j of the rows that the predictor uses: 0 to order − 1; 0 behind.</summary>
    public double[] Extrapolation { get; } = new double[layout.RowLengths(Rows, "differences")];

    /// <summary>g_j β_j of the rows that the predictor uses.</summary>
    public double[] Predictor { get; } = new double[layout.RowLengths(Rows, "differences")];

    /// <summary>g_k, one number per sample: what the correction counts.</summary>
    public ReadOnlySpan<double> Correctors => _correctors;

    /// <summary>Whether differences as high as those of the next order are known.</summary>
    public bool KnowsNextOrder(int sample, int order) => _points[sample] >= order;

    /// <summary>g_{k−1} − g_k: the error of the order k is h times that times the correction.</summary>
    public double PredictorError(int sample) => _predictorErrors[sample];

    /// <summary>What h times the difference of f of the order j counts in the error that a method of order j would make with equal steps; j − k from −2 to 1.</summary>
    public double Estimate(int sample, int offset) => _estimates[sample * 4 + offset + 2];

    /// <summary>The longest of the last <paramref name="count"/> steps.</summary>
    public double LongestStep(int sample, int count)
    {
        ReadOnlySpan<double> distances = Distances(sample);
        double longest = 0.0;
        for (int j = 1; j <= Math.Min(count, _points[sample]); j++)
            longest = Math.Max(longest, Math.Abs(distances[j] - distances[j - 1]));
        return longest;
    }

    /// <summary>Forgets a sample's past.</summary>
    public void Restart(int sample)
    {
        Distances(sample).Clear();
        _points[sample] = 0;
    }

    /// <summary>Takes a past of equal steps as known.</summary>
    public void AssumeEqualSteps(int sample, double step)
    {
        Span<double> distances = Distances(sample);
        for (int j = 1; j <= Points; j++)
            distances[j] = j * step;
        _points[sample] = Points;
    }

    /// <summary>No coefficients for a sample that does not move.</summary>
    public void Clear(int sample)
    {
        for (int j = 0; j < Rows; j++)
            Scalings[j * layout.RowLength + sample] = Extrapolation[j * layout.RowLength + sample] = Predictor[j * layout.RowLength + sample] = 0.0;
        _correctors[sample] = 0.0;
    }

    /// <summary>The coefficients of a step from the last point.</summary>
    public void Compute(int sample, int order, double step)
    {
        Clear(sample);
        Basis(sample, order, step, _basis);
        ReadOnlySpan<double> distances = Distances(sample);
        ReadOnlySpan<double> errors = AdamsBashforthMoulton.ErrorCoefficients;
        // β_j = Π_{i<j} (x_{n+1} − x_{n−i}) / (x_n − x_{n−i−1}), as far as the past is known.
        double scaling = 1.0, equalized = 1.0;
        double previous = 0.0, integral = 0.0;
        for (int j = 0; j <= order; j++)
        {
            int row = j * layout.RowLength + sample;
            previous = integral;
            integral = AdamsBashforthMoulton.Integral(_basis, j);
            Scalings[row] = scaling;
            if (j < order)
            {
                Extrapolation[row] = scaling;
                Predictor[row] = integral * scaling;
            }

            // σ_{j+1} = j h / (x_{n+1} − x_{n+1−j}) σ_j takes a difference over these steps to one over equal steps.
            if (j > 0)
                equalized *= j * step / (step + distances[j - 1]);
            if (j >= order - 2)
                _estimates[sample * 4 + j - order + 2] = errors[j] * equalized;
            scaling = j + 1 <= _points[sample] ? scaling * ((step + distances[j]) / distances[j + 1]) : 0.0;
        }

        _estimates[sample * 4 + 3] = errors[order + 1] * equalized * ((order + 1) * step / (step + distances[order]));
        _predictorErrors[sample] = previous - integral;
        _correctors[sample] = integral;
    }

    /// <summary>The Newton basis of the derivative over a step from the last point; see <see cref="AdamsBashforthMoulton.NewtonBasis"/>.</summary>
    public void Basis(int sample, int order, double step, Span<double> basis)
    {
        Span<double> distances = stackalloc double[Points];
        ReadOnlySpan<double> lengths = Distances(sample);
        for (int i = 0; i < order; i++)
            distances[i] = lengths[i] / step;
        AdamsBashforthMoulton.NewtonBasis(order, distances, basis);
    }

    /// <summary>The last point is a little farther from those before it.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="step">How much.</param>
    /// <param name="growth">Receives Π_{i≤j} of what the distances from the points before grow by, from j = 0.</param>
    /// <returns>How many points before the last are known.</returns>
    public int MoveLastPoint(int sample, double step, Span<double> growth)
    {
        Span<double> distances = Distances(sample);
        int known = Math.Min(_points[sample], growth.Length - 1);
        growth[0] = 1.0;
        for (int j = 1; j <= Points; j++)
        {
            if (j <= known)
                growth[j] = growth[j - 1] * ((distances[j] + step) / distances[j]);
            distances[j] += step;
        }

        return known;
    }

    /// <summary>A step was taken.</summary>
    public void Push(int sample, double step)
    {
        Span<double> distances = Distances(sample);
        for (int j = Points; j > 0; j--)
            distances[j] = distances[j - 1] + step;
        _points[sample] = Math.Min(_points[sample] + 1, Points);
    }

    // x_n − x_{n−j} for j from 0.
    private Span<double> Distances(int sample) => _distances.AsSpan(sample * (Points + 1), Points + 1);
}
