using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Training;

public sealed class TrainingCheckpointTests
{
    private static readonly TrajectoryDataset Data = TrainingProblems.Regular();

    public static TheoryData<Optimizer, string> Optimizers
    {
        get
        {
            var cases = new TheoryData<Optimizer, string>();
            Optimizer[] optimizers =
            [
                Optimizer.Sgd(0.05), Optimizer.Sgd(0.05, momentum: 0.9), Optimizer.Sgd(0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3),
                Optimizer.RmsProp(1e-2), Optimizer.RmsProp(1e-2, momentum: 0.5), Optimizer.Adam(1e-2), Optimizer.AdamW(1e-2),
            ];
            foreach (Optimizer optimizer in optimizers)
            {
                cases.Add(optimizer, "discrete");
                cases.Add(optimizer, "continuous");
            }

            return cases;
        }
    }

    private static TrainingOptions Options => TrainingProblems.Options() with
    {
        ValidationFraction = 0.3,
        ValidationInterval = 4,
        Patience = 50,
        Schedule = LearningRateSchedule.Cosine().WithWarmUp(5),
        MaxGradientNorm = 0.5,
    };

    public static TheoryData<TrainingOptions> OtherOptions => new()
    {
        Options with { Seed = 12 }, Options with { BatchSize = 7 }, Options with { BatchSize = null }, Options with { SegmentLength = 6 },
        Options with { Loss = Loss.Huber() }, Options with { Optimizer = Optimizer.Sgd(0.1) }, Options with { Optimizer = Optimizer.Adam(1.1e-2) },
        Options with { Schedule = LearningRateSchedule.Constant }, Options with { MaxGradientNorm = 0.6 }, Options with { ValidationFraction = 0.25 },
        Options with { ValidationInterval = 5 }, Options with { Iterations = Options.Iterations + 1 },
    };

    public static TheoryData<string, NeuralOdeModel> OtherModels => new()
    {
        { "other layers of the same size", new NeuralOdeModel(new MultilayerPerceptron(2, [8], 2, Activation.Sin)) { Solver = TrainingProblems.Model().Solver } },
        { "another size", TrainingProblems.Model(hidden: 9) },
        { "another gradient method", TrainingProblems.Model("continuous") },
        { "another solver", new NeuralOdeModel(new MultilayerPerceptron(2, [8], 2)) },
        { "a standardization", new NeuralOdeModel(new MultilayerPerceptron(2, [8], 2)) { Solver = TrainingProblems.Model().Solver, Standardization = ModelExamples.Units } },
        { "a field of functions", TrainingProblems.FailingAbove(1) },
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_restored_checkpoint_goes_on_as_if_training_had_not_stopped(Optimizer optimizer, string method)
    {
        TrainingOptions options = Options with { Optimizer = optimizer };
        CheckContinuation(options, () => TrainingProblems.Model(method));
    }

    [Fact]
    public void Skipped_minibatches_are_part_of_a_checkpoint() =>
        CheckContinuation(Options with { BatchSize = 4, MaxConsecutiveFailures = 30 }, () => TrainingProblems.FailingAbove(1.5));

    [Fact]
    public void Failures_and_looks_without_improvement_in_a_row_are_counted_on_after_resuming()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = Options with { ValidationInterval = 1, Patience = 7, MaxConsecutiveFailures = 9, Loss = Loss.Custom((_, _, _) => double.NaN) };
        var trainer = new Trainer(TrainingProblems.Model(), options);
        _ = trainer.Run(Data).ElementAt(4);
        trainer.SaveCheckpoint(folder.File("c"));

        Resumed(options).Should().Be((TrainingEnd.ManySkipped, 7), "patience ended it, but every minibatch was skipped");
        Resumed(options with { Patience = null }).Should().Be((TrainingEnd.TooManyFailures, 9));

        (TrainingEnd, int) Resumed(TrainingOptions resumedOptions)
        {
            var resumed = new Trainer(TrainingProblems.Model(), resumedOptions);
            resumed.RestoreCheckpoint(folder.File("c"));
            TrainingResult result = resumed.Fit(Data);
            return (result.End, result.Iterations);
        }
    }

    [Fact]
    public void The_number_of_iterations_and_the_limits_may_be_raised_on_resuming()
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = Options with { Schedule = LearningRateSchedule.Constant, KeepBestParameters = false };
        NeuralOdeModel reference = TrainingProblems.Model(), model = TrainingProblems.Model();
        new Trainer(reference, options with { Iterations = 60 }).Fit(Data);

        var trainer = new Trainer(TrainingProblems.Model(), options);
        trainer.Fit(Data);
        trainer.SaveCheckpoint(folder.File("c"));
        var resumed = new Trainer(model, options with { Iterations = 60, Patience = null, MaxConsecutiveFailures = 3 });
        resumed.RestoreCheckpoint(folder.File("c"));
        resumed.Fit(Data).Iterations.Should().Be(60);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
    }

    [Theory]
    [MemberData(nameof(OtherOptions))]
    public void A_checkpoint_of_other_options_is_refused_and_changes_nothing(TrainingOptions options)
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        Refused<ArgumentException>(new Trainer(TrainingProblems.Model(), options), folder).Message.Should().Match("*other*options*There:*Here:*");
    }

    [Theory]
    [MemberData(nameof(OtherModels))]
    public void A_checkpoint_of_another_model_is_refused_and_changes_nothing(string difference, NeuralOdeModel model)
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        Refused<ArgumentException>(new Trainer(model, Options), folder).Message.Should().Match("*another model*There:*Here:*", difference);
    }

    [Fact]
    public void A_checkpoint_of_other_data_is_refused_when_they_are_given()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        var trainer = new Trainer(TrainingProblems.Model(), Options);
        trainer.RestoreCheckpoint(folder.File("c"));
        trainer.Invoking(t => t.Run(TrainingProblems.Regular(61))).Should().Throw<ArgumentException>().WithMessage("*not the data*");
        trainer.Run(Data).First().Iteration.Should().Be(11);
    }

    [Fact]
    public void A_checkpoint_is_no_model_and_a_model_no_checkpoint()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        FluentActions.Invoking(() => NeuralOdeModel.Load(folder.File("c"))).Should().Throw<ModelFileException>().WithMessage("*not a NeuralOde model*");
        TrainingProblems.Model().Save(folder.File("c"));
        Refused<ModelFileException>(new Trainer(TrainingProblems.Model(), Options), folder).Message.Should().Contain("not a training checkpoint");
    }

    [Theory]
    [InlineData("version", "2")]
    [InlineData("options", null)]
    [InlineData("model", null)]
    [InlineData("data", null)]
    [InlineData("data", "0123")]
    [InlineData("iteration", null)]
    [InlineData("iteration", "-1")]
    [InlineData("iteration", "1e3")]
    [InlineData("iteration", "99999999999")]
    [InlineData("optimizerSteps", "x")]
    [InlineData("skippedMinibatches", "")]
    [InlineData("consecutiveFailures", " 1")]
    [InlineData("lastLook", "-3")]
    [InlineData("looksWithoutImprovement", null)]
    [InlineData("bestValidationLoss", "NaN")]
    [InlineData("bestValidationLoss", "-Infinity")]
    [InlineData("lastLoss", "low")]
    public void A_checkpoint_with_damaged_metadata_is_refused_and_changes_nothing(string field, string? text)
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        ModelFileParts.ChangeMetadata(folder.File("c"), field, text);
        Refused<ModelFileException>(new Trainer(TrainingProblems.Model(), Options), folder).Message.Should().Contain(field);
    }

    [Theory]
    [InlineData("parameters")]
    [InlineData("optimizer.exp_avg")]
    [InlineData("best.parameters")]
    public void A_checkpoint_with_a_tensor_missing_or_misshapen_is_refused_and_changes_nothing(string name)
    {
        using var folder = new TemporaryFolder();
        foreach (bool isMissing in (bool[])[true, false])
        {
            Save(folder);
            ModelFileParts.Change(folder.File("c"), (tensors, _) =>
            {
                tensors.RemoveAll(tensor => tensor.Name == name);
                if (!isMissing)
                    tensors.Add(new SafetensorsTensor(name, [3], [1, 2, 3]));
            });
            Refused<ModelFileException>(new Trainer(TrainingProblems.Model(), Options), folder).Message.Should().Contain($"'{name}'");
        }
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("rmsProp")]
    public void Averages_of_squares_that_are_negative_are_refused_and_change_nothing(string optimizer)
    {
        using var folder = new TemporaryFolder();
        TrainingOptions options = Options with { Optimizer = optimizer == "adam" ? Optimizer.Adam(1e-2) : Optimizer.RmsProp(1e-2, momentum: 0.5) };
        string name = optimizer == "adam" ? "optimizer.exp_avg_sq" : "optimizer.square_avg";
        var trainer = new Trainer(TrainingProblems.Model(), options);
        _ = trainer.Run(Data).ElementAt(9);
        trainer.SaveCheckpoint(folder.File("c"));
        ModelFileParts.Change(folder.File("c"), (tensors, _) => tensors.Single(tensor => tensor.Name == name).Values[5] = -1e-30);
        Refused<ModelFileException>(new Trainer(TrainingProblems.Model(), options), folder).Message.Should().EndWith($"tensor '{name}' has -1E-30 at index 5; averages of squares are not negative.");
    }

    [Fact]
    public void A_checkpoint_of_another_custom_loss_is_refused_and_one_of_the_same_loss_is_not()
    {
        static double Squares(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents, double weight)
        {
            double sum = 0;
            for (int i = 0; i < predictions.Length; i++)
            {
                cotangents[i] = 2 * weight * (predictions[i] - targets[i]);
                sum += weight * (predictions[i] - targets[i]) * (predictions[i] - targets[i]);
            }

            return sum;
        }

        static TrainingOptions With(double weight) => Options with { Loss = Loss.Custom((p, t, c) => Squares(p, t, c, weight)) };
        using var folder = new TemporaryFolder();
        var trainer = new Trainer(TrainingProblems.Model(), With(0.5));
        _ = trainer.Run(Data).ElementAt(3);
        trainer.SaveCheckpoint(folder.File("c"));

        // The same function, made anew; another number captured; another value, another gradient alone; one that made-up arguments are nothing to.
        var same = new Trainer(TrainingProblems.Model(), With(0.5));
        same.RestoreCheckpoint(folder.File("c"));
        same.Iteration.Should().Be(4);
        Refused<ArgumentException>(new Trainer(TrainingProblems.Model(), With(0.6)), folder).Message.Should().Contain("another set of training options");
        foreach (LossFunction other in (LossFunction[])
        [
            (p, t, c) => 1 + Squares(p, t, c, 0.5),
            (p, t, c) => { double loss = Squares(p, t, c, 0.5); c[0] += 1e-3; return loss; },
            (p, t, c) => throw new InvalidOperationException(),
        ])
        {
            Refused<ArgumentException>(new Trainer(TrainingProblems.Model(), Options with { Loss = Loss.Custom(other) }), folder);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_field_of_functions_is_refused_and_one_of_the_same_is_not()
    {
        static NeuralOdeModel Decay(double start, double power, double factor = 1) => new(TrainableVectorField.FromFunction(2, [start],
            (t, y, p, dydt) => (dydt[0], dydt[1]) = (-p[0] * Math.Pow(y[0], power), -y[1]),
            (t, y, p, c, cy, cp) =>
            {
                (cy[0], cy[1]) = (-p[0] * power * Math.Pow(y[0], power - 1) * c[0], -c[1]);
                cp[0] = -factor * Math.Pow(y[0], power) * c[0];
            }));
        using var folder = new TemporaryFolder();
        var trainer = new Trainer(Decay(0.5, power: 1), Options);
        _ = trainer.Run(Data).ElementAt(3);
        trainer.SaveCheckpoint(folder.File("c"));

        var same = new Trainer(Decay(0.9, power: 1), Options);
        same.RestoreCheckpoint(folder.File("c"));
        same.Model.Parameters[0].Should().Be(trainer.Model.Parameters[0]);
        Refused<ArgumentException>(new Trainer(Decay(0.5, power: 2), Options), folder).Message.Should().Contain("another model");
        Refused<ArgumentException>(new Trainer(Decay(0.5, power: 1, factor: 1.1), Options), folder);
    }

    [Fact]
    public void The_text_of_a_checkpoint_is_cut_and_cleaned_in_messages_and_shows_where_it_differs()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        string options = Options.Describe();
        ModelFileParts.ChangeMetadata(folder.File("c"), "options", options + new string('x', 100_000) + "\u001b[31m");
        string message = Refused<ArgumentException>(new Trainer(TrainingProblems.Model(), Options), folder).Message;
        message.Length.Should().BeLessThan(1500);
        message.Should().Match("*There: '*xxx…'*Here:  '*'*").And.NotContain("\u001b");
        ModelFileParts.ChangeMetadata(folder.File("c"), "options", "\u001b[31m");
        Refused<ArgumentException>(new Trainer(TrainingProblems.Model(), Options), folder).Message.Should().Contain("There: '\uFFFD[31m'");
    }

    [Fact]
    public void A_truncated_checkpoint_is_refused_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        byte[] whole = File.ReadAllBytes(folder.File("c"));
        var trainer = new Trainer(TrainingProblems.Model(), Options);
        for (int length = 0; length < whole.Length; length += 64)
        {
            File.WriteAllBytes(folder.File("c"), whole[..length]);
            Refused<ModelFileException>(trainer, folder);
        }
    }

    [Fact]
    public void A_claim_of_very_many_iterations_costs_no_time()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        ModelFileParts.ChangeMetadata(folder.File("c"), "iteration", $"{int.MaxValue}");
        var trainer = new Trainer(TrainingProblems.Model(), Options);
        trainer.RestoreCheckpoint(folder.File("c"));
        trainer.Run(Data).Should().BeEmpty();
    }

    [Fact]
    public void A_checkpoint_that_training_could_not_go_on_from_is_not_written()
    {
        using var folder = new TemporaryFolder();
        Save(folder);
        byte[] before = File.ReadAllBytes(folder.File("c"));
        NeuralOdeModel model = TrainingProblems.Model();
        model.Parameters[2] = double.NaN;
        new Trainer(model, Options).Invoking(t => t.SaveCheckpoint(folder.File("c"))).Should().Throw<InvalidOperationException>().WithMessage("*'parameters'*not finite*");
        File.ReadAllBytes(folder.File("c")).Should().Equal(before);
    }

    /// <summary>Training of 40 iterations, in one go and with a checkpoint and a fresh trainer at several places.</summary>
    private static void CheckContinuation(TrainingOptions options, Func<NeuralOdeModel> create)
    {
        using var folder = new TemporaryFolder();
        NeuralOdeModel reference = create();
        var uninterrupted = new Trainer(reference, options);
        var steps = uninterrupted.Run(Data).Select(Bits).ToList();

        var parts = new List<object>();
        foreach (int stop in (int[])[1, 12, 23, 100])
        {
            NeuralOdeModel model = create();
            model.Parameters.Clear();
            var trainer = new Trainer(model, options);
            if (parts.Count > 0)
                trainer.RestoreCheckpoint(folder.File("c"));
            else
                create().Parameters.CopyTo(model.Parameters);
            parts.AddRange(trainer.Run(Data).Take(stop - parts.Count).Select(Bits));
            trainer.SaveCheckpoint(folder.File("c"));
            if (stop < 100)
                continue;
            model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
            trainer.BestValidationLoss.Should().Be(uninterrupted.BestValidationLoss);
            trainer.SkippedMinibatches.Should().Be(uninterrupted.SkippedMinibatches);
        }

        parts.Should().Equal(steps);

        static object Bits(TrainingProgress step) => (step with { Elapsed = default, Failure = null }, step.Failure?.ToString());
    }

    /// <summary>A checkpoint after 10 iterations.</summary>
    private static void Save(TemporaryFolder folder)
    {
        var trainer = new Trainer(TrainingProblems.Model(), Options);
        _ = trainer.Run(Data).ElementAt(9);
        trainer.SaveCheckpoint(folder.File("c"));
    }

    private static TException Refused<TException>(Trainer trainer, TemporaryFolder folder)
        where TException : Exception
    {
        double[] before = trainer.Model.Parameters.ToArray();
        TException refusal = trainer.Invoking(t => t.RestoreCheckpoint(folder.File("c"))).Should().ThrowExactly<TException>().Which;
        trainer.Model.Parameters.ToArray().Should().Equal(before);
        (trainer.Iteration, trainer.SkippedMinibatches, trainer.BestValidationLoss).Should().Be((0, 0, null));
        return refusal;
    }
}
