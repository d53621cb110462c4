using CsCheck;
using NeuralOde.Tests.Kernels;
using static NeuralOde.OdeSolver;

namespace NeuralOde.Tests.Dynamics;

public class ForcedVectorFieldTests
{
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13, StepToOutputTimes = true };

    private static readonly Gen<InputSignal> AnySignal = Gen.Select(Gen.Int[0, 2], Gen.Double[0.05, 1].Array[2, 8], Gen.Double[-2, 2].Array[16]).Select((kind, lengths, numbers) =>
    {
        double[] times = [.. lengths.Select((_, k) => lengths[..(k + 1)].Sum() - 1)];
        var values = new double[times.Length, 2];
        for (int k = 0; k < times.Length; k++)
            (values[k, 0], values[k, 1]) = (numbers[2 * k], numbers[2 * k + 1]);
        return kind switch
        {
            0 => InputSignal.PiecewiseConstant(times, values),
            1 => InputSignal.PiecewiseLinear(times, values),
            _ => InputSignal.CubicSpline(times, values),
        };
    });

    [Theory]
    [InlineData("steps")]
    [InlineData("ramps")]
    [InlineData("cubic hat")]
    public void A_linear_equation_with_an_input_has_its_closed_solution(string name)
    {
        ForcedDecay problem = ForcedDecay.Named(name);
        double[] times = [0, 0.3, 0.5, 0.7, 1, 1.2, 1.5, 2, 2.4, 3, 3.1, 3.5, 5];
        OdeSolution solution = Solve(problem.Field, [0.8], times, Tight).EnsureSuccess();
        for (int i = 0; i < times.Length; i++)
            solution.States[i].Should().BeApproximately(problem.Solution(0.8, times[i]), 1e-10, "it is so at {0}", times[i]);
    }

    [Fact]
    public void Every_sample_has_its_own_input()
    {
        ForcedDecay[] problems = [ForcedDecay.Steps, ForcedDecay.Ramps, ForcedDecay.Hat];
        VectorField field = VectorField.FromFunction(1, [.. problems.Select(problem => problem.Signal)], (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
        double[] times = [0, 0.5, 0.7, 1, 1.5, 2, 3, 3.1, 3.5, 5];
        OdeBatchSolution batch = SolveBatch(field, [[0.8], [-1], [3]], times, Tight).EnsureSuccess();
        batch[0].FinalState[0].Should().BeApproximately(ForcedDecay.Steps.Solution(0.8, 5), 1e-10);
        batch[1].FinalState[0].Should().BeApproximately(ForcedDecay.Ramps.Solution(-1, 5), 1e-10);
        batch[2].FinalState[0].Should().BeApproximately(ForcedDecay.Hat.Solution(3, 5), 1e-10);
    }

    [Fact]
    public void A_sample_has_the_same_bits_with_its_input_alone_and_in_any_batch() =>
        Gen.Select(Gen.Int[0, 3], AnySignal.Array[1, 12], Gen.Double[-1, 1].Array[26], Gen.Double[-7, -3]).Sample((which, signals, numbers, digits) =>
        {
            var options = new OdeSolverOptions { RelativeTolerance = Math.Pow(10, digits), MaxSteps = 500 };
            double[][] states = [.. signals.Select((_, i) => numbers[(2 * i)..(2 * i + 2)])];
            double[][] times = [.. signals.Select((_, i) => i % 3 == 2 ? new[] { 2.0, 0.1 * i, -1 } : [-1 + 0.1 * i, 0.5, 2])];
            OdeBatchSolution batch = SolveBatch(Create(which, signals), states, times, options);
            for (int i = 0; i < signals.Length; i++)
            {
                OdeSolution alone = Solve(Create(which, signals[i]), states[i], times[i], options);
                OdeSolution listed = Solve(Create(which, [signals[i]]), states[i], times[i], options);
                batch[i].States.ShouldHaveTheBitsOf(alone.States, $"field {which}, sample {i} of {signals.Length}");
                listed.States.ShouldHaveTheBitsOf(alone.States, $"field {which}, sample {i} of {signals.Length}");
                batch[i].Statistics.Should().Be(alone.Statistics);
            }
        }, iter: 60);

    [Fact]
    public void A_shared_input_is_the_same_for_all_samples()
    {
        foreach (int which in new[] { 0, 1, 2, 3 })
        {
            InputSignal signal = InputSignal.CubicSpline([0, 1, 2], new double[,] { { 1, 2 }, { -1, 0 }, { 0.5, 1 } });
            OdeBatchSolution shared = SolveBatch(Create(which, signal), Batches.Random(9, 2, 1), [0.0, 1, 2]);
            OdeBatchSolution listed = SolveBatch(Create(which, [.. Enumerable.Repeat(signal, 9)]), Batches.Random(9, 2, 1), [0.0, 1, 2]);
            for (int i = 0; i < 9; i++)
                shared[i].States.ShouldHaveTheBitsOf(listed[i].States, $"field {which}, sample {i}");
        }
    }

    [Fact]
    public void A_network_gets_the_state_then_the_input_then_the_time()
    {
        InputSignal[] signals = [.. Enumerable.Range(0, 9).Select(i => InputSignal.PiecewiseLinear([-2, 2], new double[,] { { i, 0 }, { 1, i } }))];
        double[][] states = Batches.Random(9, 2, 1);
        double[] times = Batches.Random(9, 2);
        foreach (bool takesTime in new[] { false, true })
        {
            foreach (int samples in new[] { 1, 9 })
            {
                var network = new MultilayerPerceptron(takesTime ? 5 : 4, [5], 2, seed: 1);
                var layout = new BatchLayout(samples);
                var derivatives = new double[layout.Length(2)];
                new NeuralVectorField(network, signals[..samples], takesTime).CreateEvaluator(layout)
                    .Evaluate(Batches.PackRow(layout, times[..samples]), Batches.Pack(layout, states[..samples]), derivatives, record: default);
                for (int sample = 0; sample < samples; sample++)
                {
                    var expected = new double[2];
                    double[] input = [.. states[sample], .. signals[sample].Evaluate(times[sample])];
                    network.Evaluate(takesTime ? [.. input, times[sample]] : input, expected);
                    Batches.Unpack(layout, derivatives, 2)[sample].ShouldHaveTheBitsOf(expected, $"sample {sample} of {samples}");
                }
            }
        }
    }

    [Fact]
    public void The_jump_times_of_a_sample_are_the_breakpoints_of_its_input()
    {
        InputSignal[] signals = [InputSignal.PiecewiseConstant([0, 1], new double[,] { { 1, 1 }, { 2, 2 } }), InputSignal.PiecewiseLinear([0, 3], new double[,] { { 1, 1 }, { 2, 2 } })];
        foreach (int which in new[] { 0, 1, 2, 3 })
        {
            Create(which, signals).CreateEvaluator(new BatchLayout(2)).JumpTimes(0).ToArray().Should().Equal(1);
            Create(which, signals).CreateEvaluator(new BatchLayout(2)).JumpTimes(1).ToArray().Should().Equal(0, 3);
            Create(which, signals[1]).CreateEvaluator(new BatchLayout(8)).JumpTimes(7).ToArray().Should().Equal(0, 3);
        }

        VectorField.FromFunction(1, (t, y, dydt) => { }).CreateEvaluator(new BatchLayout(8)).JumpTimes(0).ToArray().Should().BeEmpty();
        new NeuralVectorField(new MultilayerPerceptron(2, [3], 2)).CreateEvaluator(new BatchLayout(8)).JumpTimes(0).ToArray().Should().BeEmpty();
    }

    [Fact]
    public void Nobody_evaluates_a_sample_that_has_finished()
    {
        var latest = new double[3];
        InputSignal[] signals = [.. Enumerable.Range(0, 3).Select(i => InputSignal.PiecewiseConstant([0], [i]))];
        VectorField field = VectorField.FromFunction(1, signals, (t, y, u, dydt) =>
        {
            latest[(int)u[0]] = Math.Max(latest[(int)u[0]], t);
            dydt[0] = -y[0];
        });
        SolveBatch(field, [[1.0], [1], [1]], new double[][] { [0, 1], [0, 7], [0, 3] }, new OdeSolverOptions { StepToOutputTimes = true }).EnsureSuccess();
        latest.Should().Equal(1, 7, 3);
    }

    [Fact]
    public void One_input_per_sample_wants_as_many_samples()
    {
        InputSignal signal = InputSignal.PiecewiseConstant([0], new double[,] { { 1, 1 } });
        foreach (int which in new[] { 0, 1, 2, 3 })
        {
            VectorField three = Create(which, [signal, signal, signal]);
            FluentActions.Invoking(() => SolveBatch(three, [[0.0, 0], [0, 0]], [0.0, 1])).Should().Throw<ArgumentException>().WithMessage("*has 3 inputs*asked for 2 samples*");
            FluentActions.Invoking(() => Solve(three, [0.0, 0], [0.0, 1])).Should().Throw<ArgumentException>().WithMessage("*has 3 inputs*asked for 1 sample.*");
            FluentActions.Invoking(() => three.Evaluate(0, [0.0, 0], new double[2])).Should().Throw<ArgumentException>().WithMessage("*has 3 inputs*");
            SolveBatch(three, [[0.0, 0], [0, 0], [0, 0]], [0.0, 1]).IsSuccess.Should().BeTrue();
            Solve(Create(which, [signal]), [0.0, 0], [0.0, 1]).Status.Should().Be(OdeStatus.Success);
        }
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused()
    {
        InputSignal one = InputSignal.PiecewiseConstant([0], [1]), two = InputSignal.PiecewiseConstant([0], new double[,] { { 1, 2 } });
        ForcedVectorFieldFunction function = (t, y, u, dydt) => { };
        FluentActions.Invoking(() => VectorField.FromFunction(1, [], function)).Should().Throw<ArgumentException>().WithParameterName("inputs").WithMessage("inputs is empty*");
        FluentActions.Invoking(() => VectorField.FromFunction(1, [one, null!], function)).Should().Throw<ArgumentException>().WithParameterName("inputs").WithMessage("inputs[1] is null*");
        FluentActions.Invoking(() => VectorField.FromFunction(1, [one, one, two], function)).Should().Throw<ArgumentException>().WithParameterName("inputs").WithMessage("inputs[2] has 2 components, but inputs[0] has 1*");
        FluentActions.Invoking(() => VectorField.FromFunction(1, (InputSignal)null!, function)).Should().Throw<ArgumentNullException>().WithParameterName("input");
        FluentActions.Invoking(() => VectorField.FromFunction(1, (InputSignal[])null!, function)).Should().Throw<ArgumentNullException>().WithParameterName("inputs");
        FluentActions.Invoking(() => VectorField.FromFunction(1, one, null!)).Should().Throw<ArgumentNullException>().WithParameterName("function");
        FluentActions.Invoking(() => VectorField.FromFunction(0, one, function)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("dimension");
        FluentActions.Invoking(() => new NeuralVectorField(new MultilayerPerceptron(3, [4], 2), two)).Should().Throw<ArgumentException>()
            .WithParameterName("network").WithMessage("*takes 3 numbers and gives 2*needs 4 inputs (2 for the state, 2 for the input).*");
        FluentActions.Invoking(() => new NeuralVectorField(new MultilayerPerceptron(4, [4], 2), one)).Should().Throw<ArgumentException>().WithMessage("*needs 3 inputs*takesTime: true*");
        FluentActions.Invoking(() => new NeuralVectorField(new MultilayerPerceptron(3, [4], 2), one, takesTime: true)).Should().Throw<ArgumentException>().WithMessage("*needs 4 inputs (2 for the state, 1 for the input, 1 for the time).*");
    }

    [Fact]
    public void A_network_knows_its_inputs()
    {
        InputSignal one = InputSignal.PiecewiseConstant([0], [1]), other = InputSignal.PiecewiseConstant([0], [2]);
        var network = new MultilayerPerceptron(3, [4], 2);
        new NeuralVectorField(network, one).Inputs.Should().Equal(one);
        new NeuralVectorField(network, [one, other]).Inputs.Should().Equal(one, other);
        new NeuralVectorField(network, takesTime: true).Inputs.Should().BeEmpty();
    }

    private static VectorField Create(int which, InputSignal signal) => which switch
    {
        0 => VectorField.FromFunction(2, signal, Pendulum),
        1 => VectorField.FromFunction(2, signal, TimeAndInput),
        2 => new NeuralVectorField(new MultilayerPerceptron(4, [5], 2, seed: 1), signal),
        _ => new NeuralVectorField(new MultilayerPerceptron(5, [9], 2, Activation.Silu, seed: 2), signal, takesTime: true),
    };

    private static VectorField Create(int which, InputSignal[] signals) => which switch
    {
        0 => VectorField.FromFunction(2, signals, Pendulum),
        1 => VectorField.FromFunction(2, signals, TimeAndInput),
        2 => new NeuralVectorField(new MultilayerPerceptron(4, [5], 2, seed: 1), signals),
        _ => new NeuralVectorField(new MultilayerPerceptron(5, [9], 2, Activation.Silu, seed: 2), signals, takesTime: true),
    };

    private static void Pendulum(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> dydt)
    {
        dydt[0] = y[1] + 0.1 * u[1];
        dydt[1] = u[0] - Math.Sin(y[0]);
    }

    private static void TimeAndInput(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> dydt) => dydt[1] = t * u[1] - y[1] * u[0] * u[0];
}
