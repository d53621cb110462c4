using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class BatchTests
{
    /// <summary>Fields whose samples end in success, in a number that is not finite at the start, or in one later.</summary>
    private static readonly VectorField[] Fields =
    [
        Problems.LotkaVolterra,
        Problems.Pendulum,
        Problems.NonAutonomous,
        new NeuralVectorField(new MultilayerPerceptron(2, [13], 2, Activation.Tanh, seed: 1)),
        new NeuralVectorField(new MultilayerPerceptron(3, [5, 8], 2, Activation.Silu, seed: 2), takesTime: true),
        new NeuralVectorField(new Sequential(3, new ElementwisePower(2, 3), new Dense(2, 6), new ActivationLayer(6, Activation.Gelu), new Dense(6, 2), new ActivationLayer(2, Activation.Sin))),
        new NeuralVectorField(new Sequential(4, new ElementwisePower(2, 2), new Dense(2, 2), new ActivationLayer(2, Activation.Softplus))),
        VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = Math.Sqrt(1.5 - y[0]); dydt[1] = -y[1]; }),
    ];

    private static readonly Gen<OdeSolverOptions> AnyOptions = Gen.Select(Gen.Double[-9, -2], Gen.Int[0, 5]).Select((digits, way) =>
    {
        var options = new OdeSolverOptions { RelativeTolerance = Math.Pow(10, digits), AbsoluteTolerance = 1e-2 * Math.Pow(10, digits), MaxSteps = 300 };
        return way switch
        {
            1 => options with { Method = OdeMethod.BogackiShampine3 },
            2 => options with { FixedStep = 0.1 },
            3 => options with { StepToOutputTimes = true },
            4 => options with { MaxStep = 0.2, InitialStep = 0.01 },
            _ => options,
        };
    });

    private static readonly Gen<(double[] State, double[] Times)> AnySample = Gen.Select(Gen.Double[0.1, 2].Array[2], Gen.Double[-1, 3].Array[1, 6], Gen.Bool)
        .Select((state, times, backward) => (state, backward ? [.. times.OrderDescending()] : times.Order().ToArray()));

    [Fact]
    public void A_sample_has_the_same_bits_alone_and_anywhere_in_any_batch() =>
        Gen.Select(Gen.Int[0, Fields.Length - 1], AnyOptions, AnySample.Array[1, 20], Gen.Int[0, 100]).Sample((which, options, samples, rotation) =>
        {
            OdeBatchSolution batch = SolveBatch(Fields[which], samples, options);
            (double[] State, double[] Times)[] rotated = [.. samples.Skip(rotation % samples.Length), .. samples.Take(rotation % samples.Length), samples[0]];
            OdeBatchSolution other = SolveBatch(Fields[which], rotated, options);
            for (int i = 0; i < samples.Length; i++)
            {
                OdeSolution alone = OdeSolver.Solve(Fields[which], samples[i].State, samples[i].Times, options);
                ShouldBeTheSame(batch[i], alone, $"field {which}, sample {i} of {samples.Length}");
                ShouldBeTheSame(other[(i + samples.Length - rotation % samples.Length) % samples.Length], alone, $"field {which}, sample {i} rotated by {rotation}");
            }
        }, iter: 400);

    [Fact]
    public void A_ragged_batch_solves_every_sample_over_its_own_times()
    {
        double[][] states = [[1, 0.9], [1, 0.9], [1, 0.9], [1, 0.9], [1, 0.9]];
        double[][] times = [[0, 1, 2], [2, -1], [0.5], [3, 3], [0, 0.1, 0.2, 0.2, 5]];
        var options = new OdeSolverOptions { RelativeTolerance = 1e-9 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, states, times, options).EnsureSuccess();
        batch.Count.Should().Be(5);
        batch.IsSuccess.Should().BeTrue();
        for (int i = 0; i < 5; i++)
        {
            batch[i].Times.ToArray().Should().Equal(times[i]);
            ShouldBeTheSame(batch[i], OdeSolver.Solve(Problems.Pendulum, states[i], times[i], options), $"sample {i}");
        }

        batch[2].Statistics.Should().Be(default(OdeStatistics));
        batch.Select(sample => sample.FinalTime).Should().Equal(2, -1, 0.5, 3, 5);
    }

    [Fact]
    public void Each_sample_fails_in_its_own_way_and_the_others_succeed()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = y[0] * y[0];
            dydt[1] = y[1] < 0 ? double.NaN : Math.Sqrt(2 - t);
        });
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0.1, 1], [0.1, -1], [1, 1], [0, 0], [-3, 1]],
            new double[][] { [0, 1], [0, 1], [0, 1.9], [1, 3], [1, 0] }, new OdeSolverOptions { MaxSteps = 1000 });
        batch.Select(sample => sample.Status == OdeStatus.Success).Should().Equal(true, false, false, false, false);
        batch.IsSuccess.Should().BeFalse();
        batch[1].Failure!.Should().Match<OdeFailure>(failure => failure.Status == OdeStatus.NonFiniteDerivative && failure.Component == 1 && failure.Time == 0);
        batch[2].FinalTime.Should().BeApproximately(1, 1e-4);
        batch[3].Failure!.Should().Match<OdeFailure>(failure => failure.Status == OdeStatus.NonFiniteState && failure.Component == 1);
        batch[3].FinalTime.Should().BeApproximately(2, 1e-4);
        FluentActions.Invoking(batch.EnsureSuccess).Should().Throw<OdeSolverException>().WithMessage("Sample 1: *component 1*t = 0*");
    }

    [Fact]
    public void Nobody_evaluates_a_sample_that_has_finished_or_failed() =>
        Gen.Select(AnyOptions, AnySample.Array[2, 12], Gen.Int[0, 40]).Sample((options, samples, holes) =>
        {
            // The first component never changes: it says which sample is evaluated.
            long[] calls = new long[samples.Length];
            VectorField field = VectorField.FromFunction(3, (t, y, dydt) =>
            {
                int sample = (int)y[0];
                calls[sample]++;
                bool failsAtOnce = sample == holes, failsLater = sample + 12 == holes && t > 0.5, blowsUp = sample + 24 == holes;
                dydt[1] = failsAtOnce || failsLater ? double.NaN : y[2];
                dydt[2] = blowsUp ? 3 * y[2] * y[2] : -Math.Sin(y[1]);
            });
            OdeBatchSolution batch = SolveBatch(field, [.. samples.Select((sample, i) => (new[] { i, sample.State[0], sample.State[1] }, sample.Times))], options);
            for (int i = 0; i < samples.Length; i++)
            {
                batch[i].Statistics.Evaluations.Should().Be(calls[i], $"sample {i} ends with {batch[i].Status}");
                int stages = (options.Method ?? OdeSolver.DefaultMethod).Tableau!.EndStage;
                long steps = batch[i].Statistics.AcceptedSteps + batch[i].Statistics.RejectedSteps;
                // A first step that an output time has cut is estimated anew there.
                int estimates = options.StepToOutputTimes ? samples[i].Times.Length : 1;
                if (calls[i] > 0)
                    calls[i].Should().BeInRange(1 + stages * steps, 1 + estimates + stages * steps);
            }

            batch.Statistics.AcceptedSteps.Should().Be(batch.Sum(sample => sample.Statistics.AcceptedSteps));
            batch.Statistics.RejectedSteps.Should().Be(batch.Sum(sample => sample.Statistics.RejectedSteps));
            batch.Statistics.Evaluations.Should().BeInRange(batch.Max(sample => sample.Statistics.Evaluations), batch.Sum(sample => sample.Statistics.Evaluations));
        }, iter: 400);

    [Fact]
    public void A_batch_of_one_is_a_solve()
    {
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0]], [0.0, 1, 2]);
        OdeSolution alone = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1, 2]);
        ShouldBeTheSame(batch[0], alone, "a batch of one");
        batch.Statistics.Should().Be(alone.Statistics);
    }

    [Fact]
    public void Threads_share_a_field()
    {
        var expected = new Dictionary<int, OdeBatchSolution>();
        double[][] States(int seed) => [.. Batches.Random(1 + seed, 2, seed)];
        for (int field = 0; field < 6; field++)
            expected[field] = OdeSolver.SolveBatch(Fields[field], States(field), [0.0, 1, 2]);
        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, run =>
        {
            int field = run % 6;
            OdeBatchSolution batch = OdeSolver.SolveBatch(Fields[field], States(field), [0.0, 1, 2]);
            for (int i = 0; i < batch.Count; i++)
                ShouldBeTheSame(batch[i], expected[field][i], $"field {field}, sample {i}");
        });
    }

    private static OdeBatchSolution SolveBatch(VectorField field, (double[] State, double[] Times)[] samples, OdeSolverOptions options) =>
        OdeSolver.SolveBatch(field, [.. samples.Select(sample => sample.State)], [.. samples.Select(sample => sample.Times)], options);

    private static void ShouldBeTheSame(OdeSolution actual, OdeSolution expected, string because)
    {
        actual.Failure.Should().Be(expected.Failure, because);
        actual.FinalTime.Should().Be(expected.FinalTime, because);
        actual.Times.ShouldHaveTheBitsOf(expected.Times, because);
        actual.States.ShouldHaveTheBitsOf(expected.States, because);
        actual.FinalState.ShouldHaveTheBitsOf(expected.FinalState, because);
        actual.Statistics.Should().Be(expected.Statistics, because);
    }
}
