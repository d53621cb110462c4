using System.Runtime.Intrinsics;
using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Dynamics;

public class LanesVectorFieldTests
{
    private static readonly Vector512<double> One = Vector512<double>.One;

    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    /// <summary>Van der Pol's oscillator, pushed: one function for eight samples, the other for one.</summary>
    internal static VectorField Pushed(double[][] parameters, Action? called = null) => VectorField.FromLanes(2, parameters, (t, y, p, dydt) =>
    {
        called?.Invoke();
        dydt[0] = y[1];
        dydt[1] = p[0] * (One - y[0] * y[0]) * y[1] - y[0] + p[1] * t;
    });

    internal static VectorField PushedOne(double[] p) => VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = p[0] * (1.0 - y[0] * y[0]) * y[1] - y[0] + p[1] * t;
    });

    [Theory]
    [MemberData(nameof(All))]
    public void A_field_over_lanes_gives_the_bits_of_the_function_of_one_state_with_every_method(OdeMethod method)
    {
        double[][] parameters = [.. Enumerable.Range(0, 11).Select(i => new[] { 0.3 * i, 0.1 * (i % 3) })];
        double[][] states = [.. Enumerable.Range(0, 11).Select(i => new[] { 2.0 - 0.1 * i, 0.2 * i })];
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4, DenseOutput = true, FixedStep = method.IsAdaptive ? null : 0.02 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(Pushed(parameters), states, [0.0, 0.4, 1.5], options).EnsureSuccess();
        for (int sample = 0; sample < 11; sample++)
        {
            OdeSolution expected = OdeSolver.Solve(PushedOne(parameters[sample]), states[sample], [0.0, 0.4, 1.5], options);
            OdeSolution alone = OdeSolver.Solve(Pushed([parameters[sample]]), states[sample], [0.0, 0.4, 1.5], options);
            foreach (OdeSolution solution in (OdeSolution[])[batch[sample], alone])
            {
                solution.States.ShouldHaveTheBitsOf(expected.States, $"sample {sample}");
                solution.Evaluate(1.1).ShouldHaveTheBitsOf(expected.Evaluate(1.1), $"sample {sample}");
                solution.Statistics.Should().Be(expected.Statistics);
            }
        }
    }

    [Fact]
    public void Any_number_of_components_and_samples_gives_the_bits_of_the_function_of_one_state() =>
        Gen.Select(Gen.Int[1, 11], Gen.Int[1, 19]).Sample((dimension, samples) =>
        {
            VectorField lanes = VectorField.FromLanes(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dydt.Length; i++)
                    dydt[i] = t - 0.5 * y[i] * y[(i + 1) % y.Length];
            });
            VectorField one = VectorField.FromFunction(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dydt.Length; i++)
                    dydt[i] = t - 0.5 * y[i] * y[(i + 1) % y.Length];
            });
            double[][] states = [.. Enumerable.Range(0, samples).Select(sample => Enumerable.Range(0, dimension).Select(i => 1.0 + 0.1 * i - 0.05 * sample).ToArray())];
            OdeBatchSolution actual = OdeSolver.SolveBatch(lanes, states, [0.0, 1]), expected = OdeSolver.SolveBatch(one, states, [0.0, 1]);
            for (int sample = 0; sample < samples; sample++)
                actual[sample].FinalState.ShouldHaveTheBitsOf(expected[sample].FinalState, $"sample {sample} of {samples}, {dimension} components");
        }, iter: 60);

    [Fact]
    public void Events_happen_in_lanes_as_they_do_alone()
    {
        double[][] gravities = [.. Enumerable.Range(1, 13).Select(i => new[] { (double)i })];
        VectorField fall = VectorField.FromLanes(2, gravities, (t, y, p, dydt) => (dydt[0], dydt[1]) = (y[1], -p[0]));
        var bounce = new OdeEvent((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] = -0.8 * y[1]);
        OdeBatchSolution balls = OdeSolver.SolveBatch(fall, [.. gravities.Select(_ => new[] { 1.0, 0.0 })], [0.0, 3], new OdeSolverOptions { Events = [bounce] }).EnsureSuccess();
        for (int i = 0; i < gravities.Length; i++)
        {
            balls[i].Events[0].Time.Should().BeApproximately(Math.Sqrt(2.0 / gravities[i][0]), 1e-9);
            OdeSolution alone = OdeSolver.Solve(VectorField.FromLanes(2, [gravities[i]], (t, y, p, dydt) => (dydt[0], dydt[1]) = (y[1], -p[0])),
                [1.0, 0.0], [0.0, 3], new OdeSolverOptions { Events = [bounce] });
            balls[i].FinalState.ShouldHaveTheBitsOf(alone.FinalState, $"ball {i}");
            balls[i].Events.Count.Should().Be(alone.Events.Count);
        }
    }

    [Fact]
    public void Lanes_without_a_sample_repeat_one()
    {
        var seen = new HashSet<double>();
        VectorField field = VectorField.FromLanes(1, [[2.0], [3.0], [5.0]], (t, y, p, dydt) =>
        {
            for (int lane = 0; lane < 8; lane++)
                seen.Add(p[0][lane]);
            dydt[0] = -p[0] * y[0];
        });
        OdeSolver.SolveBatch(field, [[1.0], [1.0], [1.0]], [0.0, 1]).EnsureSuccess();
        seen.Should().BeEquivalentTo([2.0, 3.0, 5.0]);
    }

    [Fact]
    public void Exceptions_pass_through_and_the_derivative_is_zero_on_entry()
    {
        VectorField throws = VectorField.FromLanes(1, (_, _, _) => throw new NotSupportedException("mine"));
        FluentActions.Invoking(() => OdeSolver.Solve(throws, [1.0], [0.0, 1])).Should().Throw<NotSupportedException>().WithMessage("mine");
        VectorField lazy = VectorField.FromLanes(2, (t, y, dydt) => dydt[0] += y[1]);
        foreach (int samples in new[] { 1, 3 })
            OdeSolver.SolveBatch(lazy, [.. Enumerable.Repeat(new[] { 0.0, 1.0 }, samples)], [0.0, 1])[0].FinalState.ToArray().Should().BeEquivalentTo([1.0, 1.0], options => options.Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-12)).WhenTypeIs<double>());
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_its_place()
    {
        ParametricLanesFunction f = (t, y, p, dydt) => dydt[0] = p[0];
        Refuses(() => VectorField.FromLanes(0, [[1.0]], f), "*dimension*");
        Refuses(() => VectorField.FromLanes(1, [], f), "parameters is empty*");
        Refuses(() => VectorField.FromLanes(1, [[1.0], null!], f), "parameters[1] is null*");
        Refuses(() => VectorField.FromLanes(1, [[1.0], [1.0, 2.0]], f), "parameters[1] has 2 numbers*parameters[0] has 1*");
        Refuses(() => VectorField.FromLanes(1, [[1.0], [double.NaN]], f), "parameters[1][0] = NaN*");
        Refuses(() => OdeSolver.SolveBatch(VectorField.FromLanes(1, [[1.0], [2.0]], f), [[0.0]], [0.0, 1]), "*parameters for 2 samples*asked for 1*");
        FluentActions.Invoking(() => VectorField.FromLanes(1, null!)).Should().Throw<ArgumentNullException>();
    }

    private static void Refuses(Action action, string message) => FluentActions.Invoking(action).Should().Throw<ArgumentException>().WithMessage(message);
}
