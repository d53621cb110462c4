using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>Sums that the solution keeps are kept by implicit methods, however stiff the problem and however long the steps; those that it loses slowly are not.</summary>
public class LinearInvariantTests
{
    private const double E5Tolerance = 1.11e-24;

    public static TheoryData<string, bool, double> NamesJacobiansAndTolerances
    {
        get
        {
            var cases = new TheoryData<string, bool, double>();
            foreach (string name in StiffMethods.Names)
            {
                foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8, 1e-10 })
                {
                    // Of second order it takes very many steps.
                    if (name == "TrBdf2" && tolerance < 1e-6)
                        continue;
                    cases.Add(name, true, tolerance);
                    cases.Add(name, false, tolerance);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(NamesJacobiansAndTolerances))]
    public void E5_is_right_to_its_end(string name, bool withJacobian, double tolerance) =>
        ShouldSolveE5(name, InvariantProblems.E5(isSum: false, withJacobian), tolerance, units: [1, 1, 1, 1]);

    [Theory]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    [InlineData("Bdf")]
    [InlineData("KennedyCarpenter5")]
    public void E5_is_right_where_the_rounding_of_the_field_itself_loses_the_invariant(string name)
    {
        foreach (bool withJacobian in new[] { true, false })
        {
            foreach (double tolerance in new[] { 1e-4, 1e-6 })
                ShouldSolveE5(name, InvariantProblems.E5(isSum: true, withJacobian), tolerance, units: [1, 1, 1, 1]);
        }
    }

    [Theory]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    [InlineData("Bdf")]
    public void E5_is_right_in_other_units(string name)
    {
        double[] units = [1, 18.015, 2.016, 31.998];
        foreach (bool withJacobian in new[] { true, false })
        {
            foreach (double tolerance in new[] { 1e-4, 1e-6 })
                ShouldSolveE5(name, InvariantProblems.E5(isSum: false, withJacobian, units), tolerance, units);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_invariant_of_E5_is_kept_at_every_step(bool withJacobian)
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Rodas5P, AbsoluteTolerance = E5Tolerance, Output = OdeOutput.Steps };
        OdeSolution solution = OdeSolver.Solve(InvariantProblems.E5(isSum: false, withJacobian), InvariantProblems.E5State, [0, 1e13], options).EnsureSuccess();
        for (int i = 0; i < solution.Times.Length; i++)
            Math.Abs(solution[i, 1] - solution[i, 2] - solution[i, 3]).Should().BeLessThan(1e-24, $"t = {solution.Times[i]}, y2 = {solution[i, 1]}");
    }

    [Theory]
    [MemberData(nameof(StiffMethodTests.Names), MemberType = typeof(StiffMethodTests))]
    public void Robertsons_reaction_keeps_its_mass_to_the_time_1e11(string name)
    {
        if (name == "TrBdf2")
            return;
        foreach (bool withJacobian in new[] { true, false })
        {
            foreach (double absolute in new[] { 1e-14, 1e-22 })
            {
                var options = new OdeSolverOptions { Method = StiffMethods.Find(name), AbsoluteTolerance = absolute };
                OdeSolution solution = OdeSolver.Solve(withJacobian ? StiffProblems.Rober.FieldWithJacobian : StiffProblems.Rober.Field, StiffProblems.Rober.InitialState, [0, 1e11], options).EnsureSuccess();
                // The test set for IVP solvers has these digits.
                solution.FinalState[0].Should().BeApproximately(0.2083340149701255e-7, 1e-3 * 0.2083340149701255e-7, $"{absolute}: {solution.Statistics}");
                solution.FinalState[1].Should().BeApproximately(0.8333360770334713e-13, 1e-3 * 0.8333360770334713e-13);
                (solution.FinalState[0] + solution.FinalState[1] + solution.FinalState[2] - 1).Should().BeApproximately(0, 2e-14);
            }
        }
    }

    [Theory]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    [InlineData("Bdf")]
    [InlineData("KennedyCarpenter5")]
    public void A_leak_far_below_the_rounding_of_the_Jacobian_empties_the_sum(string name)
    {
        foreach (double rate in new[] { 1e4, 1e8, 1e12 })
        {
            foreach (double leak in new[] { 1e-9, 1e-4, 1.0 })
            {
                foreach (double absolute in new[] { 1e-24, 1e-12 })
                {
                    foreach (bool withJacobian in new[] { true, false })
                    {
                        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), AbsoluteTolerance = absolute };
                        OdeSolution solution = OdeSolver.Solve(InvariantProblems.Exchange(rate, leak, t => 0, withJacobian), [1, 0], [0, 4 / leak], options).EnsureSuccess();
                        // Both components are half of the sum, of which half leaks, but for leak / rate.
                        double right = 0.5 * Math.Exp(-2);
                        solution.FinalState[0].Should().BeApproximately(right, right * (1e-4 + 2 * leak / rate), $"{rate}, {leak}, {absolute}, {withJacobian}: {solution.Statistics}");
                        solution.FinalState[1].Should().BeApproximately(right, right * (1e-4 + 2 * leak / rate));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    [InlineData("Bdf")]
    [InlineData("KennedyCarpenter5")]
    public void An_inflow_that_is_zero_at_first_arrives(string name)
    {
        foreach (double rate in new[] { 1e6, 1e12 })
        {
            foreach (bool withJacobian in new[] { true, false })
            {
                var options = new OdeSolverOptions { Method = StiffMethods.Find(name), AbsoluteTolerance = 1e-24, MaxStep = 0.5 };
                VectorField field = InvariantProblems.Exchange(rate, leak: 0, t => Math.Exp(-(t - 5) * (t - 5)), withJacobian);
                OdeSolution solution = OdeSolver.Solve(field, [1, 0], [0, 10], options).EnsureSuccess();
                (solution.FinalState[0] + solution.FinalState[1]).Should().BeApproximately(1 + Math.Sqrt(Math.PI), 1e-4, $"{rate}, {withJacobian}: {solution.Statistics}");
            }
        }
    }

    [Theory]
    [InlineData("Rodas5P")]
    [InlineData("Automatic")]
    [InlineData("Bdf")]
    public void Networks_of_reactions_are_right(string name)
    {
        int wellConditioned = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            (VectorField exact, double[] state) = InvariantProblems.Network(seed, withJacobian: true);
            var tight = new OdeSolverOptions { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-16 };
            OdeSolution reference = OdeSolver.Solve(exact, state, [0, 1e6], tight), other = OdeSolver.Solve(exact, state, [0, 1e6], tight with { Method = OdeMethod.KennedyCarpenter5 });
            // Where a reactant that is used up may come back, rounding decides whether it does.
            if (reference.Failure is not null || other.Failure is not null || !AreNear(reference.FinalState, other.FinalState, 1e-5))
                continue;
            wellConditioned++;
            foreach (bool withJacobian in new[] { true, false })
            {
                (VectorField field, _) = InvariantProblems.Network(seed, withJacobian);
                OdeSolution solution = OdeSolver.Solve(field, state, [0, 1e6], tight with { Method = StiffMethods.Find(name), RelativeTolerance = 1e-5 }).EnsureSuccess();
                AreNear(reference.FinalState, solution.FinalState, 1e-3).Should().BeTrue($"network {seed}, {withJacobian}: {solution.Statistics}");
            }
        }

        wellConditioned.Should().BeGreaterThan(20);
    }

    [Fact]
    public void A_sample_has_the_bits_of_a_solve_alone()
    {
        double[][] states = [.. Enumerable.Range(0, 70).Select(i => new double[] { 1.76e-3 * (1 + 0.01 * i), 0, 0, 0 })];
        foreach (OdeMethod method in new[] { OdeMethod.Rodas5P, OdeMethod.KennedyCarpenter5, OdeMethod.Bdf })
        {
            foreach (bool withJacobian in new[] { true, false })
            {
                VectorField field = InvariantProblems.E5(isSum: true, withJacobian);
                var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-3, AbsoluteTolerance = E5Tolerance };
                OdeBatchSolution batch = OdeSolver.SolveBatch(field, states, [0.0, 1e8], options).EnsureSuccess();
                foreach (int i in new[] { 0, 33, 63, 64, 69 })
                {
                    OdeSolution alone = OdeSolver.Solve(field, states[i], [0.0, 1e8], options);
                    batch[i].FinalState.ShouldHaveTheBitsOf(alone.FinalState, $"{method.Name}, sample {i}");
                    batch[i].Statistics.Should().Be(alone.Statistics);
                }
            }
        }
    }

    private static bool AreNear(ReadOnlySpan<double> expected, ReadOnlySpan<double> values, double tolerance)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (Math.Abs(values[i] - expected[i]) > tolerance * Math.Abs(expected[i]) + 1e-14)
                return false;
        }

        return true;
    }

    private static void ShouldSolveE5(string name, VectorField field, double tolerance, double[] units)
    {
        double[] times = [0, .. InvariantProblems.E5Reference.Select(reference => reference.Time)];
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = tolerance, AbsoluteTolerance = E5Tolerance };
        OdeSolution solution = OdeSolver.Solve(field, InvariantProblems.E5State, times, options).EnsureSuccess();
        double bound = tolerance > 1e-5 ? 0.1 : 0.02;
        for (int i = 1; i < times.Length; i++)
        {
            double[] right = InvariantProblems.E5Reference[i - 1].State;
            for (int j = 0; j < right.Length; j++)
                (solution[i, j] / units[j]).Should().BeApproximately(right[j], bound * right[j] + 2 * E5Tolerance, $"y{j + 1} at {times[i]}: {solution.Statistics}");
        }
    }
}
