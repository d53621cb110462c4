namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>The coefficients of the diagonally implicit methods.</summary>
public class EsdirkTableauTests
{
    private const double Rounding = 1e-14;

    public static TheoryData<string> Names { get; } = ["TrBdf2", "KennedyCarpenter5", "Kvaerno5"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_method_has_the_order_that_it_claims_and_no_higher(string name)
    {
        EsdirkTableau tableau = Find(name);
        OrderOf(tableau, tableau.Weights).Should().Be(tableau.Order);
    }

    [Theory]
    [InlineData("TrBdf2", 3)]
    [InlineData("KennedyCarpenter5", 4)]
    [InlineData("Kvaerno5", 4)]
    public void The_compared_solution_has_the_order_of_the_literature(string name, int order)
    {
        EsdirkTableau tableau = Find(name);
        OrderOf(tableau, tableau.EmbeddedWeights).Should().Be(order);
        tableau.ErrorOrder.Should().Be(Math.Min(order, tableau.Order) + 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_stage_is_of_second_order_and_within_the_step(string name)
    {
        EsdirkTableau tableau = Find(name);
        for (int i = 0; i < tableau.Stages; i++)
        {
            double[] row = Dense(tableau, i);
            tableau.Nodes[i].Should().BeInRange(0, name == "Kvaerno5" && i == 2 ? 1.24 : 1);
            row.Sum().Should().BeApproximately(tableau.Nodes[i], Rounding);
            row.Zip(tableau.Nodes, (a, c) => a * c).Sum().Should().BeApproximately(tableau.Nodes[i] * tableau.Nodes[i] / 2, Rounding);
            row[i].Should().Be(i == 0 ? 0.0 : tableau.Diagonal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_last_stage_is_the_new_state_so_that_infinite_stiffness_is_damped(string name)
    {
        EsdirkTableau tableau = Find(name);
        Dense(tableau, tableau.Stages - 1).Should().Equal(tableau.Weights);
        tableau.Nodes[^1].Should().Be(1.0);
        // |R(z)| = |1 + z bᵀ(I − zA)⁻¹ 1| by one linear step.
        foreach (double z in new[] { -1e4, -1e6 })
        {
            var options = new OdeSolverOptions { Method = OdeMethod.All.Single(method => method.Name == name), FixedStep = 1 };
            OdeSolution solution = OdeSolver.Solve(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = z * y[0], (t, y, jacobian) => jacobian[0] = z), [1], [0, 1], options);
            Math.Abs(solution.FinalState[0]).Should().BeLessThan(20 / Math.Abs(z));
        }
    }

    [Theory]
    [InlineData("KennedyCarpenter5")]
    [InlineData("Kvaerno5")]
    public void The_dense_output_is_of_fourth_order_everywhere_in_the_step(string name)
    {
        EsdirkTableau tableau = Find(name);
        var conditions = new OrderConditions([.. Enumerable.Range(0, tableau.Stages).Select(i => Dense(tableau, i))]);
        var weights = new double[tableau.Stages];
        foreach (double theta in new[] { 0.1, 0.35, 0.5, 0.8, 1.0 })
        {
            tableau.Interpolant.Weights(theta, weights);
            foreach (RootedTree tree in Enumerable.Range(1, 4).SelectMany(RootedTree.OfOrder))
                conditions.ElementaryWeight(tree, weights).Value.Should().BeApproximately(Math.Pow(theta, tree.Order) / tree.Density, Rounding, $"{tree} at {theta}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Guesses_are_right_for_slopes_that_are_parabolas_in_time(string name)
    {
        EsdirkTableau tableau = Find(name);
        for (int i = 1; i < tableau.Stages; i++)
        {
            SparseRow guess = tableau.Predictors[i];
            for (int power = 0; power < Math.Min(i, 3); power++)
            {
                guess.Indices.Zip(guess.Coefficients, (j, w) => w * Math.Pow(tableau.Nodes[j], power)).Sum()
                    .Should().BeApproximately(Math.Pow(tableau.Nodes[i], power), 1e-12, $"stage {i}, power {power}");
            }
        }
    }

    private static EsdirkTableau Find(string name) => name switch { "TrBdf2" => TrBdf2.Tableau, "Kvaerno5" => Kvaerno5.Tableau, _ => KennedyCarpenter5.Tableau };

    private static double[] Dense(EsdirkTableau tableau, int stage)
    {
        var row = new double[tableau.Stages];
        SparseRow sparse = tableau.Couplings[stage];
        for (int j = 0; j < sparse.Indices.Length; j++)
            row[sparse.Indices[j]] = sparse.Coefficients[j];
        return row;
    }

    private static int OrderOf(EsdirkTableau tableau, double[] weights)
    {
        var conditions = new OrderConditions([.. Enumerable.Range(0, tableau.Stages).Select(i => Dense(tableau, i))]);
        int order = 0;
        while (RootedTree.OfOrder(order + 1).All(tree => Math.Abs(conditions.ElementaryWeight(tree, weights).Value - 1.0 / tree.Density) < Rounding))
            order++;
        return order;
    }
}
