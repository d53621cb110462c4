using System.Runtime.Intrinsics;
using CsCheck;
using NeuralOde.Tests.Dynamics;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Lanes;

/// <summary>One trajectory per lane, the next where one has ended: nothing about a solution may tell that it was not alone.</summary>
public class LaneSolveTests
{
    private static readonly Vector512<double> One = Vector512<double>.One;

    // A solve that shows its steps is the integrator's.
    private static readonly StepObserver Watching = static (in OdeStep _) => { };

    public static TheoryData<OdeMethod> Explicit { get; } = [.. OdeMethod.All.Where(method => method.Tableau is not null && method.IsAdaptive)];

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Solutions_of_very_different_length_and_direction_have_the_bits_of_each_alone(OdeMethod method)
    {
        const int Samples = 101;
        double[][] parameters = [.. Enumerable.Range(0, Samples).Select(i => new[] { 0.03 * (i * 37 % 101), 0.1 * (i % 3) })];
        double[][] states = [.. Enumerable.Range(0, Samples).Select(i => new[] { 2.0 - 0.03 * i, 0.02 * i })];
        double[][] times = [.. Enumerable.Range(0, Samples).Select(Times)];
        foreach ((OdeOutput output, bool isDense, ErrorNorm norm) in new[]
        {
            (OdeOutput.Times, false, ErrorNorm.RootMeanSquare), (OdeOutput.Times, true, ErrorNorm.Maximum), (OdeOutput.End, false, ErrorNorm.RootMeanSquare),
            (OdeOutput.Steps, false, ErrorNorm.RootMeanSquare), (OdeOutput.Steps, true, ErrorNorm.RootMeanSquare), (OdeOutput.End, true, ErrorNorm.RootMeanSquare),
        })
        {
            var options = new OdeSolverOptions { Method = method, ErrorNorm = norm, RelativeTolerance = 1e-4, Output = output, DenseOutput = isDense };
            OdeBatchSolution batch = OdeSolver.SolveBatch(LanesVectorFieldTests.Pushed(parameters), states, times, options);
            batch.Count(solution => solution.Failure is null).Should().BeGreaterThan(90);
            for (int sample = 0; sample < Samples; sample++)
            {
                VectorField one = LanesVectorFieldTests.PushedOne(parameters[sample]);
                OdeSolution expected = OdeSolver.Solve(one, states[sample], times[sample], options with { StepObserver = Watching });
                ShouldBeTheSame(batch[sample], expected, $"sample {sample}, {output}", isDense);
                ShouldBeTheSame(OdeSolver.Solve(one, states[sample], times[sample], options), expected, $"sample {sample} alone, {output}", isDense);
            }
        }
    }

    [Fact]
    public void Any_options_give_the_solution_or_the_failure_of_each_alone() =>
        Gen.Select(Gen.Int[2, 40], Gen.Int[1, 10], Gen.Double[-9, -2], Gen.Double[-3, 1], Gen.Double[-4, -1], Gen.Int[5, 60], Gen.Bool, Gen.Int[0, 1000])
            .Sample((samples, dimension, tolerance, longest, shortest, steps, isBackward, seed) =>
        {
            // Runs into its singularity, if it starts above 1, and into the root of a negative number, if below 0.
            VectorField lanes = VectorField.FromLanes(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dydt.Length; i++)
                    dydt[i] = y[i] * y[i] * Vector512.Sqrt(y[i]) - y[(i + 1) % y.Length] + Vector512.Create(0.25) * t;
            });
            VectorField one = VectorField.FromFunction(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dydt.Length; i++)
                    dydt[i] = y[i] * y[i] * Math.Sqrt(y[i]) - y[(i + 1) % y.Length] + 0.25 * t;
            });
            var random = new Random(seed);
            double[][] states = [.. Enumerable.Range(0, samples).Select(_ => Enumerable.Range(0, dimension).Select(_ => 1.6 * random.NextDouble() - 0.05).ToArray())];
            double[][] times = [.. Enumerable.Range(0, samples).Select(i => Times(random.Next(12)).Select(t => isBackward ? -t : t).ToArray())];
            var options = new OdeSolverOptions
            {
                RelativeTolerance = Math.Pow(10, tolerance),
                MaxStep = Math.Pow(10, longest),
                MinStep = seed % 3 == 0 ? Math.Min(Math.Pow(10, shortest), Math.Pow(10, longest)) : 0.0,
                MaxSteps = seed % 2 == 0 ? steps : 100_000,
                InitialStep = seed % 5 == 0 ? 0.3 : null,
                Controller = seed % 4 == 0 ? StepSizeController.ProportionalIntegralDerivative : seed % 7 == 0 ? StepSizeController.Hairer : null,
            };
            OdeBatchSolution batch = OdeSolver.SolveBatch(lanes, states, times, options);
            for (int sample = 0; sample < samples; sample++)
            {
                OdeSolution expected = OdeSolver.Solve(one, states[sample], times[sample], options with { StepObserver = Watching });
                ShouldBeTheSame(batch[sample], expected, $"sample {sample}");
                ShouldBeTheSame(OdeSolver.Solve(one, states[sample], times[sample], options), expected, $"sample {sample} alone");
            }
        }, iter: 150);

    [Fact]
    public void Every_vector_width_gives_the_same_bits()
    {
        double[][] parameters = [.. Enumerable.Range(0, 37).Select(i => new[] { 0.1 * i, 0.3 })];
        double[][] states = [.. parameters.Select(p => new[] { 2.0, 0.1 * p[0] })], times = [.. Enumerable.Range(0, 37).Select(Times)];
        var field = (LanesVectorField)LanesVectorFieldTests.Pushed(parameters);
        var options = new OdeSolverOptions { Method = OdeMethod.DormandPrince8, RelativeTolerance = 1e-5, Output = OdeOutput.End };
        OdeSolution[] widest = Solve<Lanes512<double>>(), half = Solve<Lanes256<double>>(), quarter = Solve<Lanes128<double>>(), single = Solve<Lanes1<double>>();
        for (int sample = 0; sample < widest.Length; sample++)
        {
            ShouldBeTheSame(half[sample], widest[sample], $"256 bits, sample {sample}");
            ShouldBeTheSame(quarter[sample], widest[sample], $"128 bits, sample {sample}");
            ShouldBeTheSame(single[sample], widest[sample], $"one lane, sample {sample}");
        }

        OdeSolution[] Solve<TVector>()
            where TVector : unmanaged, IVector<double, TVector>
        {
            var batch = new LaneBatch(field, options.Resolve(OdeSolver.DefaultMethod), options, states, times, Before: null, new OdeSolution[states.Length]);
            new LaneSolve<TVector, VectorLaneField>(batch, new VectorLaneField(field)).Run(0, states.Length, CancellationToken.None);
            return batch.Solutions;
        }
    }

    [Fact]
    public void The_first_lane_too_many_components_leaves_the_solution_as_it_is()
    {
        for (int dimension = SingleLaneField.MaxDimension - 1; dimension <= SingleLaneField.MaxDimension + 1; dimension++)
        {
            VectorField chain = VectorField.FromFunction(dimension, (t, y, dydt) =>
            {
                for (int i = 0; i < dydt.Length; i++)
                    dydt[i] = Math.Sin(y[(i + 1) % y.Length] + 0.1 * t) - 0.2 * y[i];
            });
            double[] state = [.. Enumerable.Range(0, dimension).Select(i => 0.3 * i)];
            OdeSolution expected = OdeSolver.Solve(chain, state, 0, 7, new OdeSolverOptions { StepObserver = Watching });
            ShouldBeTheSame(OdeSolver.Solve(chain, state, 0, 7), expected, $"{dimension} components", isDense: true);
        }
    }

    [Fact]
    public void What_fails_says_so_and_leaves_the_others_alone()
    {
        // y' = y² from 1 is infinite at t = 1; √(y − 1) is not a number below 1; the last has no derivative at the start.
        double[][] parameters = [.. Enumerable.Range(0, 60).Select(i => new[] { i % 4 == 1 ? 1.0 : 0.0, i % 4 == 2 ? 1.0 : 0.0, i % 4 == 3 ? double.MaxValue : 0.0 })];
        VectorField field = VectorField.FromLanes(1, parameters, (t, y, p, dydt) =>
            dydt[0] = p[0] * y[0] * y[0] - Vector512.ConditionalSelect(Vector512.Equals(p[1], One), One + Vector512.Sqrt(y[0] - One), Vector512<double>.Zero) + p[2] * Vector512.Create(10.0));
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [.. parameters.Select((_, i) => new[] { i % 4 == 2 ? 1.5 : 1.0 })], [0.0, 0.1, 0.4, 3.0]);
        for (int sample = 0; sample < parameters.Length; sample++)
        {
            OdeSolution solution = batch[sample];
            solution.Status.Should().Be((sample % 4) switch { 0 => OdeStatus.Success, 1 => OdeStatus.StepSizeUnderflow, 2 => OdeStatus.NonFiniteState, _ => OdeStatus.NonFiniteDerivative });
            solution.Count.Should().Be((sample % 4) switch { 0 => 4, 1 => 3, 2 => 2, _ => 1 });
            if (sample % 4 == 1)
                solution.FinalTime.Should().BeApproximately(1.0, 1e-6);
            if (sample % 4 == 3)
                solution.Failure!.Component.Should().Be(0);
        }
    }

    [Theory]
    [InlineData(33)]
    [InlineData(100)]
    public void Samples_that_wait_are_solved_although_all_that_moved_gave_up_at_once(int samples)
    {
        VectorField oscillator = VectorField.FromLanes(2, static (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -y[0]));
        double[][] states = [.. Enumerable.Range(0, samples).Select(_ => new[] { 1.0, 0.0 })];
        OdeBatchSolution batch = OdeSolver.SolveBatch(oscillator, states, [0.0, 100.0], new OdeSolverOptions { MaxSteps = 5 });
        batch.Should().HaveCount(samples).And.OnlyContain(solution => solution.Status == OdeStatus.TooManySteps);
    }

    [Fact]
    public void Going_on_later_is_going_on_alone()
    {
        double[][] parameters = [.. Enumerable.Range(0, 33).Select(i => new[] { 0.1 * i, 0.3 })];
        double[][] states = [.. parameters.Select(p => new[] { 1.0, p[0] })];
        var options = new OdeSolverOptions { Output = OdeOutput.End };
        OdeBatchSolution more = OdeSolver.SolveBatch(LanesVectorFieldTests.Pushed(parameters), states, [0.0, 1.0], options).Continue([1.5, 4.0]).EnsureSuccess();
        for (int i = 0; i < parameters.Length; i++)
        {
            VectorField one = LanesVectorFieldTests.PushedOne(parameters[i]);
            OdeSolution expected = OdeSolver.Solve(one, states[i], [0.0, 1.0], options with { StepObserver = Watching }).Continue([1.5, 4.0]);
            ShouldBeTheSame(more[i], expected, $"sample {i}");
            ShouldBeTheSame(OdeSolver.Solve(one, states[i], [0.0, 1.0], options).Continue([1.5, 4.0]), expected, $"sample {i} alone");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_function_is_called_as_often_as_the_statistics_say_also_when_the_solve_fails(bool endsInNaN)
    {
        long calls = 0;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) =>
        {
            calls++;
            dydt[0] = endsInNaN && t > 0.5 ? double.NaN : -y[0];
        });
        OdeSolution solution = OdeSolver.Solve(field, [1.0], [0.0, 100.0], new OdeSolverOptions { MaxSteps = endsInNaN ? 1000 : 3 });
        solution.Status.Should().Be(endsInNaN ? OdeStatus.NonFiniteState : OdeStatus.TooManySteps);
        solution.Statistics.Evaluations.Should().Be(calls);
    }

    [Fact]
    public void An_exception_of_a_single_function_passes_through_and_leaves_the_field_usable()
    {
        bool throws = true;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = throws && t > 0.5 ? throw new InvalidOperationException("out of range") : -y[0]);
        FluentActions.Invoking(() => OdeSolver.Solve(field, [1.0], [0.0, 2.0])).Should().Throw<InvalidOperationException>().WithMessage("out of range");
        throws = false;
        OdeSolver.Solve(field, [1.0], [0.0, 2.0]).EnsureSuccess().FinalState[0].Should().BeApproximately(Math.Exp(-2.0), 1e-4);
    }

    [Fact]
    public void A_single_function_can_solve_on_its_own_account_while_it_is_being_solved()
    {
        VectorField inner = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0]);
        VectorField outer = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = OdeSolver.Solve(inner, y, [0.0, 1.0]).FinalState[0]);
        OdeSolution nested = OdeSolver.Solve(outer, [1.0], [0.0, 1.0]).EnsureSuccess();
        nested.FinalState[0].Should().BeApproximately(Math.Exp(Math.Exp(-1.0)), 1e-4);
    }

    [Fact]
    public void Tolerances_per_component_are_those_of_the_integrator()
    {
        var options = new OdeSolverOptions { RelativeTolerances = [1e-3, 1e-8], AbsoluteTolerances = [1e-9, 1e-4], Output = OdeOutput.End };
        double[][] parameters = [.. Enumerable.Range(0, 9).Select(i => new[] { 0.4 * i, 0.2 })];
        double[][] states = [.. parameters.Select(p => new[] { 2.0, p[0] })];
        OdeBatchSolution batch = OdeSolver.SolveBatch(LanesVectorFieldTests.Pushed(parameters), states, [0.0, 3.0], options);
        for (int i = 0; i < states.Length; i++)
        {
            VectorField one = LanesVectorFieldTests.PushedOne(parameters[i]);
            OdeSolution expected = OdeSolver.Solve(one, states[i], [0.0, 3.0], options with { StepObserver = Watching });
            ShouldBeTheSame(batch[i], expected, $"sample {i}");
            ShouldBeTheSame(OdeSolver.Solve(one, states[i], [0.0, 3.0], options), expected, $"sample {i} alone");
        }
    }

    [Fact]
    public void Lanes_do_not_stand_idle()
    {
        // From 1 to 60 times around: in fixed groups of eight, as many calls again would be for lanes that have arrived.
        double[][] frequencies = [.. Enumerable.Range(0, 240).Select(i => new[] { 1.0 + 59.0 * (i * 73 % 240) / 240 })];
        VectorField oscillators = VectorField.FromLanes(2, frequencies, (t, y, p, dydt) => (dydt[0], dydt[1]) = (p[0] * y[1], -p[0] * y[0]));
        OdeBatchSolution batch = OdeSolver.SolveBatch(oscillators, [.. frequencies.Select(_ => new[] { 1.0, 0.0 })], [0.0, 6.283185307179586]).EnsureSuccess();
        batch.Statistics.Evaluations.Should().BeLessThan((long)(1.25 * batch.Sum(solution => solution.Statistics.Evaluations) / 8));
        batch.Statistics.AcceptedSteps.Should().Be(batch.Sum(solution => solution.Statistics.AcceptedSteps));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_allocate_nothing(bool isSingle)
    {
        VectorField oscillators = VectorField.FromLanes(2, static (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -y[0]), isAutonomous: true);
        VectorField oscillator = VectorField.FromFunction(2, static (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -y[0]));
        double[][] states = [.. Enumerable.Range(0, 64).Select(i => new[] { 1.0 + i, 0.0 })];
        long Allocated(double end)
        {
            var options = new OdeSolverOptions { Output = OdeOutput.End };
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (isSingle)
                OdeSolver.Solve(oscillator, states[0], [0.0, end], options);
            else
                OdeSolver.SolveBatch(oscillators, states, [0.0, end], options);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Allocated(1.0);
        Allocated(200.0);
        // The runtime compiles hot code again while the tests run, which may allocate; a step that allocates does so every time.
        Enumerable.Range(0, 20).Select(_ => Allocated(200.0) - Allocated(1.0)).Min().Should().BeLessThanOrEqualTo(0);
    }

    [Fact]
    public void Cancellation_ends_the_solve()
    {
        using var source = new CancellationTokenSource();
        VectorField cancels = VectorField.FromLanes(1, (t, y, dydt) => source.Cancel());
        FluentActions.Invoking(() => OdeSolver.SolveBatch(cancels, [[1.0], [2.0]], [0.0, 1.0], cancellationToken: source.Token)).Should().Throw<OperationCanceledException>()
            .Which.CancellationToken.Should().Be(source.Token);
    }

    /// <summary>From one time alone over repeated ones to many, forward and backward.</summary>
    private static double[] Times(int i) => (i % 6) switch
    {
        0 => [0.5],
        1 => [0.0, 0.0, 0.3, 0.3, 1.0 + 0.05 * i],
        2 => [1.0, 0.2, 0.1, -0.5],
        3 => [.. Enumerable.Range(0, 30).Select(k => 0.1 * k)],
        4 => [0.0, 8.0],
        _ => [2.0, 2.0],
    };

    private static void ShouldBeTheSame(OdeSolution actual, OdeSolution expected, string because, bool isDense = false)
    {
        actual.Status.Should().Be(expected.Status, because);
        actual.Failure.Should().Be(expected.Failure, because);
        actual.Statistics.Should().Be(expected.Statistics, because);
        actual.FinalTime.Should().Be(expected.FinalTime, because);
        actual.FinalState.ShouldHaveTheBitsOf(expected.FinalState, because);
        actual.Times.ToArray().Should().Equal(expected.Times.ToArray(), because);
        actual.States.ShouldHaveTheBitsOf(expected.States, because);
        if (!isDense || expected.Count == 0)
            return;
        double middle = 0.6 * expected.Times[0] + 0.4 * expected.FinalTime;
        actual.Evaluate(middle).ShouldHaveTheBitsOf(expected.Evaluate(middle), because);
    }
}
