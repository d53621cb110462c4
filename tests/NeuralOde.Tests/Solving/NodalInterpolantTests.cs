namespace NeuralOde.Tests.Solving;

/// <summary>The polynomial through values at given points of a step.</summary>
public class NodalInterpolantTests
{
    private static readonly NodalInterpolant Interpolant = KennedyCarpenter5.Tableau.Interior.Interpolant;

    private static readonly double[] Nodes = [.. StepNodes.Nodes, 1.0];

    [Fact]
    public void It_is_exact_for_polynomials_of_as_many_degrees_as_it_has_nodes()
    {
        var weights = new double[Interpolant.Rows];
        for (int degree = 1; degree <= Nodes.Length; degree++)
        {
            foreach (double theta in new[] { 0.0, 0.03, 0.2, 0.5, 0.77, 0.99, 1.0 })
            {
                Interpolant.Weights(theta, weights);
                weights.Zip(Nodes, (w, node) => w * Math.Pow(node, degree)).Sum().Should().BeApproximately(Math.Pow(theta, degree), 1e-14);
                Interpolant.DerivativeWeights(theta, weights);
                weights.Zip(Nodes, (w, node) => w * Math.Pow(node, degree)).Sum().Should().BeApproximately(degree * Math.Pow(theta, degree - 1), 1e-12);
            }
        }
    }

    [Fact]
    public void It_meets_the_values_at_its_nodes_exactly()
    {
        var weights = new double[Interpolant.Rows];
        for (int node = 0; node < Nodes.Length; node++)
        {
            Interpolant.Weights(Nodes[node], weights);
            for (int row = 0; row < weights.Length; row++)
                weights[row].Should().BeApproximately(row == node ? 1.0 : 0.0, 1e-15);
        }
    }

    [Fact]
    public void The_interior_nodes_are_those_of_Lobattos_formula_with_seven_points()
    {
        // Roots of P_6'(x), x = 2θ − 1: 33 x⁴ − 30 x² + 5 = 0 and x = 0.
        foreach (double theta in StepNodes.Nodes)
        {
            double x = 2 * theta - 1;
            (x * (33 * x * x * x * x - 30 * x * x + 5)).Should().BeApproximately(0, 1e-14);
        }
    }

    [Fact]
    public void Changes_of_slopes_are_taken_along_by_polynomials_with_these_slopes_at_the_probes()
    {
        // A quintic error that vanishes with its slope at both ends is known from its slopes at the probes.
        foreach ((double a, double b) in new[] { (1.0, 0.0), (0.0, 1.0), (-0.7, 0.3) })
        {
            double Error(double theta) => theta * theta * (1 - theta) * (1 - theta) * (a + b * (theta - 0.5));
            double Slope(double theta) => 2 * theta * (1 - theta) * (1 - 2 * theta) * (a + b * (theta - 0.5)) + theta * theta * (1 - theta) * (1 - theta) * b;
            for (int node = 0; node < StepNodes.Nodes.Length; node++)
            {
                Enumerable.Range(0, StepNodes.Probes).Sum(probe => StepNodes.SlopeEffects[node][probe] * Slope(StepNodes.Nodes[probe]))
                    .Should().BeApproximately(Error(StepNodes.Nodes[node]), 1e-15);
            }
        }
    }
}
