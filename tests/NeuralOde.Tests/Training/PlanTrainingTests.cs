namespace NeuralOde.Tests.Training;

public sealed class PlanTrainingTests
{
    private static readonly TrainingPlan Short = TrainingPlan.Default with
    {
        Stages =
        [
            TrainingStage.Collocation(6),
            TrainingStage.Segments(8, 5) with { LearnsStarts = true, Continuity = 10.0 },
            TrainingStage.Segments(8, 5) with { LearnsStarts = true, Continuity = 100.0, KeepsOptimizer = true, ComponentWeights = [1.0, 0.5] },
            TrainingStage.Segments(8, 6) with { Optimizer = Optimizer.Adam(1e-3), BatchSize = 4, Schedule = LearningRateSchedule.Cosine(), MaxGradientNorm = 1.0 },
            TrainingStage.WholeTrajectories(4) with { Optimizer = Optimizer.Adam(1e-3), KeepsOptimizer = true },
            TrainingStage.WholeTrajectories(4),
        ],
        ValidationFraction = 0.2,
        ValidationInterval = 3,
    };

    /// <summary>Seed 1 only, or of all five systems as many as NEURALODE_PLAN_SEEDS says.</summary>
    public static TheoryData<string, int> CleanSystems
    {
        get
        {
            bool isAsked = int.TryParse(Environment.GetEnvironmentVariable("NEURALODE_PLAN_SEEDS"), out int seeds);
            string[] systems = isAsked ? ["LotkaVolterra", "VanDerPol", "ForcedOscillator", "Pendulum"] : ["LotkaVolterra", "ForcedOscillator"];
            var cases = new TheoryData<string, int>();
            foreach (string system in systems)
            {
                for (int seed = 1; seed <= Math.Max(1, seeds); seed++)
                    cases.Add(system, seed);
            }

            return cases;
        }
    }

    public static TheoryData<int> NoisySeeds =>
        [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("NEURALODE_PLAN_SEEDS"), out int seeds) ? Math.Max(1, seeds) : 1)];

    [Theory]
    [MemberData(nameof(CleanSystems))]
    public void With_nothing_but_clean_data_the_error_is_below_one_percent_seen_and_four_unseen(string system, int seed)
    {
        PlanProblem problem = system switch { "LotkaVolterra" => PlanProblem.LotkaVolterra, "VanDerPol" => PlanProblem.VanDerPol, "Pendulum" => PlanProblem.Pendulum, _ => PlanProblem.ForcedOscillator };
        NeuralOdeModel model = problem.Model(seed);
        TrainingResult result = new Trainer(model).Fit(problem.Data);
        (double seen, double unseen) = problem.Errors(model);
        seen.Should().BeLessThan(0.01);
        unseen.Should().BeLessThan(0.04);
        result.End.Should().Be(TrainingEnd.Completed);
        result.NoiseLevels.Should().OnlyContain(noise => noise == 0.0);
        result.ToString().Should().Contain("collocation: loss").And.Contain("whole trajectories: loss").And.Contain("No noise was recognised");
    }

    [Theory]
    [MemberData(nameof(NoisySeeds))]
    public void With_nothing_but_noisy_data_the_error_is_below_the_noise_and_the_noise_is_reported(int seed)
    {
        PlanProblem problem = PlanProblem.NoisySpiral(seed);
        NeuralOdeModel model = problem.Model(seed);
        TrainingResult result = new Trainer(model).Fit(problem.Data);
        (double seen, double unseen) = problem.Errors(model);
        seen.Should().BeLessThan(0.05);
        unseen.Should().BeLessThan(0.15);
        var standardization = Standardization.FromDataset(problem.Data);
        for (int c = 0; c < 2; c++)
            result.NoiseLevels[c].Should().BeApproximately(0.05 * standardization.Scales[c], 0.15 * 0.05 * standardization.Scales[c]);
        result.StartEstimates.Should().ContainSingle().Which[0].Should().BeApproximately(2.0, 0.05, "the true start is (2, 0), and the noise of an observation 0.04");
        result.ToString().Should().Contain("joined by 1000").And.Contain("Noise of the components");
    }

    [Fact]
    public void A_new_network_is_standardized_and_one_that_was_trained_loaded_or_written_as_functions_is_not()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset data = TrainingProblems.Regular();
        TrainingPlan plan = TrainingPlan.Default with { Stages = [TrainingStage.Collocation(1)] };
        NeuralOdeModel fresh = TrainingProblems.Model(), trained = TrainingProblems.Model();
        IEnumerable<TrainingProgress> run = new Trainer(fresh, plan).Run(data);
        fresh.Standardization.Should().BeNull("a run that is not enumerated does nothing");
        run.Should().HaveCount(1);
        fresh.Standardization!.Means.ToArray().Should().Equal(Standardization.FromDataset(data).Means.ToArray());

        new Trainer(trained, TrainingProblems.Options(1)).Fit(data);
        trained.Save(folder.File("m"));
        NeuralOdeModel loaded = NeuralOdeModel.Load(folder.File("m")), asked = TrainingProblems.Model(), functions = TrainingProblems.FailingAbove(1e9);
        new Trainer(trained, plan).Fit(data);
        new Trainer(loaded, plan).Fit(data);
        new Trainer(asked, plan with { Standardizes = false }).Fit(data);
        new Trainer(functions, plan).Fit(data);
        new[] { trained, loaded, asked, functions }.Should().OnlyContain(model => model.Standardization == null);
    }

    [Fact]
    public void The_parameters_of_a_function_are_found_to_five_digits()
    {
        NeuralOdeModel model = TrainingProblems.FailingAbove(1e9);
        new Trainer(model).Fit(TrainingProblems.Regular());
        model.Parameters[0].Should().BeApproximately(0.1, 1e-5);
        model.Parameters[1].Should().BeApproximately(1.0, 1e-5);
    }

    [Fact]
    public void An_interrupted_run_resumes_with_the_same_bits_wherever_it_was_interrupted()
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        NeuralOdeModel reference = TrainingProblems.Model();
        TrainingResult whole = new Trainer(reference, Short).Fit(data);
        whole.Iterations.Should().Be(30);
        foreach (int interruption in new[] { 1, 6, 8, 11, 13, 17, 21, 24, 27, 30 })
        {
            using var folder = new TemporaryFolder();
            var trainer = new Trainer(TrainingProblems.Model(), Short);
            _ = trainer.Run(data).ElementAt(interruption - 1);
            trainer.SaveCheckpoint(folder.File("c"));
            NeuralOdeModel model = TrainingProblems.Model();
            var resumed = new Trainer(model, Short);
            resumed.RestoreCheckpoint(folder.File("c"));
            TrainingResult result = resumed.Fit(data);
            model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray(), "interrupted after iteration {0}", interruption);
            result.Stages.Should().Equal(whole.Stages);
            result.BestIteration.Should().Be(whole.BestIteration);
            result.BestValidationLoss.Should().Be(whole.BestValidationLoss);
        }
    }

    [Fact]
    public void A_run_that_was_left_goes_on_as_if_it_had_not_been()
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        NeuralOdeModel reference = TrainingProblems.Model(), model = TrainingProblems.Model();
        new Trainer(reference, Short).Fit(data);
        var trainer = new Trainer(model, Short);
        _ = trainer.Run(data).ElementAt(3);
        _ = trainer.Run(data).ElementAt(8);
        trainer.Fit(data).End.Should().Be(TrainingEnd.Completed);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
        trainer.Fit(data).End.Should().Be(TrainingEnd.NothingToDo);
    }

    [Fact]
    public void A_checkpoint_of_another_plan_or_of_options_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset data = TrainingProblems.Regular();
        var trainer = new Trainer(TrainingProblems.Model(), Short);
        _ = trainer.Run(data).First();
        trainer.SaveCheckpoint(folder.File("plan"));
        var options = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(3));
        options.SaveCheckpoint(folder.File("options"));
        new Trainer(TrainingProblems.Model(), Short with { Seed = 4 }).Invoking(t => t.RestoreCheckpoint(folder.File("plan"))).Should().Throw<ArgumentException>().WithMessage("*another training plan*seed 0*seed 4*");
        new Trainer(TrainingProblems.Model(), Short).Invoking(t => t.RestoreCheckpoint(folder.File("options"))).Should().Throw<ArgumentException>().WithMessage("*TrainingOptions*");
        options.Invoking(t => t.RestoreCheckpoint(folder.File("plan"))).Should().Throw<ArgumentException>().WithMessage("*TrainingPlan*");
    }

    [Fact]
    public void Progress_names_stages_and_is_not_reported_more_often_than_asked()
    {
        var seen = new List<TrainingProgress>();
        TrainingPlan plan = Short with { ProgressInterval = TimeSpan.FromHours(1), ValidationFraction = 0.0 };
        TrainingResult result = new Trainer(TrainingProblems.Model(), plan).Fit(TrainingProblems.Regular(), new Synchronous(seen.Add));
        result.History.Should().HaveCount(30);
        seen.Should().OnlyContain(step => step.StageIteration == 1 || step.StageIteration == result.Stages.First(stage => stage.Name == step.Stage).Iterations || step.Iteration == 30 || step.Stage!.StartsWith("segments") || step.Stage.StartsWith("whole"));
        seen.Count.Should().BeLessThan(16);
        seen[^1].Iteration.Should().Be(30);
        seen.Should().OnlyContain(step => step.PlannedIterations == 30 && step.Remaining >= TimeSpan.Zero);
        seen[^1].Remaining.Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void A_warm_start_that_the_data_do_not_allow_is_skipped_and_the_result_says_why()
    {
        var data = TrajectoryDataset.FromTrajectories(Enumerable.Range(0, 6).Select(i => TrainingProblems.SpiralTrajectory([0.0, 0.3, 0.7, 1.0], phase: i)));
        TrainingResult result = new Trainer(TrainingProblems.Model()).Fit(data);
        result.Stages[0].IsSkipped.Should().BeTrue();
        result.Stages[0].Reason.Should().Contain("5 observations of every component");
        result.ToString().Should().Contain("collocation: skipped (no trajectory");
        result.Loss.Should().BeLessThan(1e-4);
    }

    [Fact]
    public void Stages_over_more_time_than_chaos_lets_one_predict_are_skipped()
    {
        var lorenz = VectorField.FromFunction(3, (_, y, d) => (d[0], d[1], d[2]) = (10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2]));
        var problem = new PlanProblem(lorenz, [-8.0, 7.0, 27.0], 20.0, 1000);
        TrainingPlan plan = TrainingPlan.Default with { Stages = [TrainingStage.Collocation(50), TrainingStage.WholeTrajectories(50) with { MaxInitialLoss = 0.5 }] };
        TrainingResult result = new Trainer(problem.Model(1), plan).Fit(problem.Data);
        result.Stages[1].IsSkipped.Should().BeTrue();
        result.Stages[1].Reason.Should().Contain("more than 0.5");
    }

    [Fact]
    public void Gaps_weights_and_several_trajectories_are_trained_on()
    {
        double[] times = [.. Enumerable.Range(0, 40).Select(i => 0.15 * i)];
        Trajectory Make(double phase)
        {
            Trajectory full = TrainingProblems.SpiralTrajectory(times, phase: phase);
            var (states, weights) = (new double[40, 2], new double[40, 2]);
            for (int i = 0; i < 40; i++)
            {
                for (int c = 0; c < 2; c++)
                    (states[i, c], weights[i, c]) = ((i + c) % 5 == 3 ? double.NaN : full.StateAt(i)[c], 1.0);
            }

            return new Trajectory(times, states).WithWeights(weights);
        }

        NeuralOdeModel model = TrainingProblems.Model(hidden: 16);
        TrainingPlan plan = TrainingPlan.Default with { Stages = [TrainingStage.Segments(10, 300), TrainingStage.WholeTrajectories(600)] };
        new Trainer(model, plan).Fit(TrajectoryDataset.FromTrajectories([Make(0.0), Make(2.0)]));
        OdeSolution prediction = model.Predict(TrainingProblems.Spiral(0.0), times);
        for (int i = 0; i < 40; i++)
            prediction[i, 0].Should().BeApproximately(TrainingProblems.Spiral(times[i])[0], 0.1, "the wrong observation weighs nothing");
    }

    private sealed class Synchronous(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
