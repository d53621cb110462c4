using System.Text.Json;

namespace NeuralOde.Tests.Samples;

public class LynxHareTests
{
    [Fact]
    public void It_fits_closer_than_Lotka_Volterra_and_forecasts_better_than_persistence()
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("LynxHare", "--output", folder.File("lynx-hare"), "--json");

        run.ExitCode.Should().Be(0, run.Errors);
        JsonElement neural = run.Json.GetProperty("neuralOde"), classic = run.Json.GetProperty("lotkaVolterra"), persistence = run.Json.GetProperty("persistence");
        neural.GetProperty("rmseLogFitted").GetDouble().Should().BeLessThan(classic.GetProperty("rmseLogFitted").GetDouble());
        neural.GetProperty("rmseLogHeldOut").GetDouble().Should().BeLessThan(persistence.GetProperty("rmseLogHeldOut").GetDouble());
        foreach (string file in (string[])["lynx-hare.png", "forecasts.csv", "lynx-hare-1.safetensors", "lynx-hare-5.safetensors"])
            new FileInfo(Path.Combine(folder.File("lynx-hare"), file)).Length.Should().BePositive(file);
    }

    [Fact]
    public void Ctrl_C_ends_with_code_130()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Interrupt("LynxHare", "--iterations", "1000", "--output", folder.File("lynx-hare"));

        run.ExitCode.Should().Be(130, run.Errors);
        run.Output.Should().Contain("Interrupted");
    }

    [Fact]
    public void A_wrong_option_is_one_line_that_names_it_and_a_failure()
    {
        SampleRun run = SampleRun.Start("LynxHare", "--iterations", "none");

        run.ExitCode.Should().NotBe(0);
        run.ErrorLines.Should().ContainSingle().Which.Should().Contain("--iterations");
    }

    [Fact]
    public void Help_explains_every_option() =>
        SampleRun.Start("LynxHare", "--help").Output.Should().ContainAll("--iterations", "--seed", "--output", "--json");
}
