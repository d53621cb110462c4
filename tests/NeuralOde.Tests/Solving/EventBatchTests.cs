using CsCheck;
using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Solving;

/// <summary>Events belong to samples, and cost memory only where they happen.</summary>
public class EventBatchTests
{
    private static readonly Gen<OdeSolverOptions> AnyOptions = Gen.Select(Gen.Double[-9, -3], Gen.Int[0, 5]).Select((digits, way) =>
    {
        var options = new OdeSolverOptions { RelativeTolerance = Math.Pow(10, digits), AbsoluteTolerance = 1e-2 * Math.Pow(10, digits), MaxSteps = 500, DenseOutput = true };
        return way switch
        {
            1 => options with { Method = OdeMethod.BogackiShampine3 },
            2 => options with { FixedStep = 0.1 },
            3 => options with { StepToOutputTimes = true, Method = OdeMethod.Tsitouras5 },
            4 => options with { MaxStep = 0.2, InitialStep = 0.01, Method = OdeMethod.DormandPrince8 },
            _ => options with { JumpTimes = [0.5, 1.25] },
        };
    });

    private static readonly Gen<(double[] State, double[] Times)> AnySample = Gen.Select(Gen.Double[-1.5, 1.5].Array[2], Gen.Double[-1, 6].Array[1, 6], Gen.Bool)
        .Select((state, times, backward) => (state, backward ? [.. times.OrderDescending()] : times.Order().ToArray()));

    private static readonly OdeEvent[] Events =
    [
        new((t, y) => y[0] - 0.2),
        new((t, y) => y[1] * y[0] - 0.1, EventDirection.Falling),
        new((t, y) => y[0] + 0.5, EventDirection.Falling, stateChange: (t, y) => y[1] = -0.8 * y[1]),
        new((t, y) => y[1] - 1.4, action: EventAction.Terminate),
        new((t, y) => y[1] > 1.45 ? double.NaN : 1.0),
    ];

    [Fact]
    public void A_sample_has_the_same_events_alone_and_anywhere_in_any_batch() =>
        Gen.Select(AnyOptions, AnySample.Array[2, 20], Gen.Int[0, 100]).Sample((options, samples, rotation) =>
        {
            options = options with { Events = Events };
            OdeBatchSolution batch = SolveBatch(samples, options);
            OdeBatchSolution other = SolveBatch([.. samples.Skip(rotation % samples.Length), .. samples.Take(rotation % samples.Length), samples[0]], options);
            for (int i = 0; i < samples.Length; i++)
            {
                OdeSolution alone = OdeSolver.Solve(Problems.Pendulum, samples[i].State, samples[i].Times, options);
                ShouldBeTheSame(batch[i], alone, $"sample {i} of {samples.Length}");
                ShouldBeTheSame(other[(i + samples.Length - rotation % samples.Length) % samples.Length], alone, $"sample {i} rotated by {rotation}");
            }
        }, iter: 250);

    [Fact]
    public void Balls_of_a_batch_bounce_each_at_its_own_times()
    {
        double[] heights = [10, 3, 10, 0.5, 80];
        double[][] times = [[0, 20], [3, 4, 23], [0, -20], [5], [0, 1, 2, 4]];
        OdeBatchSolution batch = OdeSolver.SolveBatch(EventProblems.Fall, [.. heights.Select(height => new[] { height, 0.0 })], times, new OdeSolverOptions { Events = [EventProblems.Bounce(1)] }).EnsureSuccess();
        for (int i = 0; i < heights.Length; i++)
        {
            double fall = Math.Sqrt(2 * heights[i] / EventProblems.Gravity), duration = times[i][^1] - times[i][0];
            int bounces = (int)((Math.Abs(duration) / fall + 1) / 2);
            batch[i].Events.Should().HaveCount(bounces);
            for (int bounce = 0; bounce < bounces; bounce++)
                batch[i].Events[bounce].Time.Should().BeApproximately(times[i][0] + Math.Sign(duration) * (2 * bounce + 1) * fall, 1e-11);
        }
    }

    [Fact]
    public void One_sample_ends_at_its_event_and_the_others_go_on()
    {
        var stop = new OdeEvent((t, y) => y[0] - 0.5, action: EventAction.Terminate);
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Decay, [[1], [0.4], [2], [0.5]], [0.0, 1, 2], new OdeSolverOptions { RelativeTolerance = 1e-9, Events = [stop] });
        batch.Select(sample => sample.Status).Should().Equal(OdeStatus.TerminatedByEvent, OdeStatus.Success, OdeStatus.TerminatedByEvent, OdeStatus.Success);
        batch.Select(sample => sample.Count).Should().Equal(1, 3, 2, 3);
        batch[2].FinalTime.Should().BeApproximately(Math.Log(4), 1e-8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void Steps_without_an_event_allocate_nothing(int samples)
    {
        // Both functions come near zero and turn away, so that minima are looked for as well.
        OdeEvent[] events = [new((t, y) => Math.Cos(9 * t) + 1.001), new((t, y) => 1e3 + y[0], stateChange: (t, y) => y[0] = 0)];
        var few = new OdeSolverOptions { FixedStep = 0.25, Events = events };
        ShouldAllocateTheSame(few, few with { FixedStep = 0.001 }, samples);
        ShouldAllocateTheSame(few with { FixedStep = null }, few with { FixedStep = null, MaxStep = 0.002 }, samples);
    }

    [Fact]
    public void Recorded_events_allocate_only_their_occurrences()
    {
        const int Count = 1000;
        var options = new OdeSolverOptions { MaxStep = 0.01, Events = [new OdeEvent((t, y) => Math.Sin(Count * Math.PI * t))] };
        long none = Bytes(options with { Events = [new OdeEvent((t, y) => 2 + Math.Sin(Count * Math.PI * t))] }, 1);
        long all = Bytes(options, 1);
        (all - none).Should().BeInRange(Count * 50, Count * 250);
    }

    private static void ShouldAllocateTheSame(OdeSolverOptions few, OdeSolverOptions many, int samples)
    {
        long bytesOfFew = 0, bytesOfMany = -1;
        for (int attempt = 0; attempt < 40 && bytesOfFew != bytesOfMany; attempt++)
        {
            if (attempt > 0)
                Thread.Sleep(50);
            bytesOfFew = Bytes(few, samples);
            bytesOfMany = Bytes(many, samples);
        }

        bytesOfMany.Should().Be(bytesOfFew);
    }

    private static long Bytes(OdeSolverOptions options, int samples)
    {
        double[][] states = Batches.Random(samples, 2, 1);
        double[][] times = [.. Enumerable.Range(0, samples).Select(_ => new[] { 0.0, 1.0 })];
        return Allocations.During(() =>
        {
            if (samples == 1)
                OdeSolver.Solve(Problems.Pendulum, states[0], times[0], options).EnsureSuccess();
            else
                OdeSolver.SolveBatch(Problems.Pendulum, states, times, options).EnsureSuccess();
        });
    }

    private static OdeBatchSolution SolveBatch((double[] State, double[] Times)[] samples, OdeSolverOptions options) =>
        OdeSolver.SolveBatch(Problems.Pendulum, [.. samples.Select(sample => sample.State)], [.. samples.Select(sample => sample.Times)], options);

    private static void ShouldBeTheSame(OdeSolution actual, OdeSolution expected, string because)
    {
        actual.Status.Should().Be(expected.Status, because);
        actual.Failure.Should().Be(expected.Failure, because);
        actual.FinalTime.Should().Be(expected.FinalTime, because);
        actual.States.ShouldHaveTheBitsOf(expected.States, because);
        actual.FinalState.ShouldHaveTheBitsOf(expected.FinalState, because);
        actual.Statistics.Should().Be(expected.Statistics, because);
        actual.Events.Count.Should().Be(expected.Events.Count, because);
        for (int i = 0; i < actual.Events.Count; i++)
        {
            actual.Events[i].Event.Should().Be(expected.Events[i].Event, because);
            actual.Events[i].Time.Should().Be(expected.Events[i].Time, because);
            actual.Events[i].StateBefore.ShouldHaveTheBitsOf(expected.Events[i].StateBefore, because);
            actual.Events[i].StateAfter.ShouldHaveTheBitsOf(expected.Events[i].StateAfter, because);
        }

        for (int i = 0; i < 20; i++)
        {
            double time = expected.Times[0] + i / 20.0 * (expected.FinalTime - expected.Times[0]);
            actual.Evaluate(time).ShouldHaveTheBitsOf(expected.Evaluate(time), because);
        }
    }
}
