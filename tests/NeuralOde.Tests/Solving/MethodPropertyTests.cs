using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>What holds for any problem, with every method that adapts its steps.</summary>
public class MethodPropertyTests
{
    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    private static readonly Gen<VectorField> AnyField = Gen.Select(Gen.Double[-1, 1].Array[6], Gen.Double[0.5, 3]).Select((c, frequency) =>
        VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = c[0] * y[0] + y[1] + 0.5 * c[1] * Math.Sin(y[1] + c[2]);
            dydt[1] = -y[0] + c[3] * y[1] * 0.2 + c[4] * Math.Cos(frequency * t) + 0.3 * c[5] * Math.Tanh(y[0]);
        }));

    private static readonly Gen<double[]> AnyState = Gen.Double[-1, 1].Array[2];

    private static readonly Gen<(double T0, double T1)> AnyInterval = Gen.Select(Gen.Double[-2, 2], Gen.Double[0.3, 2], Gen.Bool, (t0, length, isBack) => (t0, isBack ? t0 - length : t0 + length));

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void There_and_back_again(OdeMethod method)
    {
        double tolerance = method.Order <= 2 ? 1e-5 : 1e-8;
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance };
        Gen.Select(AnyField, AnyState, AnyInterval).Sample((field, state, interval) =>
        {
            OdeSolution there = OdeSolver.Solve(field, state, [interval.T0, interval.T1], options).EnsureSuccess();
            there.Continue([interval.T0]).EnsureSuccess().FinalState.ToArray().ShouldBeNear(state, 3000 * tolerance, method.Name);
        }, iter: 15, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void Neither_steps_nor_shared_outputs_depend_on_what_else_is_asked_for(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4, AbsoluteTolerance = 1e-6 };
        Gen.Select(AnyField, AnyState, AnyInterval, Gen.Double[0, 1].Array[1, 12]).Sample((field, state, interval, fractions) =>
        {
            double[] inner = [.. fractions.Order().Select(fraction => interval.T0 + fraction * (interval.T1 - interval.T0))];
            OdeSolution many = OdeSolver.Solve(field, state, [interval.T0, .. inner, interval.T1], options).EnsureSuccess();
            OdeSolution two = OdeSolver.Solve(field, state, [interval.T0, inner[^1], interval.T1], options), dense = OdeSolver.Solve(field, state, interval.T0, interval.T1, options);
            many.FinalState.ShouldHaveTheBitsOf(two.FinalState, "the end");
            many.FinalState.ShouldHaveTheBitsOf(dense.FinalState, "the end");
            many.State(inner.Length).ShouldHaveTheBitsOf(two.State(1), "the last output inside");
            many.Statistics.AcceptedSteps.Should().Be(two.Statistics.AcceptedSteps).And.Be(dense.Statistics.AcceptedSteps);
            for (int i = 0; i < inner.Length; i++)
                many.State(i + 1).ToArray().ShouldBeNear(dense.Evaluate(inner[i]), 1e-13, "dense output");
        }, iter: 15, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void Batch_mates_and_the_place_in_a_batch_change_no_bit(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4, AbsoluteTolerance = 1e-6 };
        Gen.Select(AnyField, Gen.Select(AnyState, AnyInterval).Array[1, 11], Gen.Int[0, 100]).Sample((field, samples, seed) =>
        {
            int[] order = [.. Enumerable.Range(0, samples.Length).OrderBy(i => (i * 7919 + seed) % 101)];
            OdeBatchSolution batch = Batch(samples), shuffled = Batch([.. order.Select(i => samples[i])]);
            for (int place = 0; place < order.Length; place++)
            {
                int i = order[place];
                OdeSolution alone = OdeSolver.Solve(field, samples[i].Item1, [samples[i].Item2.T0, samples[i].Item2.T1], options);
                foreach (OdeSolution other in new[] { batch[i], shuffled[place] })
                {
                    other.States.ShouldHaveTheBitsOf(alone.States, $"sample {i} of {samples.Length}");
                    other.Statistics.Should().Be(alone.Statistics);
                    other.Status.Should().Be(alone.Status);
                }
            }

            OdeBatchSolution Batch((double[], (double T0, double T1))[] members) => OdeSolver.SolveBatch(field,
                [.. members.Select(member => member.Item1)], [.. members.Select(member => new[] { member.Item2.T0, member.Item2.T1 })], options);
        }, iter: 12, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_hundredth_of_the_tolerance_makes_the_error_fall(OdeMethod method)
    {
        // On average over problems: errors of both signs may cancel by accident in one.
        double loose = method.Order <= 2 ? 1e-3 : 1e-4, sumOfLogarithms = 0.0;
        int count = 0;
        var exact = new OdeSolverOptions { Method = OdeMethod.DormandPrince8, RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14 };
        Gen.Select(AnyField, AnyState, AnyInterval).Sample((field, state, interval) =>
        {
            double[] times = [interval.T0, interval.T1], expected = OdeSolver.Solve(field, state, times, exact).EnsureSuccess().FinalState.ToArray();
            double Error(double tolerance) => OdeSolver.Solve(field, state, times, new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance })
                .EnsureSuccess().FinalState.ToArray().Zip(expected, (y, e) => Math.Abs(y - e)).Max();
            sumOfLogarithms += Math.Log10(Math.Max(Error(loose), 1e-14)) - Math.Log10(Math.Max(Error(loose / 100), 1e-14));
            count++;
        }, iter: 200, threads: 1);
        (sumOfLogarithms / count).Should().BeInRange(0.5, 4, "{0} should gain about two digits", method);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_linear_invariant_is_kept_to_rounding(OdeMethod method)
    {
        // What leaves one compartment enters another, by laws that are not linear.
        Gen.Select(Gen.Double[0.1, 2].Array[4], Gen.Double[0, 1].Array[4]).Sample((rates, state) =>
        {
            VectorField field = VectorField.FromFunction(4, (t, y, dydt) =>
            {
                dydt.Clear();
                for (int i = 0; i < 4; i++)
                {
                    double flow = rates[i] * y[i] * (1 + 0.5 * Math.Sin(t)) + 0.1 * y[i] * y[(i + 1) % 4];
                    dydt[i] -= flow;
                    dydt[(i + 1) % 4] += flow;
                }
            }, (t, y, jacobian) =>
            {
                // Without it, differences in its place leave a part of the tolerance.
                jacobian.Clear();
                for (int i = 0; i < 4; i++)
                {
                    int next = (i + 1) % 4;
                    double own = rates[i] * (1 + 0.5 * Math.Sin(t)) + 0.1 * y[next], other = 0.1 * y[i];
                    jacobian[i * 4 + i] -= own;
                    jacobian[i * 4 + next] -= other;
                    jacobian[next * 4 + i] += own;
                    jacobian[next * 4 + next] += other;
                }
            });
            OdeSolution solution = OdeSolver.Solve(field, state, 0, 3, new OdeSolverOptions { Method = method, RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-5 }).EnsureSuccess();
            // The derivative in time, which Rosenbrock methods need, is a difference.
            double rounding = method == OdeMethod.Rodas5P ? 1e-11 : 1e-14;
            double total = state.Sum(), allowed = rounding * (10 + solution.Statistics.AcceptedSteps);
            for (int n = 0; n < solution.Count; n++)
                solution.State(n).ToArray().Sum().Should().BeApproximately(total, allowed, "at step {0}", n);
            for (double t = 0.05; t < 3; t += 0.31)
                solution.Evaluate(t).Sum().Should().BeApproximately(total, allowed, "at {0}", t);
        }, iter: 10, threads: 1);
    }
}
