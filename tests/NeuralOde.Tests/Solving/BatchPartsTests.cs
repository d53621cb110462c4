using NeuralOde.Tests.Dynamics;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Large batches are solved in parts, on as many threads as one likes.</summary>
public class BatchPartsTests
{
    private static readonly double[][] Parameters = [.. Enumerable.Range(0, 203).Select(i => new[] { 0.01 * i, 0.002 * (i % 7) })];

    private static readonly double[][] States = [.. Enumerable.Range(0, 203).Select(i => new[] { 2.0 - 0.01 * i, 0.005 * i })];

    [Fact]
    public void Bits_and_statistics_do_not_depend_on_the_number_of_threads_and_are_those_of_a_sample_alone()
    {
        var options = new OdeSolverOptions { Events = [new OdeEvent((t, y) => y[0])], DenseOutput = true };
        OdeBatchSolution Solve(int threads) =>
            OdeSolver.SolveBatch(LanesVectorFieldTests.Pushed(Parameters), States, [0.0, 1.0, 4.0], options with { MaxDegreeOfParallelism = threads }).EnsureSuccess();
        OdeBatchSolution expected = Solve(1);
        foreach (int threads in new[] { 2, 3, 7 })
        {
            OdeBatchSolution actual = Solve(threads);
            actual.Statistics.Should().Be(expected.Statistics);
            for (int sample = 0; sample < Parameters.Length; sample++)
                ShouldBeTheSame(actual[sample], expected[sample], $"sample {sample} on {threads} threads");
        }

        for (int sample = 0; sample < Parameters.Length; sample += 13)
            ShouldBeTheSame(expected[sample], OdeSolver.Solve(LanesVectorFieldTests.Pushed([Parameters[sample]]), States[sample], [0.0, 1.0, 4.0], options), $"sample {sample}");
    }

    [Fact]
    public void Inputs_of_each_sample_and_continuations_find_their_part()
    {
        InputSignal[] inputs = [.. Enumerable.Range(0, 150).Select(i => InputSignal.PiecewiseConstant([0.0, 0.01 * i + 0.1], [1.0, 0.1 * i]))];
        double[][] states = [.. inputs.Select(_ => new[] { 0.0 })];
        ForcedVectorFieldFunction f = (t, y, u, dydt) => dydt[0] = u[0] - y[0];
        OdeBatchSolution batch = OdeSolver.SolveBatch(VectorField.FromFunction(1, inputs, f), states, [0.0, 2.0], new OdeSolverOptions { MaxDegreeOfParallelism = 2 }).EnsureSuccess();
        OdeBatchSolution more = batch.Continue(3.0).EnsureSuccess();
        for (int sample = 0; sample < inputs.Length; sample += 7)
        {
            OdeSolution alone = OdeSolver.Solve(VectorField.FromFunction(1, inputs[sample], f), [0.0], [0.0, 2.0]);
            batch[sample].FinalState.ShouldHaveTheBitsOf(alone.FinalState, $"sample {sample}");
            more[sample].FinalState.ShouldHaveTheBitsOf(alone.Continue(3.0).FinalState, $"sample {sample}");
        }
    }

    [Fact]
    public void A_slow_sample_among_4096_holds_no_other()
    {
        const int Samples = 4096;
        long calls = 0;
        double[][] frequencies = [.. Enumerable.Range(0, Samples).Select(i => new[] { i == 1234 ? 400.0 : 1.0 })];
        double[][] states = [.. frequencies.Select(_ => new[] { 1.0, 0.0 })];
        VectorField oscillators = VectorField.FromLanes(2, frequencies, (t, y, p, dydt) =>
        {
            calls++;
            (dydt[0], dydt[1]) = (p[0] * y[1], -p[0] * y[0]);
        });
        OdeBatchSolution batch = OdeSolver.SolveBatch(oscillators, states, [0.0, 5.0]).EnsureSuccess();
        long slow = batch[1234].Statistics.Evaluations, others = batch[0].Statistics.Evaluations;
        slow.Should().BeGreaterThan(200 * others);
        // A call is for eight samples. While the slow one goes on, its neighbours come and go, and in the end it goes on alone.
        calls.Should().BeInRange(Samples / 8 * others, (long)(1.02 * Samples / 8 * others) + slow);
        batch.Statistics.Evaluations.Should().Be(calls);
    }

    [Fact]
    public void Step_observers_see_the_samples_of_the_batch()
    {
        var steps = new int[130];
        var options = new OdeSolverOptions { StepObserver = (in OdeStep step) => steps[step.Sample]++ };
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [.. Enumerable.Range(0, 130).Select(i => new[] { 0.01 * i, 0.0 })], [0.0, 1.0], options);
        steps.Should().Equal(batch.Select(sample => (int)sample.Statistics.AcceptedSteps));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_exception_of_the_foremost_part_and_cancellation_pass_through(int threads)
    {
        var options = new OdeSolverOptions { MaxDegreeOfParallelism = threads };
        VectorField throws = VectorField.FromFunction(1, (t, y, dydt) => throw (y[0] > 100 ? new NotSupportedException($"{(int)y[0] / 64}") : new NotSupportedException("none")));
        double[][] states = [.. Enumerable.Range(0, 400).Select(i => new[] { 128.0 + i })];
        for (int run = 0; run < 20; run++)
            FluentActions.Invoking(() => OdeSolver.SolveBatch(throws, states, [0.0, 1.0], options)).Should().Throw<NotSupportedException>().WithMessage("2");
        using var source = new CancellationTokenSource();
        VectorField cancels = VectorField.FromFunction(1, (t, y, dydt) => source.Cancel());
        FluentActions.Invoking(() => OdeSolver.SolveBatch(cancels, states, [0.0, 1.0], options, source.Token)).Should().Throw<OperationCanceledException>()
            .Which.CancellationToken.Should().Be(source.Token);
    }

    [Fact]
    public void Small_batches_and_joint_control_stay_on_the_callers_thread_and_one_thread_is_the_default()
    {
        var threads = new HashSet<int>();
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => threads.Add(Environment.CurrentManagedThreadId));
        double[][] states = [.. Enumerable.Range(0, 300).Select(_ => new[] { 0.0 })];
        OdeSolver.SolveBatch(field, states, [0.0, 1.0]);
        OdeSolver.SolveBatch(field, states[..64], [0.0, 1.0], new OdeSolverOptions { MaxDegreeOfParallelism = 8 });
        OdeSolver.SolveBatch(field, states, [0.0, 1.0], new OdeSolverOptions { MaxDegreeOfParallelism = 8, ErrorControl = ErrorControl.Joint });
        threads.Should().Equal(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void Mistakes_in_any_part_are_told_before_anything_is_solved()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => throw new InvalidOperationException("solved"));
        double[][] states = [.. Enumerable.Range(0, 300).Select(_ => new[] { 0.0 })];
        states[200] = [double.NaN];
        FluentActions.Invoking(() => OdeSolver.SolveBatch(field, states, [0.0, 1.0])).Should().Throw<ArgumentException>().WithMessage("initialStates[200][0] = NaN*");
        FluentActions.Invoking(() => OdeSolver.SolveBatch(VectorField.FromLanes(1, Parameters, (t, y, p, dydt) => { }), states, [0.0, 1.0])).Should().Throw<ArgumentException>().WithMessage("*203 samples*300*");
        FluentActions.Invoking(() => OdeSolver.Solve(field, [0.0], [0.0, 1.0], new OdeSolverOptions { MaxDegreeOfParallelism = 0 })).Should().Throw<ArgumentException>().WithMessage("*MaxDegreeOfParallelism*");
    }

    private static void ShouldBeTheSame(OdeSolution actual, OdeSolution expected, string because)
    {
        actual.States.ShouldHaveTheBitsOf(expected.States, because);
        actual.Evaluate(2.3).ShouldHaveTheBitsOf(expected.Evaluate(2.3), because);
        actual.Events.Select(e => e.Time).Should().Equal(expected.Events.Select(e => e.Time), because);
        actual.Statistics.Should().Be(expected.Statistics, because);
    }
}
