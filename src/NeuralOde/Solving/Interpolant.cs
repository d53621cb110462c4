namespace NeuralOde;

/// <summary>
/// Dense output of a step: u(θ) = y + h Σ_i b_i(θ) s_i for θ in [0, 1], with fixed polynomials b_i and the rows s_i that the
/// method left of the step: the stages of a Runge–Kutta method, differences of a multistep method.
/// </summary>
/// <param name="order">Order of accuracy of u at a fixed θ as h → 0 (local error O(h^(order+1))); the highest one where it varies.</param>
/// <param name="rows">How many rows there are.</param>
internal abstract class Interpolant(int order, int rows)
{
    public int Order { get; } = order;

    public int Rows { get; } = rows;

    /// <summary>b_i(θ) for every row.</summary>
    public abstract void Weights(double theta, Span<double> weights);

    /// <summary>b_i(θ) of every sample of a batch: row i of the weights, one number per sample, belongs to row i. Where θ is NaN they are 0 or left as they are.</summary>
    public virtual void Weights(BatchLayout layout, ReadOnlySpan<double> thetas, Span<double> weights)
    {
        Span<double> ofSample = stackalloc double[Rows];
        for (int sample = 0; sample < layout.Samples; sample++)
        {
            if (double.IsNaN(thetas[sample]))
                ofSample.Clear();
            else
                Weights(thetas[sample], ofSample);
            layout.Scatter(ofSample, sample, weights);
        }
    }

    /// <summary>b_i'(θ) for every row: u'(t) = Σ_i b_i'(θ) s_i.</summary>
    public abstract void DerivativeWeights(double theta, Span<double> weights);
}
