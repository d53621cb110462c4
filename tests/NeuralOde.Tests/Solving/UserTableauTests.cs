using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Methods from tableaux that a user writes.</summary>
public class UserTableauTests
{
    private static readonly double[] Nodes = [0, 0.5, 1];
    private static readonly double[][] Couplings = [[], [0.5], [-1, 2]];
    private static readonly double[] Weights = [1d / 6, 2d / 3, 1d / 6];

    public static TheoryData<string> Explicit { get; } = [.. OdeMethod.All.Where(method => method.Tableau is { HasExtraStages: false }).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Explicit))]
    public void A_tableau_of_the_library_written_by_a_user_takes_the_same_steps(string name)
    {
        OdeMethod method = OdeMethod.All.Single(method => method.Name == name);
        OdeMethod copy = Copy(method);
        (copy.Order, copy.IsAdaptive).Should().Be((method.Order, method.IsAdaptive));
        foreach (bool isFixed in method.IsAdaptive ? new[] { true, false } : [true])
        {
            // The embedded weights are b − (b − b̂): the estimate differs by a rounding, and with it adapted steps.
            OdeSolution Solve(OdeMethod by) => OdeSolver.Solve(Problems.NonAutonomous, [1, 0.9], 0, 2, new OdeSolverOptions { Method = by, FixedStep = isFixed ? 0.07 : null, RelativeTolerance = 1e-5 });
            OdeSolution expected = Solve(method), actual = Solve(copy);
            if (isFixed)
                actual.States.ToArray().ShouldHaveTheBitsOf(expected.States.ToArray(), name);
            else
                actual.FinalState.ToArray().ShouldBeNear(expected.FinalState.ToArray(), 1e-9, name);
            actual.Statistics.Should().Be(expected.Statistics);
        }
    }

    [Fact]
    public void A_tableau_may_be_written_as_a_square()
    {
        OdeMethod square = OdeMethod.FromTableau("square", 3, Nodes, [[0, 0, 0], [0.5, 0, 0], [-1, 2, 0]], Weights);
        var options = new OdeSolverOptions { Method = square, FixedStep = 0.1 };
        OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1], options).States.ToArray()
            .ShouldHaveTheBitsOf(OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1], options with { Method = Tableaux.Kutta3 }).States.ToArray(), "zeros say nothing");
    }

    [Fact]
    public void A_method_keeps_no_array_of_its_maker()
    {
        double[] nodes = [.. Nodes], weights = [.. Weights];
        double[][] couplings = [.. Couplings.Select(row => (double[])[.. row])];
        OdeMethod method = OdeMethod.FromTableau("mine", 3, nodes, couplings, weights);
        var options = new OdeSolverOptions { Method = method, FixedStep = 0.1 };
        double[] before = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1], options).FinalState.ToArray();
        nodes[1] = couplings[1][0] = couplings[2][0] = weights[0] = 17.0;
        OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1], options).FinalState.ToArray().ShouldHaveTheBitsOf(before, "the tableau was copied");
    }

    [Fact]
    public void It_says_what_it_is()
    {
        OdeMethod method = Tableaux.CashKarp5;
        (method.Name, method.ToString(), method.Order, method.InterpolantOrder, method.IsAdaptive).Should().Be(("Cash-Karp", "Cash-Karp", 5, 3, true));
        OdeMethod.All.Should().NotContain(method);
        method.Tableau!.ErrorOrder.Should().Be(5);
    }

    [Fact]
    public void With_embedded_weights_it_adapts_its_steps() =>
        OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10], new OdeSolverOptions { Method = Tableaux.CashKarp5, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-8 })
            .EnsureSuccess().FinalState.ToArray().ShouldBeNear(Reference.Problem("lotka_volterra_gradient", "u_10").Numbers(), 2e-6, "Cash-Karp");

    [Fact]
    public void Without_embedded_weights_it_needs_a_fixed_step()
    {
        OdeMethod method = OdeMethod.FromTableau("Kutta of 1901", 3, Nodes, Couplings, Weights);
        method.IsAdaptive.Should().BeFalse();
        FluentActions.Invoking(() => OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1], new OdeSolverOptions { Method = method }))
            .Should().Throw<ArgumentException>().WithMessage("Kutta of 1901 has no error estimate*set FixedStep*");
    }

    [Fact]
    public void A_carried_solution_of_lower_order_than_the_compared_one_is_legal()
    {
        OdeMethod method = OdeMethod.FromTableau("without extrapolation", 2, Nodes, Couplings, [0, 1, 0], Weights, 3);
        (method.Order, method.Tableau!.ErrorOrder).Should().Be((2, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Claiming_less_than_the_order_is_legal(int order) =>
        OdeMethod.FromTableau("modest", order, Nodes, Couplings, Weights).Order.Should().Be(order);

    [Fact]
    public void Coefficients_to_thirteen_digits_are_enough_and_to_nine_are_not()
    {
        OdeMethod.FromTableau("rounded", 3, Nodes, Couplings, [0.1666666666667, 0.6666666666667, 0.1666666666667]);
        Refused(() => OdeMethod.FromTableau("rounded", 3, Nodes, Couplings, [0.166666667, 0.666666667, 0.166666667]), "weights",
            "weights do not give the claimed order 3. At order 1: Σ b_i = 1.000000001, must be 1 (tree τ).");
    }

    [Fact]
    public void A_missed_order_condition_is_named()
    {
        Refused(() => OdeMethod.FromTableau("mine", 3, [0, 0.5], [[], [0.5]], [0, 1]), "weights",
            "weights do not give the claimed order 3. At order 3: Σ b_i c_i² = 0.25, must be 1/3 (tree [τ, τ]).");
        Refused(() => OdeMethod.FromTableau("mine", 4, Nodes, Couplings, Weights), "weights",
            "weights do not give the claimed order 4. At order 4: Σ b_i a_ij c_j c_i = 0.166666666666667, must be 1/8 (tree [[τ], τ]).");
        Refused(() => OdeMethod.FromTableau("mine", 1, Nodes, Couplings, [0.5, 0.5, 0.25]), "weights",
            "weights do not give the claimed order 1. At order 1: Σ b_i = 1.25, must be 1 (tree τ).");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5], [0.5, 0.5]], Weights), "weights",
            "weights do not give the claimed order 3. At order 3: Σ b_i a_ij c_j = 0.0416666666666667, must be 1/6 (tree [[τ]]).");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [0.5, 0, 0.5], 3), "embeddedWeights",
            "embeddedWeights do not give the claimed order 3. At order 3: Σ b̂_i c_i² = 0.5, must be 1/3 (tree [τ, τ]).");
    }

    [Fact]
    public void More_stages_than_can_be_checked_in_good_time_are_refused_and_as_many_as_can_be_are_not()
    {
        static OdeMethod Padded(int stages) => OdeMethod.FromTableau("padded", 1, new double[stages], [.. Enumerable.Range(0, stages).Select(i => new double[i])],
            [1, .. new double[stages - 1]]);
        Padded(256).Order.Should().Be(1);
        Refused(() => Padded(257), "couplings", "The tableau has 257 stages; 256 is the most.");
    }

    [Fact]
    public void A_name_that_messages_cannot_show_is_refused()
    {
        Refused(() => OdeMethod.FromTableau("\u001b[31mred", 3, Nodes, Couplings, Weights), "name", "name = '\uFFFD[31mred' is longer than 80 characters or has some that do not print.");
        Refused(() => OdeMethod.FromTableau(new string('x', 81), 3, Nodes, Couplings, Weights), "name", $"name = '{new string('x', 80)}…' is longer than 80 characters or has some that do not print.");
        OdeMethod.FromTableau(new string('é', 80), 3, Nodes, Couplings, Weights).Name.Should().HaveLength(80);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Refused(() => OdeMethod.FromTableau("mine", 1, [], [], []), "nodes", "nodes is empty; a method has at least one stage.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5]], Weights), "couplings", "couplings has 2 rows; 3 are needed, one for every node.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5], [2]], Weights), "couplings",
            "couplings[2] has 1 numbers; 2 are needed, one for every stage before it, and at most zeros behind them up to 3.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5, 0, 0, 0], [-1, 2]], Weights), "couplings",
            "couplings[1] has 4 numbers; 1 are needed, one for every stage before it, and at most zeros behind them up to 3.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], null!, [-1, 2]], Weights), "couplings", "couplings[1] is null.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, [0.5, 0.5]), "weights", "weights has 2 numbers; 3 are needed.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [0, 1], 2), "embeddedWeights", "embeddedWeights has 2 numbers; 3 are needed.");
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        Refused(() => OdeMethod.FromTableau("mine", 3, [0, double.NaN, 1], Couplings, Weights), "nodes", "nodes[1] = NaN is not finite.");
        Refused(() => OdeMethod.FromTableau("mine", 3, [0, 1.5, 1], [[], [1.5], [-1, 2]], Weights), "nodes",
            "nodes[1] = 1.5 lies outside [0, 1]; the vector field is never evaluated outside a step.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5], [double.PositiveInfinity, 2]], Weights), "couplings[2][0]", "couplings[2][0] = Infinity is not finite.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5, 0.25], [-1, 2]], Weights), "couplings",
            "couplings[1][1] = 0.25 makes the method implicit; only stages before a stage may enter it.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, [[], [0.5], [-1, 1.75]], Weights), "nodes", "nodes[2] = 1 is not the sum of couplings[2], 0.75.");
        Refused(() => OdeMethod.FromTableau("mine", 1, [0.5], [[]], [1]), "nodes", "nodes[0] = 0.5 is not the sum of couplings[0], 0.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, [double.NaN, 1, 0]), "weights", "weights[0] = NaN is not finite.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [double.NaN, 1, 0], 2), "embeddedWeights", "embeddedWeights[0] = NaN is not finite.");
    }

    [Fact]
    public void Orders_and_embedded_weights_must_go_together()
    {
        Refused(() => OdeMethod.FromTableau("mine", 0, Nodes, Couplings, Weights), "order", "order must be from 1 to 10: up to there the order conditions can be checked.*");
        Refused(() => OdeMethod.FromTableau("mine", 11, Nodes, Couplings, Weights), "order", "order must be from 1 to 10: up to there the order conditions can be checked.*");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [0, 1, 0], 12), "embeddedOrder", "embeddedOrder must be from 1 to 10*");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [0, 1, 0]), "embeddedOrder", "embeddedWeights are given without embeddedOrder.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, embeddedOrder: 2), "embeddedOrder", "embeddedOrder is given without embeddedWeights.");
        Refused(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, Weights, [.. Weights], 3), "embeddedWeights",
            "embeddedWeights equal weights: the error estimate would always be zero.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void A_method_needs_a_name(string name) =>
        FluentActions.Invoking(() => OdeMethod.FromTableau(name, 3, Nodes, Couplings, Weights)).Should().Throw<ArgumentException>().WithParameterName("name");

    [Fact]
    public void The_names_of_the_library_are_taken()
    {
        foreach (OdeMethod method in OdeMethod.All)
        {
            Refused(() => OdeMethod.FromTableau(method.Name, 3, Nodes, Couplings, Weights), "name", $"name = {method} is a method of this library; choose another.");
            FluentActions.Invoking(() => OdeMethod.FromTableau(method.Name.ToUpperInvariant(), 3, Nodes, Couplings, Weights)).Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Null_is_refused()
    {
        FluentActions.Invoking(() => OdeMethod.FromTableau(null!, 3, Nodes, Couplings, Weights)).Should().Throw<ArgumentNullException>().WithParameterName("name");
        FluentActions.Invoking(() => OdeMethod.FromTableau("mine", 3, null!, Couplings, Weights)).Should().Throw<ArgumentNullException>().WithParameterName("nodes");
        FluentActions.Invoking(() => OdeMethod.FromTableau("mine", 3, Nodes, null!, Weights)).Should().Throw<ArgumentNullException>().WithParameterName("couplings");
        FluentActions.Invoking(() => OdeMethod.FromTableau("mine", 3, Nodes, Couplings, null!)).Should().Throw<ArgumentNullException>().WithParameterName("weights");
    }

    private static void Refused(Func<OdeMethod> make, string parameter, string message) =>
        FluentActions.Invoking(make).Should().Throw<ArgumentException>().WithParameterName(parameter)
            .Which.Message.Should().Match(message + (message.EndsWith('*') ? "" : $" (Parameter '{parameter}')"));

    /// <summary>What a user would write for a method of the library, its completing stage included.</summary>
    private static OdeMethod Copy(OdeMethod method)
    {
        ButcherTableau tableau = method.Tableau!;
        double[]? embedded = tableau.ErrorWeights is null ? null : Tableaux.EmbeddedWeights(tableau, tableau.ErrorWeights);
        return OdeMethod.FromTableau($"{method.Name} again", method.Order, tableau.Nodes, Tableaux.Couplings(tableau), tableau.Weights, embedded, embedded is null ? null : tableau.ErrorOrder - 1);
    }
}
