using CsCheck;

namespace NeuralOde.Tests.Solving;

/// <summary>Polynomials with chosen zeros, which a method of their degree solves exactly in steps of any length.</summary>
public class EventPropertyTests
{
    private static readonly Gen<(double[] Zeros, double Scale)> AnyPolynomial =
        Gen.Select(Gen.Double[0.02, 0.98].Array[1, 4], Gen.Double[0.1, 10], Gen.Bool).Select((zeros, size, isNegative) => (zeros.Order().ToArray(), isNegative ? -size : size));

    [Fact]
    public void Every_zero_of_a_polynomial_is_found() =>
        Gen.Select(AnyPolynomial, Gen.Double[1e-3, 1e3], Gen.Int[0, 3], Gen.Enum<EventDirection>(), Gen.Bool).Where((polynomial, _, _, _, _) => AreApart(polynomial.Zeros))
            .Sample((polynomial, length, steps, direction, isBackward) =>
        {
            double sense = isBackward ? -1 : 1;
            double[] zeros = polynomial.Zeros;
            // p(t) as a function of t / length.
            double[] coefficients = [polynomial.Scale];
            foreach (double zero in zeros)
                coefficients = Multiply(coefficients, zero * length, sense);
            var options = new OdeSolverOptions
            {
                InitialStep = length * Math.Pow(0.3, steps),
                AbsoluteTolerance = 1e-6 * Math.Abs(coefficients[0]) + 1e-300,
                Events = [new OdeEvent((t, y) => y[0], direction)],
            };
            OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(coefficients), [coefficients[0]], 0, sense * length, options).EnsureSuccess();
            // Along the way, whichever its sense, p starts with this sign and changes it at each zero.
            bool startsPositive = coefficients[0] > 0;
            double[] expected = [.. zeros.Where((_, i) => direction == EventDirection.Both || startsPositive == (i % 2 == 0) == (direction == EventDirection.Falling))];
            solution.Events.Should().HaveCount(expected.Length);
            for (int i = 0; i < expected.Length; i++)
                (solution.Events[i].Time / (sense * length)).Should().BeApproximately(expected[i], 1e-10);
        }, iter: 3000);

    [Fact]
    public void Levels_of_a_rising_line_are_found_in_order() =>
        Gen.Double[0.001, 0.999].Array[1, 12].Sample(levels =>
        {
            OdeEvent[] events = [.. levels.Select(level => new OdeEvent((t, y) => y[0] - level))];
            OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(0, 1), [0], 0, 1, new OdeSolverOptions { InitialStep = 1, Events = events }).EnsureSuccess();
            int[] order = [.. Enumerable.Range(0, levels.Length).OrderBy(i => levels[i])];
            solution.Events.Select(occurrence => occurrence.Event).Should().Equal(order);
            for (int i = 0; i < order.Length; i++)
                solution.Events[i].Time.Should().BeApproximately(levels[order[i]], 1e-14);
        }, iter: 300);

    /// <summary>Of three zeros between neighbouring points at which the function is looked at, one may be found alone; much closer ones are lost in the rounding of the coefficients.</summary>
    private static bool AreApart(double[] zeros) =>
        zeros.Zip(zeros.Skip(1), (a, b) => b - a).All(gap => gap > 2e-3) && zeros.Zip(zeros.Skip(2), (a, b) => b - a).All(gap => gap > 1.0 / 11);

    /// <summary>The coefficients of p(t) · (sense · t − zero).</summary>
    private static double[] Multiply(double[] polynomial, double zero, double sense)
    {
        var product = new double[polynomial.Length + 1];
        for (int i = 0; i < polynomial.Length; i++)
        {
            product[i] -= zero * polynomial[i];
            product[i + 1] += sense * polynomial[i];
        }

        return product;
    }
}
