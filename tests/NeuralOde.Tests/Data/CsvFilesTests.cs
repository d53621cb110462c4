namespace NeuralOde.Tests.Data;

/// <summary>Several files as one dataset, and simulated twins of well-known files.</summary>
public sealed class CsvFilesTests
{
    [Fact]
    public void Files_are_trajectories_of_one_dataset_in_their_order()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset dataset = TrajectoryDataset.FromCsv(Files(folder, "t,x,y\n0,1,2\n1,3,\n", "t,note,y,x\n5,new,7,8\n4,new,9,\n"));
        dataset.StateNames.Should().Equal("x", "y");
        dataset.Should().HaveCount(2);
        dataset[0].States.ToArray().Should().Equal(1, 2, 3, double.NaN);
        dataset[1].Times.ToArray().Should().Equal(5, 4);
        dataset[1].States.ToArray().Should().Equal(8, 7, double.NaN, 9);
    }

    [Fact]
    public void The_same_id_in_two_files_is_two_trajectories_and_intervals_are_the_files()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset dataset = TrajectoryDataset.FromCsv(Files(folder, "id,x,Ts\n1,5,2\n2,6,\n1,7,\n", "id,x,Ts\n1,8,3\n1,9,\n"),
            new CsvOptions { TrajectoryColumn = "id", SamplingIntervalColumn = "Ts" });
        dataset.Should().HaveCount(3);
        dataset[0].Times.ToArray().Should().Equal(0, 2);
        dataset[2].Times.ToArray().Should().Equal(0, 3);
        dataset[2].States.ToArray().Should().Equal(8, 9);
    }

    [Fact]
    public void A_column_without_a_number_in_one_file_is_a_state_if_it_has_one_in_another()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset.FromCsv(Files(folder, "t,x,y\n0,1,\n", "t,x,y\n0,1,2\n"))[0].States.ToArray().Should().Equal(1, double.NaN);
        Refusal(folder, "t,x,y\n0,1,off\n", "t,x,y\n0,1,2\n").Should().Match("*0.csv, line 2, column 3 (\"y\"): \"off\" is not a number*");
        Refusal(folder, "t,x,y\n0,1,2\n", "t,x\n0,1\n").Should().Match("*1.csv: there is no column \"y\", which is a state in another file.");
        Refusal(folder, "t,x\n0,1\n", "t,x\n2020-01-01,1\n").Should().Match("*1.csv: the times are dates, but those of *0.csv are numbers.");
    }

    [Fact]
    public void Files_in_long_format_need_not_have_the_same_variables()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset dataset = TrajectoryDataset.FromCsv(
            Files(folder, "t,variable,value,w\n0,x,1,2\n", "t,variable,value,w\n0,y,3,4\n"), new CsvOptions { VariableColumn = "variable", ValueColumn = "value", WeightColumns = ["w"] });
        dataset.StateNames.Should().Equal("x", "y");
        dataset[0].States.ToArray().Should().Equal(1, double.NaN);
        dataset[1].States.ToArray().Should().Equal(double.NaN, 3);
        dataset[1].Weights.ToArray().Should().Equal(0, 4);
    }

    [Fact]
    public void Paths_are_checked()
    {
        FluentActions.Invoking(() => TrajectoryDataset.FromCsv(Array.Empty<string>())).Should().Throw<ArgumentException>().WithMessage("paths is empty*").WithParameterName("paths");
        FluentActions.Invoking(() => TrajectoryDataset.FromCsv(["a.csv", ""])).Should().Throw<ArgumentException>().WithMessage("paths[1] is empty*").WithParameterName("paths");
        FluentActions.Invoking(() => TrajectoryDataset.FromCsv((IEnumerable<string>)null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void A_weekly_series_with_compact_dates_and_gaps_is_read_in_one_call()
    {
        using var folder = new TemporaryFolder();
        string[] rows = [.. Enumerable.Range(0, 300).Select(week => $"{new DateTime(1958, 3, 29).AddDays(7 * week):yyyyMMdd},{(week % 40 == 7 ? "" : FormattableString.Invariant($"{316 + (0.02 * week):f1}"))}")];
        string path = Files(folder, "date,co2\n" + string.Join('\n', rows))[0];
        TrajectoryDataset dataset = TrajectoryDataset.FromCsv(path, new CsvOptions { TimeFormat = "yyyyMMdd", TimeOrigin = new DateTime(1958, 3, 29), TimeUnit = TimeSpan.FromDays(7) });
        dataset.StateNames.Should().Equal("co2");
        dataset[0].Times.ToArray().Should().Equal(Enumerable.Range(0, 300).Select(week => (double)week));
        Enumerable.Range(0, 300).Where(week => !dataset[0].IsObserved(week, 0)).Should().Equal(7, 47, 87, 127, 167, 207, 247, 287);
        dataset[0].States[100].Should().Be(318);
    }

    [Fact]
    public void Yearly_counts_with_quoted_names_are_read_without_options()
    {
        using var folder = new TemporaryFolder();
        TrajectoryDataset dataset = TrajectoryDataset.FromCsv(Files(folder, "\"YEAR\",\"SUNACTIVITY\"\n1700,5\n1701,11\n1702,16.5\n")[0]);
        dataset.StateNames.Should().Equal("SUNACTIVITY");
        dataset[0].Times.ToArray().Should().Equal(1700, 1701, 1702);
        dataset[0].States.ToArray().Should().Equal(5, 11, 16.5);
    }

    private static string Refusal(TemporaryFolder folder, params string[] texts) =>
        FluentActions.Invoking(() => TrajectoryDataset.FromCsv(Files(folder, texts))).Should().ThrowExactly<CsvFormatException>().Which.Message;

    private static string[] Files(TemporaryFolder folder, params string[] texts)
    {
        for (int i = 0; i < texts.Length; i++)
            File.WriteAllText(folder.File($"{i}.csv"), texts[i]);
        return [.. texts.Select((_, i) => folder.File($"{i}.csv"))];
    }
}
