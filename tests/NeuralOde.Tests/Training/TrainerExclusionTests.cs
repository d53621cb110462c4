namespace NeuralOde.Tests.Training;

/// <summary>A trainer is used by one enumeration at a time, and by one thread at a time.</summary>
public sealed class TrainerExclusionTests
{
    private static readonly TrainingOptions Options = TrainingProblems.Options(20);

    [Fact]
    public void A_second_enumeration_while_one_is_in_progress_is_refused_and_does_the_first_no_harm()
    {
        double[] expected = [.. new Trainer(TrainingProblems.Model(), Options).Run(TrainingProblems.Regular()).Select(step => step.Loss)];
        var trainer = new Trainer(TrainingProblems.Model(), Options);
        IEnumerable<TrainingProgress> run = trainer.Run(TrainingProblems.Regular());
        var losses = new List<double>();
        foreach (TrainingProgress step in run)
        {
            losses.Add(step.Loss);
            run.Invoking(again => again.First()).Should().Throw<InvalidOperationException>().WithMessage("Another run*");
            trainer.Invoking(t => t.Fit(TrainingProblems.Regular())).Should().Throw<InvalidOperationException>();
        }

        losses.Should().Equal(expected);
    }

    [Fact]
    public void Enumerations_one_after_the_other_go_on()
    {
        IEnumerable<TrainingProgress> run = new Trainer(TrainingProblems.Model(), Options).Run(TrainingProblems.Regular());
        run.First().Iteration.Should().Be(1);
        run.First().Iteration.Should().Be(2);
        run.Count().Should().Be(18);
        run.Should().BeEmpty();
    }

    [Fact]
    public void An_enumeration_that_ended_with_an_exception_lets_go_of_the_trainer()
    {
        bool fails = true;
        Loss loss = Loss.Custom((predictions, targets, cotangents) => fails ? throw new TimeoutException() : Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents));
        var trainer = new Trainer(TrainingProblems.Model(), Options with { Loss = loss });
        IEnumerator<TrainingProgress> broken = trainer.Run(TrainingProblems.Regular()).GetEnumerator();
        broken.Invoking(each => each.MoveNext()).Should().Throw<TimeoutException>();
        fails = false;
        trainer.Fit(TrainingProblems.Regular()).End.Should().Be(TrainingEnd.Completed);
    }

    [Fact]
    public async Task A_thread_in_the_middle_of_an_iteration_keeps_others_out()
    {
        using var isInside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            isInside.Set();
            mayLeave.Wait();
            return Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
        });
        var trainer = new Trainer(TrainingProblems.Model(), Options with { Loss = loss });
        using IEnumerator<TrainingProgress> run = trainer.Run(TrainingProblems.Regular()).GetEnumerator();
        Task<bool> iteration = Task.Run(run.MoveNext);
        isInside.Wait();
        using var folder = new TemporaryFolder();
        string path = folder.File("torn.safetensors");
        run.Invoking(same => same.MoveNext()).Should().Throw<InvalidOperationException>().WithMessage("An iteration of this trainer is in progress*");
        trainer.Invoking(t => t.Fit(TrainingProblems.Regular())).Should().Throw<InvalidOperationException>();
        trainer.Invoking(t => t.SaveCheckpoint(path)).Should().Throw<InvalidOperationException>();
        File.Exists(path).Should().BeFalse();
        mayLeave.Set();
        (await iteration).Should().BeTrue();
        trainer.SaveCheckpoint(path);
        run.MoveNext().Should().BeTrue();
    }

    [Fact]
    public async Task An_iteration_waits_for_a_checkpoint_that_another_thread_saves()
    {
        using var isInside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        int savingThread = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            if (Volatile.Read(ref savingThread) == Environment.CurrentManagedThreadId)
            {
                isInside.Set();
                mayLeave.Wait();
            }

            return Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
        });
        var trainer = new Trainer(TrainingProblems.Model(), Options with { Loss = loss });
        using IEnumerator<TrainingProgress> run = trainer.Run(TrainingProblems.Regular()).GetEnumerator();
        run.MoveNext().Should().BeTrue();
        using var folder = new TemporaryFolder();
        string path = folder.File("between.safetensors");
        Task save = Task.Factory.StartNew(() =>
        {
            Volatile.Write(ref savingThread, Environment.CurrentManagedThreadId);
            trainer.SaveCheckpoint(path);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        isInside.Wait();
        Task<bool> iteration = Task.Run(run.MoveNext);
        (await Task.WhenAny(iteration, Task.Delay(50))).Should().NotBe(iteration);
        mayLeave.Set();
        await save;
        (await iteration).Should().BeTrue("training goes on after the checkpoint");

        var resumed = new Trainer(TrainingProblems.Model(), Options with { Loss = loss });
        resumed.RestoreCheckpoint(path);
        resumed.Iteration.Should().Be(1);
    }

    [Fact]
    public void A_loss_that_trains_while_its_checkpoint_is_saved_is_refused_and_does_not_wait_for_itself()
    {
        Trainer? trainer = null;
        var refusals = new List<Exception>();
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            try
            {
                trainer!.Fit(TrainingProblems.Regular());
            }
            catch (InvalidOperationException e)
            {
                refusals.Add(e);
            }

            return 0.0;
        });
        trainer = new Trainer(TrainingProblems.Model(), Options with { Loss = loss });
        using var folder = new TemporaryFolder();
        trainer.SaveCheckpoint(folder.File("inside.safetensors"));
        refusals.Should().NotBeEmpty();
    }

    [Fact]
    public void Two_threads_on_one_run_do_every_iteration_once_or_are_told()
    {
        double[] expected = [.. new Trainer(TrainingProblems.Model(), Options).Run(TrainingProblems.Regular()).Select(step => step.Loss)];
        for (int attempt = 0; attempt < 20; attempt++)
        {
            var model = TrainingProblems.Model();
            IEnumerable<TrainingProgress> run = new Trainer(model, Options).Run(TrainingProblems.Regular());
            var losses = new List<double>[] { [], [] };
            Parallel.For(0, 2, thread =>
            {
                try
                {
                    foreach (TrainingProgress step in run)
                        losses[thread].Add(step.Loss);
                }
                catch (InvalidOperationException)
                {
                }
            });

            // Threads may take turns without meeting; what was done is then the one run's iterations in order.
            double[] done = [.. losses[0], .. losses[1]];
            done.Should().BeSubsetOf(expected).And.OnlyHaveUniqueItems();
        }
    }
}
