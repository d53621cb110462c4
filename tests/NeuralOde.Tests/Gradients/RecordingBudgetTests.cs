using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Gradients;

/// <summary>What the discrete adjoint may record is bounded; what it has not recorded it evaluates again.</summary>
public sealed class RecordingBudgetTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 };

    public static TheoryData<string, string, int> Cases
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            foreach (string name in new[] { "network", "network of time", "Lotka-Volterra" })
            {
                foreach (string method in new[] { "DormandPrince5", "DormandPrince8", "BogackiShampine3" })
                {
                    foreach (int samples in new[] { 1, 9 })
                        data.Add(name, method, samples);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gradient_has_the_same_bits_with_any_budget(string field, string method, int samples)
    {
        OdeSolverOptions options = Options with { Method = OdeMethod.All.Single(one => one.Name == method) };
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), samples);
        LossGradient expected = Compute(long.MaxValue, out _, out OdeStatistics forward, out OdeStatistics all);
        long before = long.MaxValue;
        foreach (long budget in new[] { 0, 1, 20_000, 40_000 })
        {
            LossGradient actual = Compute(budget, out _, out OdeStatistics actualForward, out OdeStatistics actualBackward);
            ShouldBeTheSame(actual, expected);
            actualForward.Should().Be(forward);
            actualBackward.VectorJacobianProducts.Should().Be(all.VectorJacobianProducts);
            actualBackward.Evaluations.Should().BeLessThanOrEqualTo(before);
            before = actualBackward.Evaluations;
        }

        Compute(0, out _, out _, out OdeStatistics none);
        // Every product needs its evaluation; a field of functions records nothing and has none to repeat.
        (none.Evaluations - all.Evaluations).Should().Be(field == "Lotka-Volterra" ? 0 : none.VectorJacobianProducts);

        LossGradient Compute(long budget, out GradientEngine engine, out OdeStatistics forward, out OdeStatistics backward)
        {
            engine = GradientMethod.DiscreteAdjoint(budget).CreateEngine(problem.Field, options, samples);
            LossGradient gradient = new GradientHarness(problem, engine).Compute();
            (forward, backward) = (engine.ForwardStatistics, engine.BackwardStatistics);
            return gradient;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9_000)]
    [InlineData(30_000)]
    public void Behind_jumps_and_rejected_steps_too(long budget)
    {
        InputSignal input = InputSignal.PiecewiseConstant([0.0, 0.33, 0.81], [1.0, -3.0, 2.0]);
        var field = new NeuralVectorField(new MultilayerPerceptron(4, [12], 2, seed: 4), input, takesTime: true);
        foreach (ref double parameter in field.Parameters)
            parameter *= 3;
        GradientProblem problem = GradientProblems.Ragged(field, 9);
        OdeSolverOptions options = Options with { InitialStep = 0.5 };
        GradientEngine full = GradientMethod.DiscreteAdjoint(long.MaxValue).CreateEngine(field, options, 9);
        GradientEngine some = GradientMethod.DiscreteAdjoint(budget).CreateEngine(field, options, 9);
        LossGradient expected = new GradientHarness(problem, full).Compute();
        full.ForwardStatistics.RejectedSteps.Should().BeGreaterThan(5);
        for (int run = 0; run < 2; run++)
            ShouldBeTheSame(new GradientHarness(problem, some).Compute(), expected);
        some.BackwardStatistics.Evaluations.Should().BeGreaterThan(full.BackwardStatistics.Evaluations);
    }

    [Fact]
    public void Memory_falls_as_the_budget_does_and_never_exceeds_it_by_more_than_the_states()
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false, width: 100), 16);
        long Bytes(long budget)
        {
            new GradientHarness(problem, GradientMethod.DiscreteAdjoint(budget).CreateEngine(problem.Field, Options, 16)).Compute();
            long before = GC.GetAllocatedBytesForCurrentThread();
            var harness = new GradientHarness(problem, GradientMethod.DiscreteAdjoint(budget).CreateEngine(problem.Field, Options, 16));
            harness.Compute();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long none = Bytes(0), all = Bytes(long.MaxValue);
        all.Should().BeGreaterThan(4 * none);
        foreach (long budget in new[] { 200_000, 400_000 })
            Bytes(budget).Should().BeInRange(none + budget / 2, none + budget);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50_000)]
    public void Nothing_is_allocated_once_warm(long budget)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: true, width: 50), 20);
        var harness = new GradientHarness(problem, GradientMethod.DiscreteAdjoint(budget).CreateEngine(problem.Field, Options, 20));
        harness.Compute();
        Allocations.During(() =>
        {
            harness.Solve();
            harness.Backward();
        }).Should().Be(0);
    }

    [Fact]
    public void The_parts_of_a_large_batch_share_it()
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false, width: 40), 256);
        long record = 256L * 40 * sizeof(double), round = 7 * record;
        GradientEngine engine = GradientMethod.DiscreteAdjoint(2 * round).CreateEngine(problem.Field, Options, 256);
        GradientEngine full = GradientMethod.DiscreteAdjoint().CreateEngine(problem.Field, Options, 256);
        ShouldBeTheSame(new GradientHarness(problem, engine).Compute(), new GradientHarness(problem, full).Compute());
        // Two rounds of six new stages each have records in either part; the first stage of all is the first round's.
        (engine.BackwardStatistics.Evaluations - full.BackwardStatistics.Evaluations).Should().Be(engine.BackwardStatistics.VectorJacobianProducts - 2 * (2 * 6 + 1));
    }

    [Fact]
    public void A_models_file_holds_it_a_checkpoint_does_not_mind_and_a_negative_one_is_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            NeuralOdeModel model = TrainingProblems.Model();
            model.Gradient.Should().Be(GradientMethod.DiscreteAdjoint(1L << 30));
            model.Gradient = GradientMethod.DiscreteAdjoint(recordingBudget: 12_345);
            model.Save(path);
            NeuralOdeModel.Load(path).Gradient.Should().Be(model.Gradient).And.NotBe(GradientMethod.DiscreteAdjoint());

            TrajectoryDataset data = TrainingProblems.Regular();
            NeuralOdeModel reference = TrainingProblems.Model();
            new Trainer(reference, TrainingProblems.Options(8)).Fit(data);
            var first = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(8));
            first.Run(data).Take(4).Count();
            first.SaveCheckpoint(path);
            var second = new Trainer(model, TrainingProblems.Options(8));
            second.RestoreCheckpoint(path);
            second.Fit(data);
            model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
        }
        finally
        {
            File.Delete(path);
        }

        FluentActions.Invoking(() => GradientMethod.DiscreteAdjoint(-1)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("recordingBudget");
    }

    private static void ShouldBeTheSame(LossGradient actual, LossGradient expected)
    {
        actual.Loss.Should().Be(expected.Loss);
        actual.Parameters.Should().Equal(expected.Parameters);
        LossGradient.Flat(actual.InitialStates).Should().Equal(LossGradient.Flat(expected.InitialStates));
        LossGradient.Flat(actual.Times).Should().Equal(LossGradient.Flat(expected.Times));
    }
}
