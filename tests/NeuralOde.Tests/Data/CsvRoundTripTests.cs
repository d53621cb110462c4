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
            iter: 500);
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
        from names in Name.Array[dimension + 2].Where(names => names.Distinct().Count() == names.Length)
        from trajectories in GenTrajectory(dimension).Array[1, 4]
        from separator in Gen.OneOf(',', ';', '\t', ' ', '|')
        from prefix in Gen.OneOf<char?>('#', '%', '\'', null)
        select (
            TrajectoryDataset.FromTrajectories(trajectories, names[2..]),
            new CsvOptions { TrajectoryColumn = names[0], TimeColumn = names[1], Separator = separator, CommentPrefix = prefix });

    private static Gen<Trajectory> GenTrajectory(int dimension) =>
        from times in Finite.Array[1, 8]
        from backward in Gen.Bool
        let distinct = times.Distinct().Order().ToArray()
        from states in Finite.Array[distinct.Length * dimension]
        select new Trajectory(backward ? distinct.Reverse().ToArray() : distinct, states, dimension);

    private static void ShouldBeSame(TrajectoryDataset actual, TrajectoryDataset expected)
    {
        actual.StateNames.Should().Equal(expected.StateNames);
        actual.Count.Should().Be(expected.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Bits(actual[i].Times).Should().Equal(Bits(expected[i].Times));
            Bits(actual[i].States).Should().Equal(Bits(expected[i].States));
        }
    }

    private static long[] Bits(ReadOnlySpan<double> values) => values.ToArray().Select(BitConverter.DoubleToInt64Bits).ToArray();
}
