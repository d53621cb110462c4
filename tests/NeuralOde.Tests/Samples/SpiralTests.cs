using System.Text.Json;

namespace NeuralOde.Tests.Samples;

public class SpiralTests
{
    [Fact]
    public void A_short_run_reports_its_results_as_json_and_writes_picture_tables_and_model()
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("Spiral", "--iterations", "100", "--output", folder.File("spiral"), "--json");

        run.ExitCode.Should().Be(0, run.Errors);
        run.Json.GetProperty("iterations").GetInt32().Should().Be(100);
        foreach (string name in (string[])["finalLoss", "rmseTraining", "rmseExtrapolation", "evaluationsForward", "evaluationsBackward", "secondsToFirstIteration", "seconds"])
            run.Json.GetProperty(name).GetDouble().Should().BePositive(name);
        foreach (string file in (string[])["spiral.png", "trajectory.csv", "loss.csv", "spiral.safetensors"])
            new FileInfo(Path.Combine(folder.File("spiral"), file)).Length.Should().BePositive(file);
    }

    [Fact]
    public void What_it_writes_is_what_it_reports()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("spiral");

        SampleRun run = SampleRun.Start("Spiral", "--iterations", "300", "--gradient", "discrete", "--output", output, "--json");

        Trajectory table = TrajectoryDataset.FromCsv(Path.Combine(output, "trajectory.csv"))[0];
        NeuralOdeModel model = NeuralOdeModel.Load(Path.Combine(output, "spiral.safetensors"));
        OdeSolution prediction = model.Predict([2.0, 0.0], table.Times);
        double seen = 0, unseen = 0;
        for (int n = 0; n < table.Length; n++)
        {
            double t = table.Times[n];
            (double x, double y) = (2 * Math.Exp(-0.1 * t) * Math.Cos(t), 2 * Math.Exp(-0.1 * t) * Math.Sin(t));
            double squares = Math.Pow(prediction[n, 0] - x, 2) + Math.Pow(prediction[n, 1] - y, 2);
            if (n < 1000)
                seen += squares;
            else
                unseen += squares;
        }

        table.Times[^1].Should().BeApproximately(50, 1e-12);
        run.Json.GetProperty("rmseTraining").GetDouble().Should().BeApproximately(Math.Sqrt(seen / 2000), 1e-8);
        run.Json.GetProperty("rmseExtrapolation").GetDouble().Should().BeApproximately(Math.Sqrt(unseen / (2 * (table.Length - 1000))), 1e-8);
    }

    [Theory]
    [InlineData("continuous")]
    [InlineData("discrete")]
    public void It_follows_the_spiral_within_two_hundredths_where_it_was_observed_and_beyond(string gradient)
    {
        using var folder = new TemporaryFolder();

        JsonElement json = SampleRun.Start("Spiral", "--gradient", gradient, "--output", folder.File("spiral"), "--json").Json;

        json.GetProperty("rmseTraining").GetDouble().Should().BeLessThan(0.02);
        json.GetProperty("rmseExtrapolation").GetDouble().Should().BeLessThan(0.02);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void A_linear_network_learns_the_matrix(string problem)
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("Spiral", "--problem", problem, "--architecture", "linear", "--iterations", "1000", "--gradient", "discrete",
            "--output", folder.File("spiral"), "--json");

        run.Json.GetProperty("matrixError").GetDouble().Should().BeLessThan(0.01);
    }

    [Theory]
    [InlineData("--noise", "0.05", "--irregular")]
    [InlineData("--optimizer", "adamw")]
    [InlineData("--optimizer", "rmsprop")]
    [InlineData("--optimizer", "momentum")]
    [InlineData("--optimizer", "sgd")]
    [InlineData("--problem", "cubic", "--learning-rate", "0.01", "--seed", "3")]
    public void Every_option_runs(params string[] options)
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("Spiral", [.. options, "--iterations", "20", "--output", folder.File("spiral"), "--json"]);

        run.ExitCode.Should().Be(0, run.Errors);
        run.Json.GetProperty("skippedMinibatches").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("--architecture", "cubic")]
    [InlineData("--architecture", "0")]
    [InlineData("--gradient", "exact")]
    [InlineData("--optimizer", "lbfgs")]
    [InlineData("--problem", "square")]
    [InlineData("--iterations", "0")]
    [InlineData("--iterations", "many")]
    [InlineData("--noise", "-1")]
    [InlineData("--learning-rate", "0")]
    [InlineData("--seed", "1.5")]
    [InlineData("--seed")]
    [InlineData("--iteration", "5")]
    [InlineData("five")]
    public void A_wrong_option_is_one_line_that_names_it_and_a_failure(params string[] options)
    {
        SampleRun run = SampleRun.Start("Spiral", options);

        run.ExitCode.Should().NotBe(0);
        run.ErrorLines.Should().ContainSingle().Which.Should().Contain(options[0]);
        run.Output.Should().BeEmpty();
    }

    [Theory]
    [InlineData("--optimizer", "sgd", "--learning-rate", "1e5")]
    [InlineData("--optimizer", "adam", "--learning-rate", "1e3")]
    [InlineData("--optimizer", "adam", "--learning-rate", "1e307")]
    public void A_run_that_diverges_says_why_and_fails(params string[] options)
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("Spiral", [.. options, "--iterations", "40", "--output", folder.File("spiral")]);

        run.ExitCode.Should().Be(1);
        run.ErrorLines.Should().ContainSingle().Which.Should().StartWith("Diverged: ");
    }

    [Fact]
    public void Ctrl_C_ends_with_code_130_and_what_was_learned_so_far()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Interrupt("Spiral", "--iterations", "1000000", "--gradient", "discrete", "--output", folder.File("spiral"));

        run.ExitCode.Should().Be(130, run.Errors);
        run.Output.Should().Contain("Interrupted after");
        new FileInfo(Path.Combine(folder.File("spiral"), "spiral.safetensors")).Length.Should().BePositive();
    }

    [Fact]
    public void Help_explains_every_option()
    {
        SampleRun run = SampleRun.Start("Spiral", "--help");

        run.ExitCode.Should().Be(0);
        run.Output.Should().ContainAll("--problem", "--architecture", "--gradient", "--optimizer", "--learning-rate", "--iterations", "--seed", "--noise",
            "--irregular", "--output", "--json");
    }

    [Fact]
    public void Redirected_output_is_plain_lines()
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("Spiral", "--iterations", "20", "--output", folder.File("spiral"));

        run.Output.Should().NotContain("\u001b").And.Contain("loss").And.Contain("evaluations per iteration").And.Contain("remaining");
    }
}
