using System.Globalization;

namespace NeuralOde;

/// <summary>
/// The conditions that make weights over the stages of a Runge–Kutta method a solution of some order: for every rooted tree t
/// up to that order, the elementary weight Φ(t) = Σ_i b_i g_i(t), with g_i(t) the product over the root's subtrees of Σ_j a_ij g_j, is 1/γ(t).
/// </summary>
/// <remarks>J. C. Butcher, Numerical Methods for Ordinary Differential Equations, chapter 3, doi:10.1002/9781119121534.</remarks>
/// <param name="couplings">a_ij; rows may end before their zeros.</param>
internal sealed class OrderConditions(double[][] couplings)
{
    /// <summary>Coefficients to about twelve digits meet the conditions.</summary>
    public const double Tolerance = 1e-12;

    private readonly Dictionary<RootedTree, (double[] Values, double[] Magnitudes)> _stageValues = [];

    /// <summary>Φ(t), and the sum of its terms without their signs: what rounding is relative to.</summary>
    public (double Value, double Magnitude) ElementaryWeight(RootedTree tree, ReadOnlySpan<double> weights)
    {
        (double[] values, double[] magnitudes) = StageValues(tree);
        double value = 0.0, magnitude = 0.0;
        for (int i = 0; i < weights.Length; i++)
        {
            value += weights[i] * values[i];
            magnitude += Math.Abs(weights[i]) * magnitudes[i];
        }

        return (value, magnitude);
    }

    /// <summary>Describes the first condition up to an order that the weights do not meet, or returns null.</summary>
    /// <param name="weights">b_i, one per stage.</param>
    /// <param name="symbol">What the weights are called in a formula.</param>
    /// <param name="order">From 1 to <see cref="RootedTree.MaxOrder"/>.</param>
    public string? FindViolation(ReadOnlySpan<double> weights, string symbol, int order)
    {
        for (int p = 1; p <= order; p++)
        {
            foreach (RootedTree tree in RootedTree.OfOrder(p))
            {
                (double value, double magnitude) = ElementaryWeight(tree, weights);
                if (Math.Abs(value - 1.0 / tree.Density) <= Tolerance * Math.Max(magnitude, 1.0 / tree.Density))
                    continue;
                string expected = tree.Density == 1 ? "1" : $"1/{tree.Density}";
                return string.Create(CultureInfo.InvariantCulture, $"order {p}: {tree.Formula(symbol)} = {value:G15}, must be {expected} (tree {tree})");
            }
        }

        return null;
    }

    private (double[] Values, double[] Magnitudes) StageValues(RootedTree tree)
    {
        if (_stageValues.TryGetValue(tree, out (double[] Values, double[] Magnitudes) known))
            return known;
        int stages = couplings.Length;
        var values = new double[stages];
        var magnitudes = new double[stages];
        values.AsSpan().Fill(1.0);
        magnitudes.AsSpan().Fill(1.0);
        foreach (RootedTree child in tree.Children)
        {
            (double[] inner, double[] innerMagnitudes) = StageValues(child);
            for (int i = 0; i < stages; i++)
            {
                double sum = 0.0, magnitude = 0.0;
                for (int j = 0; j < couplings[i].Length; j++)
                {
                    sum += couplings[i][j] * inner[j];
                    magnitude += Math.Abs(couplings[i][j]) * innerMagnitudes[j];
                }

                values[i] *= sum;
                magnitudes[i] *= magnitude;
            }
        }

        return _stageValues[tree] = (values, magnitudes);
    }
}
