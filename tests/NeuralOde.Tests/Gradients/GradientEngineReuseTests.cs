using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Gradients;

/// <summary>One engine used again and again, and one field used by several engines.</summary>
public sealed class GradientEngineReuseTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };

    public static TheoryData<bool, int> MethodsAndBatches => new() { { false, 1 }, { false, 20 }, { true, 1 }, { true, 20 } };

    [Theory]
    [MemberData(nameof(MethodsAndBatches))]
    public void A_solve_with_its_backward_pass_allocates_nothing_once_warm(bool isContinuous, int samples)
    {
        foreach (bool stepToOutputTimes in new[] { false, true })
        {
            // Dense output is asked for by whoever predicts with the same options; a gradient has no use for it.
            OdeSolverOptions options = Options with { StepToOutputTimes = stepToOutputTimes, DenseOutput = true };
            GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: true, width: 50), samples);
            var harness = new GradientHarness(problem, Method(isContinuous).CreateEngine(problem.Field, options, samples));
            harness.Compute();

            Allocations.During(() =>
            {
                harness.Solve();
                harness.Backward();
            }).Should().Be(0);
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndBatches))]
    public void A_second_run_with_the_same_input_gives_the_same_bits(bool isContinuous, int samples)
    {
        foreach (string field in GradientProblems.FieldNames)
        {
            GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), samples);
            var harness = new GradientHarness(problem, Method(isContinuous).CreateEngine(problem.Field, Options, samples));

            LossGradient first = harness.Compute();

            ShouldBeTheSame(harness.Compute(), first);
            // A second backward pass over the same solve.
            harness.Backward().Should().BeNull();
            harness.ParameterGradient.Should().Equal(first.Parameters);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_engine_remembers_nothing_of_the_problem_before(bool isContinuous)
    {
        GradientProblem lasting = GradientProblems.Ragged(GradientProblems.Network(takesTime: true), 2);
        GradientProblem brief = lasting with { Times = [[0.3, 0.4], [0.0, 0.0, -0.1]], InitialStates = [[-1.0, 0.2], [0.4, 0.5]] };
        GradientEngine engine = Method(isContinuous).CreateEngine(lasting.Field, Options, samples: 2);

        new GradientHarness(lasting, engine).Compute();

        ShouldBeTheSame(new GradientHarness(brief, engine).Compute(), GradientHarness.Compute(Method(isContinuous), Options, brief));
        ShouldBeTheSame(new GradientHarness(lasting, engine).Compute(), GradientHarness.Compute(Method(isContinuous), Options, lasting));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_engine_whose_measurement_was_interrupted_goes_on_as_a_new_one(bool isContinuous)
    {
        int products = 0, throwAt = 0;
        TrainableVectorField field = TrainableVectorField.FromFunction(1, [0.5], (t, y, p, dydt) => dydt[0] = p[0] * Math.Cos(20 * t) * y[0], (t, y, p, c, cy, cp) =>
        {
            if (++products == throwAt)
                throw new InvalidOperationException("interrupted");
            (cy[0], cp[0]) = (c[0] * p[0] * Math.Cos(20 * t), c[0] * Math.Cos(20 * t) * y[0]);
        });
        var problem = new GradientProblem(field, [[0, 1, 2]], [[1]], (_, _, state, cotangent) => cotangent[0] = state[0]);
        GradientEngine engine = Method(isContinuous).CreateEngine(field, Options, samples: 1);
        var harness = new GradientHarness(problem, engine);
        engine.MeasuresErrors = true;
        LossGradient expected = harness.Compute();
        double error = engine.ParameterErrors[0].Error;
        error.Should().BeGreaterThan(0);

        // Measuring comes last.
        (products, throwAt) = (0, products - 3);
        harness.Invoking(it => it.Compute()).Should().Throw<InvalidOperationException>().WithMessage("interrupted");

        ShouldBeTheSame(harness.Compute(), expected);
        engine.ParameterErrors[0].Error.Should().Be(error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_threads_may_use_one_field(bool isContinuous)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false, width: 20), 9);
        GradientProblem other = problem.OnlySample(2);
        LossGradient expected = GradientHarness.Compute(Method(isContinuous), Options, problem);
        LossGradient expectedOther = GradientHarness.Compute(Method(isContinuous), Options, other);

        Task[] runs = [Repeat(problem, expected), Repeat(problem, expected), Repeat(other, expectedOther)];

        await Task.WhenAll(runs);

        Task Repeat(GradientProblem one, LossGradient result) => Task.Run(() =>
        {
            var harness = new GradientHarness(one, Method(isContinuous).CreateEngine(one.Field, Options, one.Samples));
            for (int i = 0; i < 20; i++)
                ShouldBeTheSame(harness.Compute(), result);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_cancelled_engine_can_be_used_again(bool isContinuous)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false), 7);
        var harness = new GradientHarness(problem, Method(isContinuous).CreateEngine(problem.Field, Options, 7));
        LossGradient expected = harness.Compute();
        var cotangents = new double[harness.Engine.Outputs.Length];
        cotangents.AsSpan().Fill(1.0);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        harness.Engine.Invoking(engine => engine.Backward(cotangents, harness.ParameterGradient, true, out _, cancellation.Token))
            .Should().Throw<OperationCanceledException>();

        ShouldBeTheSame(harness.Compute(), expected);
    }

    private static void ShouldBeTheSame(LossGradient actual, LossGradient expected)
    {
        actual.Loss.Should().Be(expected.Loss);
        actual.Parameters.Should().Equal(expected.Parameters);
        LossGradient.Flat(actual.InitialStates).Should().Equal(LossGradient.Flat(expected.InitialStates));
        LossGradient.Flat(actual.Times).Should().Equal(LossGradient.Flat(expected.Times));
    }

    private static GradientMethod Method(bool isContinuous) =>
        isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint();
}
