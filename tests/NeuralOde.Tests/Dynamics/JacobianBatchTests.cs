using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Solving;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Dynamics;

/// <summary>A sample's Jacobian does not depend on the others, and those not asked for cost and change nothing.</summary>
public class JacobianBatchTests
{
    public static TheoryData<string> Sources { get; } = ["user's", "products", "differences", "network", "network of time", "differences, two-sided"];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Jacobians_have_the_same_bits_alone_and_in_any_batch_and_mask(string source)
    {
        const int samples = 11;
        VectorField field = Field(source);
        double[][] states = States(field, samples);
        double[] times = Batches.Random(samples, 3), ends = [.. times.Select((time, i) => i % 3 == 0 ? time - 0.1 : time + 0.2)];
        foreach (int period in new[] { 1, 2, 5 })
        {
            bool[] needed = [.. Enumerable.Range(0, samples).Select(i => i % period == 0)];
            JacobianRun batch = new JacobianRun(field, samples).Evaluate(states, times, ends, needed);
            batch.Succeeded.Should().Equal(needed);
            int[] evaluations = batch.Evaluator.SampleEvaluations.ToArray();
            batch.EvaluateTimeDerivative(states, times, ends, needed);
            batch.Succeeded.Should().Equal(needed);
            for (int sample = 0; sample < samples; sample++)
            {
                if (!needed[sample])
                {
                    batch.Block(sample).Should().OnlyContain(value => value == JacobianRun.Untouched);
                    evaluations[sample].Should().Be(0);
                    continue;
                }

                JacobianRun single = new JacobianRun(field, samples: 1).Evaluate([states[sample]], [times[sample]], [ends[sample]]);
                evaluations[sample].Should().Be(single.Evaluator.Evaluations);
                single.EvaluateTimeDerivative([states[sample]], [times[sample]], [ends[sample]]);
                batch.Block(sample).ShouldHaveTheBitsOf(single.Block(0), $"{source}, sample {sample}");
                batch.TimeDerivative(sample).ShouldHaveTheBitsOf(single.TimeDerivative(0), $"{source}, ∂f/∂t of sample {sample}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void No_jacobian_asked_for_is_no_work(string source)
    {
        VectorField field = Field(source);
        foreach (int samples in new[] { 1, 3 })
        {
            JacobianRun run = new JacobianRun(field, samples).Evaluate(States(field, samples), needed: new bool[samples]);
            (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((0, 0));
            run.Jacobians.Should().OnlyContain(value => value == JacobianRun.Untouched);
            run.Succeeded.Should().NotContain(true);
        }
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Jacobians_allocate_nothing(string source)
    {
        VectorField field = Field(source);
        foreach (int samples in new[] { 1, 9 })
        {
            var layout = new BatchLayout(samples);
            VectorFieldEvaluator evaluator = field.CreateEvaluator(layout);
            JacobianEvaluator jacobian = evaluator.CreateJacobianEvaluator(JacobianEvaluator.DefaultScale);
            double[] states = Batches.Pack(layout, States(field, samples)), derivatives = new double[states.Length], timeDerivatives = new double[states.Length];
            double[] times = new double[layout.RowLength], ends = Batches.PackRow(layout, [.. Enumerable.Repeat(1.0, samples)]), jacobians = new double[jacobian.Length];
            bool[] needed = [.. Enumerable.Repeat(true, samples)], succeeded = new bool[samples];
            evaluator.Evaluate(times, states, derivatives, record: default);
            Allocations.During(() =>
            {
                jacobian.Evaluate(times, ends, states, derivatives, needed, jacobians, succeeded);
                jacobian.EvaluateTimeDerivative(times, ends, states, derivatives, needed, timeDerivatives, succeeded);
            }).Should().Be(0, $"{source}, {samples} samples");
        }
    }

    [Fact]
    public void Functions_are_not_called_for_samples_that_are_not_needed()
    {
        // The second sample's state would be refused.
        static void Check(ReadOnlySpan<double> y) => y[0].Should().BePositive();
        VectorField[] fields =
        [
            VectorField.FromFunction(1, (t, y, dydt) => { Check(y); dydt[0] = y[0]; }),
            VectorField.FromFunction(1, (t, y, dydt) => { Check(y); dydt[0] = y[0]; }, (t, y, jacobian) => { Check(y); jacobian[0] = 1; }),
            TrainableVectorField.FromFunction(1, [1], (t, y, p, dydt) => { Check(y); dydt[0] = y[0]; }, (t, y, p, c, cy, cp) => { Check(y); cy[0] = c[0]; }),
        ];
        foreach (VectorField field in fields)
        {
            var layout = new BatchLayout(2);
            JacobianEvaluator evaluator = field.CreateEvaluator(layout).CreateJacobianEvaluator(JacobianEvaluator.DefaultScale);
            double[] states = Batches.Pack(layout, [[2], [-2]]), times = new double[8], ends = Batches.PackRow(layout, [1, 1]), jacobians = new double[2];
            var succeeded = new bool[2];
            evaluator.Evaluate(times, ends, states, states, [true, false], jacobians, succeeded);
            jacobians[0].Should().BeApproximately(1, 1e-7);
            evaluator.EvaluateTimeDerivative(times, ends, states, states, [true, false], new double[layout.Length(1)], succeeded);
            succeeded.Should().Equal(true, false);
        }
    }

    private static double[][] States(VectorField field, int samples)
    {
        double[][] states = Batches.Random(samples, field.Dimension, 2);
        // At these the two-sided field has to be tried on its other side.
        states[0][0] = 1e-12;
        if (samples > 8)
            states[8][0] = 1e-12;
        return states;
    }

    private static VectorField Field(string source) => source switch
    {
        "user's" => StiffProblems.Hires.FieldWithJacobian,
        "products" => JacobianTests.WithProducts(StiffProblems.VanDerPol),
        "differences" => StiffProblems.Hires.Field,
        "network" => JacobianTests.Network(takesTime: false),
        "network of time" => JacobianTests.Network(takesTime: true),
        "differences, two-sided" => VectorField.FromFunction(3, (t, y, dydt) =>
        {
            dydt[0] = y[0] < 0.0 && y[0] > -1e-6 ? double.NaN : -y[0] * Math.Cos(t + y[1]);
            dydt[1] = y[0] - y[2];
            dydt[2] = y[1] * Math.Sin(y[2]);
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "Unknown source."),
    };
}
