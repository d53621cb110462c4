using NeuralOde.Fuzzing;

namespace NeuralOde.Tests.Fuzzing;

/// <summary>A short run of what docs/reliability.md reports of long ones.</summary>
public sealed class FuzzerTests
{
    [Fact]
    public void Texts_of_tables_are_read_in_full_or_refused()
    {
        FuzzReport report = FuzzRun.Do("csv", new FuzzOptions(Seed: 1, Cases: 6000), () => new CsvFuzzer());
        report.Findings.Should().BeEmpty();
        report["read"].Should().BeGreaterThan(1000);
        report["refused"].Should().BeGreaterThan(1000);
        report["cells"].Should().BeGreaterThan(5000);
    }

    [Fact]
    public void Model_files_are_loaded_or_refused_at_a_cost_in_proportion_to_their_size()
    {
        FuzzReport report = FuzzRun.Do("model", new FuzzOptions(Seed: 1, Cases: 3000), () => new ModelFuzzer());
        report.Findings.Should().BeEmpty();
        report["loaded"].Should().BeGreaterThan(200);
        report["refused"].Should().BeGreaterThan(1000);
    }

    [Fact]
    public void A_case_depends_on_its_seed_alone()
    {
        static (double, double) Counts(int seed, int cases)
        {
            FuzzReport report = FuzzRun.Do("csv", new FuzzOptions(seed, cases), () => new CsvFuzzer());
            return (report["read"], report["cells"]);
        }

        (double Read, double Cells) whole = Counts(50, 200), first = Counts(50, 120), second = Counts(170, 80);
        whole.Should().Be((first.Read + second.Read, first.Cells + second.Cells));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Training_that_is_killed_and_resumed_ends_with_the_weights_of_an_uninterrupted_run()
    {
        FuzzReport report = KillCommand.Run(new FuzzOptions(Seed: 1, Cases: 2));
        report.Findings.Should().BeEmpty();
        report["kills"].Should().Be(2);
    }

    [Fact]
    public void Threads_that_share_a_model_get_the_bits_of_one_alone()
    {
        FuzzReport report = ThreadsCommand.Run(new FuzzOptions(Seed: 1, Cases: 50));
        report.Findings.Should().BeEmpty();
    }
}
