namespace NeuralOde.Tests.Solving;

/// <summary>The order conditions themselves, and which of them the library's methods meet.</summary>
public class OrderConditionTests
{
    // Relative to the size of the terms; measured: 1e-15 at most, of the coefficients themselves.
    private const double Rounding = 2e-15;

    public static TheoryData<string> Explicit { get; } = [.. OdeMethod.All.Where(method => method.Tableau! is not null).Select(method => method.Name)];

    [Fact]
    public void There_are_as_many_rooted_trees_as_Cayley_counted() =>
        Enumerable.Range(1, RootedTree.MaxOrder).Select(order => RootedTree.OfOrder(order).Count).Should().Equal(1, 1, 2, 4, 9, 20, 48, 115, 286, 719);

    [Fact]
    public void The_conditions_of_fourth_order_are_Kuttas() =>
        Enumerable.Range(1, 4).SelectMany(RootedTree.OfOrder).Select(tree => $"{tree.Formula("b")} = 1/{tree.Density} {tree}").Should().BeEquivalentTo(
            "Σ b_i = 1/1 τ",
            "Σ b_i c_i = 1/2 [τ]",
            "Σ b_i c_i² = 1/3 [τ, τ]",
            "Σ b_i a_ij c_j = 1/6 [[τ]]",
            "Σ b_i c_i³ = 1/4 [τ, τ, τ]",
            "Σ b_i a_ij c_j c_i = 1/8 [[τ], τ]",
            "Σ b_i a_ij c_j² = 1/12 [[τ, τ]]",
            "Σ b_i a_ij a_jk c_k = 1/24 [[[τ]]]");

    [Fact]
    public void Collocation_at_the_Gauss_points_meets_every_condition_up_to_tenth_order()
    {
        // Five points make a method of order 10: an independent check of all 1205 densities and elementary weights.
        (double[] nodes, double[][] couplings, double[] weights) = GaussLegendre5();
        couplings.Zip(nodes).Should().OnlyContain(row => Math.Abs(row.First.Sum() - row.Second) < 1e-15);
        new OrderConditions(couplings).FindViolation(weights, "b", RootedTree.MaxOrder).Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void A_method_has_the_order_that_it_claims_and_no_higher(string name)
    {
        ButcherTableau tableau = Find(name).Tableau!;
        OrderOf(tableau, tableau.Weights).Should().Be(tableau.Order);
    }

    [Theory]
    [InlineData("DormandPrince5", 4)]
    [InlineData("Tsitouras5", 4)]
    [InlineData("Verner7", 6)]
    [InlineData("DormandPrince8", 5)]
    [InlineData("BogackiShampine3", 2)]
    [InlineData("Heun", 1)]
    [InlineData("Ralston", 1)]
    [InlineData("Midpoint", 1)]
    public void The_solution_that_the_error_is_estimated_with_has_the_order_of_the_literature(string name, int order)
    {
        ButcherTableau tableau = Find(name).Tableau!;
        OrderOf(tableau, Tableaux.EmbeddedWeights(tableau, tableau.ErrorWeights!)).Should().Be(order);
    }

    [Fact]
    public void The_second_estimate_of_DormandPrince8_is_of_third_order_and_both_together_fall_with_the_eighth_power_of_the_step()
    {
        ButcherTableau tableau = OdeMethod.DormandPrince8.Tableau!;
        OrderOf(tableau, Tableaux.EmbeddedWeights(tableau, tableau.SecondErrorWeights!)).Should().Be(3);
        tableau.ErrorOrder.Should().Be(8);
        OdeMethod.All.Where(method => method.IsAdaptive && method.Tableau!?.SecondErrorWeights is not null).Should().Equal(OdeMethod.DormandPrince8);
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Dense_output_meets_the_conditions_of_its_order_everywhere_in_the_step_and_no_more(string name)
    {
        ButcherTableau tableau = Find(name).Tableau!;
        var weights = new double[tableau.Stages];
        foreach (double theta in new[] { 0.07, 0.29, 0.5, 0.83, 0.98 })
        {
            tableau.Interpolant.Weights(theta, weights);
            OrderOf(tableau, weights, theta).Should().Be(tableau.Interpolant.Order, "at θ = {0}", theta);
        }
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Dense_output_joins_both_ends_and_both_slopes(string name)
    {
        ButcherTableau tableau = Find(name).Tableau!;
        var weights = new double[tableau.Stages];
        tableau.Interpolant.Weights(0.0, weights);
        weights.Should().OnlyContain(weight => weight == 0.0);
        tableau.Interpolant.Weights(1.0, weights);
        weights.Should().Equal(tableau.Weights);
        foreach ((double theta, int stage) in new[] { (0.0, 0), (1.0, tableau.EndStage) })
        {
            tableau.Interpolant.DerivativeWeights(theta, weights);
            for (int i = 0; i < weights.Length; i++)
                weights[i].Should().BeApproximately(i == stage ? 1.0 : 0.0, 2e-15, "stage {0} at θ = {1}", i, theta);
        }
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Every_stage_lies_where_its_row_says(string name)
    {
        ButcherTableau tableau = Find(name).Tableau!;
        double[][] couplings = Tableaux.Couplings(tableau);
        for (int i = 0; i < tableau.Stages; i++)
            couplings[i].Sum().Should().BeApproximately(tableau.Nodes[i], 1e-15 * couplings[i].Sum(Math.Abs));
        tableau.Nodes[tableau.EndStage].Should().Be(1.0);
        couplings[tableau.EndStage].Should().Equal(tableau.Weights);
    }

    private static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    /// <summary>The highest order whose conditions y0 + θh are met to rounding: Σ b_i(θ) g_i(t) = θ^ρ(t)/γ(t).</summary>
    private static int OrderOf(ButcherTableau tableau, double[] weights, double theta = 1.0)
    {
        var conditions = new OrderConditions(Tableaux.Couplings(tableau));
        for (int order = 1; ; order++)
        {
            double worst = RootedTree.OfOrder(order).Max(tree =>
            {
                (double value, double magnitude) = conditions.ElementaryWeight(tree, weights);
                return Math.Abs(value - Math.Pow(theta, order) / tree.Density) / magnitude;
            });
            if (worst > Rounding)
            {
                worst.Should().BeGreaterThan(1e-9, "a condition of order {0} that is not met is missed clearly", order);
                return order - 1;
            }
        }
    }

    private static (double[] Nodes, double[][] Couplings, double[] Weights) GaussLegendre5()
    {
        double inner = Math.Sqrt(5 - 2 * Math.Sqrt(10d / 7)) / 3, outer = Math.Sqrt(5 + 2 * Math.Sqrt(10d / 7)) / 3;
        double[] nodes = [.. new[] { -outer, -inner, 0, inner, outer }.Select(x => 0.5 + 0.5 * x)];
        double a = (322 + 13 * Math.Sqrt(70)) / 1800, b = (322 - 13 * Math.Sqrt(70)) / 1800;
        double[] weights = [b, a, 128d / 450, a, b];
        // a_ij is the integral from 0 to c_i of the j-th Lagrange polynomial, exact by the same quadrature.
        double Lagrange(int j, double x) => Enumerable.Range(0, 5).Where(k => k != j).Aggregate(1.0, (product, k) => product * (x - nodes[k]) / (nodes[j] - nodes[k]));
        double[][] couplings = [.. nodes.Select(c => Enumerable.Range(0, 5).Select(j => c * Enumerable.Range(0, 5).Sum(q => weights[q] * Lagrange(j, c * nodes[q]))).ToArray())];
        return (nodes, couplings, weights);
    }
}
