using CsCheck;

namespace NeuralOde.Tests.Data;

public sealed class CsvRoundTripTests
{
    private static readonly Gen<double> Finite = Gen.OneOf<double>(Gen.Double, Gen.Double[-1e3, 1e3], Gen.OneOf(
        0.0, -0.0, double.Epsilon, double.MaxValue, double.MinValue, 0.1, 1e22, 1e23, 123456789012345680)).Where(double.IsFinite);

    private static readonly Gen<string> Name = Gen.OneOf<string>(Gen.String[Gen.Char["abc,;\"\n\r\t #'é\uFEFF1"], 1, 6], Gen.OneOf("x", "x1", "hare"));

    [Fact]
    public void What_is_written_reads_back_bit_for_bit_with_the_same_options()
    {
        GenDatasetAndOptions.Sample(
            (dataset, options) =>
            {
                var text = new StringWriter();
                dataset.WriteCsv(text, options);
                TrajectoryDataset again = TrajectoryDataset.FromCsv(new StringReader(text.ToString()), options);
                ShouldBeSame(again, dataset);
            },
            iter: 1000);
    }

    [Fact]
    public void One_trajectory_reads_back_from_a_file_without_any_options()
    {
        using var folder = new TemporaryFolder();
        var trajectory = new Trajectory([0, 0.1, 1d / 3], [1, -0.0, 1e-300, 5e300, 7, Math.PI], dimension: 2);

        trajectory.WriteCsv(folder.File("one.csv"));

        TrajectoryDataset again = TrajectoryDataset.FromCsv(folder.File("one.csv"));
        ShouldBeSame(again, TrajectoryDataset.FromTrajectories([trajectory], ["x1", "x2"]));
        folder.FileNames.Should().Equal("one.csv");
    }

    [Fact]
    public void Gaps_are_empty_cells_and_a_component_that_was_never_observed_is_read_back_by_name()
    {
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectory([0, 1], new double[,] { { 1, double.NaN, double.NaN }, { 2, 3, double.NaN } });
        var text = new StringWriter();
        dataset.WriteCsv(text, options: null);
        text.ToString().Should().Be("time,x1,x2,x3\n0,1,,NaN\n1,2,3,NaN\n");

        Action byDefault = () => TrajectoryDataset.FromCsv(new StringReader(text.ToString()), null);
        byDefault.Should().Throw<CsvFormatException>().WithMessage("*column 4 (\"x3\")*CsvOptions.StateColumns*");
        TrajectoryDataset again = TrajectoryDataset.FromCsv(new StringReader(text.ToString()), new CsvOptions { StateColumns = ["x1", "x2", "x3"] });
        Bits(again[0].States).Should().Equal(Bits(dataset[0].States));

        var spaces = new StringWriter();
        dataset.WriteCsv(spaces, new CsvOptions { Separator = ' ' });
        spaces.ToString().Should().Be("time x1 x2 x3\n0 1 \"\" NaN\n1 2 3 NaN\n");
    }

    [Fact]
    public void A_time_that_may_be_a_date_is_written_as_a_number_that_is_read_as_one()
    {
        var text = new StringWriter();
        TrajectoryDataset.FromTrajectory([20200131, 20200201], new double[,] { { 1 }, { 2 } }).WriteCsv(text, options: null);
        text.ToString().Should().Be("time,x1\n20200131.0,1\n20200201.0,2\n");
        TrajectoryDataset.FromCsv(new StringReader(text.ToString()), null)[0].Times.ToArray().Should().Equal(20200131, 20200201);
    }

    [Fact]
    public void Inputs_and_weights_are_written_only_to_columns_that_are_named_or_left_out_by_an_empty_list()
    {
        Trajectory trajectory = new Trajectory([0, 1], new double[,] { { 1, 2 }, { 3, 4 } })
            .WithInput(InputSignal.Combine([InputSignal.PiecewiseLinear([0.0, 2.0], [0.0, 4.0]), InputSignal.Constant(7)]))
            .WithWeights(new double[,] { { 1, 1 }, { 0.5, 0.5 } });
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories([trajectory]);

        Written(new CsvOptions { InputColumns = ["u"], CovariateColumns = ["mass"], WeightColumns = ["w"] })
            .Should().Be("time,x1,x2,u,mass,w\n0,1,2,0,7,1\n1,3,4,2,7,0.5\n");
        Written(new CsvOptions { InputColumns = [], WeightColumns = [] }).Should().Be("time,x1,x2\n0,1,2\n1,3,4\n");
        Refusal(new CsvOptions { WeightColumns = [] }).Should().Match("*inputs of dimension 2, but InputColumns and CovariateColumns name 0*");
        Refusal(new CsvOptions { InputColumns = ["u"], WeightColumns = [] }).Should().Match("*name 1 columns*");
        Refusal(new CsvOptions { InputColumns = [] }).Should().Match("*weights of 2 components, but WeightColumns names 0*");
        Refusal(new CsvOptions { InputColumns = [], WeightColumns = ["a", "b", "c"] }).Should().Match("*WeightColumns names 3*");
        Refusal(new CsvOptions { CovariateColumns = ["u", "mass"], WeightColumns = [] }).Should().Match("CovariateColumns[0]: the input of trajectory 0 is 0 at first and 2 at observation 1*");

        var uneven = TrajectoryDataset.FromTrajectories([new Trajectory([0], new double[,] { { 1, 2 } }).WithWeights(new double[,] { { 1, 2 } })]);
        FluentActions.Invoking(() => uneven.WriteCsv(TextWriter.Null, new CsvOptions { WeightColumns = ["w"] })).Should().Throw<ArgumentException>().WithMessage("*observation 0 of trajectory 0 differ*");
        var bare = TrajectoryDataset.FromTrajectory([0], new double[,] { { 1 } });
        FluentActions.Invoking(() => bare.WriteCsv(TextWriter.Null, new CsvOptions { WeightColumns = ["w"] })).Should().Throw<ArgumentException>().WithMessage("*no weights*");

        string Written(CsvOptions options)
        {
            var text = new StringWriter();
            dataset.WriteCsv(text, options);
            return text.ToString();
        }

        string Refusal(CsvOptions options) => FluentActions.Invoking(() => Written(options)).Should().Throw<ArgumentException>().WithParameterName("options").Which.Message;
    }

    public static TheoryData<CsvOptions, string> ForReading => new()
    {
        { new CsvOptions { TimeFormat = "yyyyMMdd" }, "TimeFormat" },
        { new CsvOptions { TimeUnit = TimeSpan.FromHours(1) }, "TimeUnit" },
        { new CsvOptions { TimeOrigin = DateTime.UnixEpoch }, "TimeOrigin" },
        { new CsvOptions { TimeZone = TimeZoneInfo.Utc }, "TimeZone" },
        { new CsvOptions { SamplingInterval = 1 }, "SamplingInterval" },
        { new CsvOptions { SamplingIntervalColumn = "Ts" }, "SamplingIntervalColumn" },
        { new CsvOptions { Header = CsvHeader.None }, "Header" },
        { new CsvOptions { HasUnitRow = true }, "HasUnitRow" },
        { new CsvOptions { VariableColumn = "a", ValueColumn = "b" }, "VariableColumn" },
        { new CsvOptions { IgnoredColumns = ["a"] }, "IgnoredColumns" },
    };

    [Theory]
    [MemberData(nameof(ForReading))]
    public void Options_that_would_not_be_kept_are_refused(CsvOptions options, string name)
    {
        Action write = () => TrajectoryDataset.FromTrajectory([0], new double[,] { { 1 } }).WriteCsv(TextWriter.Null, options);
        write.Should().Throw<ArgumentException>().WithMessage($"CsvOptions.{name} is for reading alone.*").WithParameterName("options");
    }

    [Fact]
    public void A_number_that_would_read_back_as_a_gap_is_refused()
    {
        Action write = () => TrajectoryDataset.FromTrajectory([0, 1], new double[,] { { 1 }, { -999 } }).WriteCsv(TextWriter.Null, new CsvOptions { MissingValues = ["-999.0"] });
        write.Should().Throw<ArgumentException>().WithMessage("State 0 of observation 1 of trajectory 0 is -999, which would be read back as a gap*");
    }

    [Fact]
    public void The_text_is_plain_comma_separated_values()
    {
        var text = new StringWriter();
        TrajectoryDataset.FromTrajectories([new Trajectory([0, 0.5], [1, -2, 3e-7, 4], 2), new Trajectory([1], [5, 6], 2)], ["hare", "lynx, adult"])
            .WriteCsv(text, options: null);

        text.ToString().Should().Be("trajectory,time,hare,\"lynx, adult\"\n0,0,1,-2\n0,0.5,3E-07,4\n1,1,5,6\n");
    }

    [Fact]
    public void Names_that_would_clash_or_do_not_fit_are_refused_and_the_old_file_stays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.csv");
        File.WriteAllText(path, "old");
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories([new Trajectory([0], [1, 2], 2)], ["time", "x"]);
        Action clash = () => dataset.WriteCsv(path);
        Action count = () => dataset.WriteCsv(path, new CsvOptions { StateColumns = ["a"] });
        Action empty = () => dataset.WriteCsv(path, new CsvOptions { StateColumns = ["a", ""] });

        clash.Should().Throw<ArgumentException>().WithMessage("Two columns are named \"time\"*");
        count.Should().Throw<ArgumentException>().WithMessage("CsvOptions.StateColumns has 1 names for states of dimension 2.*");
        empty.Should().Throw<ArgumentException>().WithMessage("Column 3 has an empty name.*");
        File.ReadAllText(path).Should().Be("old");
        folder.FileNames.Should().Equal("a.csv");
    }

    [Fact]
    public void Any_damage_to_a_file_gives_a_dataset_or_a_message_about_it()
    {
        const string Valid = "# made by hand\nrun,t,x,\"y \"\"raw\"\"\",note\r\na,0,1.5,2,ok\r\na,0.25,-1e-3,3,\"so, so\"\nb,10,4,5,ok\n\nb,9,6,7,\"ok\"\n";
        CsvOptions?[] options =
        [
            null,
            new CsvOptions { TrajectoryColumn = "run" },
            new CsvOptions { TimeColumn = "t", StateColumns = ["x"] },
            new CsvOptions { Separator = ';' },
        ];
        int accepted = 0;
        int refused = 0;

        Gen<(int Kind, int Where, char Character, int Length)> mutation =
            Gen.Select(Gen.Int[0, 3], Gen.Int[0, Valid.Length], Gen.OneOf<char>(Gen.Char["\",;\n\r#.-+eE019NaI \0\uFEFF"], Gen.Char), Gen.Int[1, 12]);
        Gen.Select(mutation.Array[1, 4], Gen.Int[0, options.Length - 1]).Sample(
            (mutations, option) =>
            {
                string text = mutations.Aggregate(Valid, Mutate);
                try
                {
                    TrajectoryDataset dataset = TrajectoryDataset.FromCsv(new StringReader(text), options[option]);
                    dataset.Should().OnlyContain(t => t.Length > 0 && t.Dimension == dataset.Dimension);
                    Interlocked.Increment(ref accepted);
                }
                catch (Exception e) when (e is FormatException or ArgumentException)
                {
                    e.Message.Should().NotBeEmpty();
                    Interlocked.Increment(ref refused);
                }
            },
            iter: 20_000);

        // The mutations reach both sides of the line between good and bad.
        accepted.Should().BeGreaterThan(100);
        refused.Should().BeGreaterThan(100);

        static string Mutate(string text, (int Kind, int Where, char Character, int Length) m)
        {
            int where = Math.Min(m.Where, text.Length);
            int length = Math.Min(m.Length, text.Length - where);
            return m.Kind switch
            {
                0 => text.Insert(where, m.Character.ToString()),
                1 => text.Remove(where, length),
                2 => text[..where],
                _ => text.Remove(where, Math.Min(1, length)).Insert(where, m.Character.ToString()),
            };
        }
    }

    /// <summary>A dataset, and options that name its id and time columns: any of the names may come first in the file.</summary>
    private static Gen<(TrajectoryDataset Dataset, CsvOptions Options)> GenDatasetAndOptions =>
        from dimension in Gen.Int[1, 4]
        from drawn in Name.Array[(2 * dimension) + 4]
        let names = drawn.Select((name, i) => drawn[..i].Contains(name) ? name + i : name).ToArray()
        where names.Distinct().Count() == names.Length
        from trajectories in GenTrajectory(dimension).Array[1, 4]
        from separator in Gen.OneOf(',', ';', '\t', ' ', '|')
        from decimalComma in Gen.Bool
        from prefix in Gen.OneOf<char?>('#', '%', '\'', null)
        select (
            TrajectoryDataset.FromTrajectories(trajectories, names[4..(dimension + 4)], names[2..4]),
            new CsvOptions
            {
                TrajectoryColumn = names[0],
                TimeColumn = names[1],
                Separator = separator,
                CommentPrefix = prefix,
                DecimalComma = decimalComma,
                StateColumns = names[4..(dimension + 4)],
                InputColumns = [names[2]],
                InputInterpolation = InputInterpolation.PiecewiseConstant,
                CovariateColumns = [names[3]],
                WeightColumns = names[(dimension + 4)..],
            });

    private static Gen<Trajectory> GenTrajectory(int dimension) =>
        from times in Finite.Array[1, 8]
        from backward in Gen.Bool
        let distinct = times.Distinct().Order().ToArray()
        where double.IsFinite(distinct[^1] - distinct[0])
        from states in Gen.Frequency((5, Finite), (1, Gen.Const(double.NaN))).Array[distinct.Length * dimension]
        from weights in Finite.Array[distinct.Length * dimension]
        from input in Finite.Array[distinct.Length]
        from covariate in Finite
        select Make(backward ? distinct.Reverse().ToArray() : distinct, states, dimension, weights, InputSignal.Combine([InputSignal.PiecewiseConstant(distinct, input), InputSignal.Constant(covariate)]));

    private static Trajectory Make(double[] times, double[] states, int dimension, double[] weights, InputSignal input)
    {
        var table = new double[times.Length, dimension];
        for (int i = 0; i < weights.Length; i++)
            table[i / dimension, i % dimension] = double.IsNaN(states[i]) ? 0.0 : Math.Abs(weights[i]);
        return new Trajectory(times, states, dimension).WithWeights(table).WithInput(input);
    }

    private static void ShouldBeSame(TrajectoryDataset actual, TrajectoryDataset expected)
    {
        actual.StateNames.Should().Equal(expected.StateNames);
        (actual.InputNames ?? []).Should().Equal(expected.InputNames ?? []);
        actual.Count.Should().Be(expected.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Bits(actual[i].Times).Should().Equal(Bits(expected[i].Times));
            Bits(actual[i].States).Should().Equal(Bits(expected[i].States));
            Bits(actual[i].Weights).Should().Equal(Bits(expected[i].Weights));
            foreach (double time in expected[i].Times)
                (actual[i].Input?.Evaluate(time) ?? []).Should().Equal(expected[i].Input?.Evaluate(time) ?? []);
        }
    }

    private static long[] Bits(ReadOnlySpan<double> values) => values.ToArray().Select(BitConverter.DoubleToInt64Bits).ToArray();
}
