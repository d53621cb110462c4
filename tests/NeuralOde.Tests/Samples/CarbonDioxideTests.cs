using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NeuralOde.Tests.Samples;

public class CarbonDioxideTests
{
    [Fact]
    public void It_forecasts_better_than_climatology_and_persistence()
    {
        using var folder = new TemporaryFolder();

        SampleRun run = SampleRun.Start("CarbonDioxide", "--output", folder.File("co2"), "--json");

        run.ExitCode.Should().Be(0, run.Errors);
        double rmse = run.Json.GetProperty("rmse").GetDouble();
        rmse.Should().BeLessThan(run.Json.GetProperty("climatologyRmse").GetDouble()).And.BeLessThan(run.Json.GetProperty("persistenceRmse").GetDouble());
        run.Json.GetProperty("vectorAutoregressionRmse").GetDouble().Should().BePositive();
        foreach (string file in (string[])["carbon-dioxide.png", "forecasts.csv", "carbon-dioxide.safetensors"])
            new FileInfo(Path.Combine(folder.File("co2"), file)).Length.Should().BePositive(file);
    }

    /// <summary>
    /// On a straight line of slope 2 per year with a season, the straight line's forecast is exact and the last year repeated is 2, 4, 6, 8
    /// and 10 too low: √((4 + 16 + 36 + 64 + 100) / 5) = √44.
    /// </summary>
    [Fact]
    public void The_baselines_have_the_errors_that_arithmetic_gives()
    {
        using var folder = new TemporaryFolder();
        var text = new StringBuilder("date,co2\n");
        var start = new DateTime(1980, 1, 1);
        for (int week = 0; week < 52 * 24; week++)
        {
            DateTime date = start.AddDays(7 * week);
            double years = 7 * week / 365.25;
            string value = week % 31 == 30 ? "" : (300 + 2 * years + 3 * Math.Sin(2 * Math.PI * years)).ToString("f4", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{date:yyyyMMdd},{value}\n");
        }

        File.WriteAllText(folder.File("line.csv"), text.ToString());

        SampleRun run = SampleRun.Start("CarbonDioxide", "--data", folder.File("line.csv"), "--output", folder.File("co2"), "--json");

        run.ExitCode.Should().Be(0, run.Errors);
        JsonElement json = run.Json;
        json.GetProperty("climatologyRmse").GetDouble().Should().BeLessThan(0.25, "a week of the season is a step of up to 0.36");
        json.GetProperty("persistenceRmse").GetDouble().Should().BeApproximately(Math.Sqrt(44), 0.05);
        json.GetProperty("vectorAutoregressionRmse").GetDouble().Should().BeLessThan(0.1);
        json.GetProperty("rmse").GetDouble().Should().BeLessThan(1);
    }

    [Fact]
    public void What_is_not_such_a_record_is_one_line_that_says_why()
    {
        using var folder = new TemporaryFolder();
        (string Text, string Reason)[] files =
        [
            ("year,hare\n1900,30\n1901,31\n", "date"),
            ("date,co2\n19800101,338\n19800108,many\n", "many"),
            ("date,co2\n19800101,338\n19800108,339\n", "spans"),
        ];
        foreach ((string text, string reason) in files)
        {
            File.WriteAllText(folder.File("data.csv"), text);
            SampleRun run = SampleRun.Start("CarbonDioxide", "--data", folder.File("data.csv"), "--output", folder.File("co2"));
            run.ExitCode.Should().Be(1);
            run.ErrorLines.Should().ContainSingle().Which.Should().Contain(reason);
        }
    }

    [Fact]
    public void Help_explains_every_option() =>
        SampleRun.Start("CarbonDioxide", "--help").Output.Should().ContainAll("--data", "--seed", "--output", "--json");
}
