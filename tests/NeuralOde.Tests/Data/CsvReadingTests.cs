using System.Globalization;

namespace NeuralOde.Tests.Data;

public sealed class CsvReadingTests
{
    [Fact]
    public void By_default_the_first_column_is_the_time_and_the_other_numeric_columns_are_the_state()
    {
        TrajectoryDataset dataset = Read("year,hare,comment,lynx\n1900,30,good,4\n1901,47.2,bad,6.1\n");

        dataset.StateNames.Should().Equal("hare", "lynx");
        dataset[0].Times.ToArray().Should().Equal(1900, 1901);
        dataset[0].States.ToArray().Should().Equal(30, 4, 47.2, 6.1);
    }

    [Fact]
    public void Named_columns_are_read_in_the_order_asked_for()
    {
        TrajectoryDataset dataset = Read("a,b,t,c\n1,2,0,3\n4,5,1,6\n", new CsvOptions { TimeColumn = "t", StateColumns = ["c", "a"] });

        dataset.StateNames.Should().Equal("c", "a");
        dataset[0].States.ToArray().Should().Equal(3, 1, 6, 4);
    }

    [Fact]
    public void The_trajectory_column_separates_trajectories_even_where_their_rows_alternate()
    {
        TrajectoryDataset dataset = Read(
            "run,t,x\nb,0,1\na,5,10\nb,1,2\na,4,20\nb,2,3\n", new CsvOptions { TrajectoryColumn = "run" });

        dataset.StateNames.Should().Equal("x");
        dataset.Should().HaveCount(2);
        dataset[0].Times.ToArray().Should().Equal(0, 1, 2);
        dataset[0].States.ToArray().Should().Equal(1, 2, 3);
        dataset[1].Times.ToArray().Should().Equal(5, 4);
        dataset[1].States.ToArray().Should().Equal(10, 20);
    }

    [Theory]
    [InlineData("t,x\r\n0,1\r\n1,2\r\n")]
    [InlineData("t,x\r0,1\r1,2")]
    [InlineData("\uFEFFt,x\n0,1\n1,2")]
    [InlineData("\n# made by hand\n\nt,x\n  # indented\n0,1\n   \n1,2\n\n")]
    [InlineData("\"t\",\"x\"\n\"0\",\"1\"\n\"1\", \"2\" \n")]
    [InlineData(" t , x \n 0 ,\t1 \n1,2")]
    [InlineData("t,x\n0.0,+1\n1e0,.2E1\n")]
    public void Line_ends_byte_order_marks_comments_blank_lines_quotes_and_padding_do_not_matter(string text)
    {
        TrajectoryDataset dataset = Read(text);

        dataset.StateNames.Should().Equal("x");
        dataset[0].Times.ToArray().Should().Equal(0, 1);
        dataset[0].States.ToArray().Should().Equal(1, 2);
    }

    [Fact]
    public void Quoted_names_may_hold_separators_quotes_and_line_ends()
    {
        TrajectoryDataset dataset = Read("t,\"x, \"\"raw\"\"\nin m\"\n0,1\n");
        dataset.StateNames.Should().Equal("x, \"raw\"\nin m");
    }

    [Fact]
    public void Another_separator_and_another_comment_prefix_can_be_chosen()
    {
        Read("% c\nt;x\n0;1\n", new CsvOptions { Separator = ';', CommentPrefix = '%' })[0].States.ToArray().Should().Equal(1);
        Read("t\tx\n0\t1\n", new CsvOptions { Separator = '\t' })[0].States.ToArray().Should().Equal(1);
        Read("#t,x\n0,1\n", new CsvOptions { CommentPrefix = null, TimeColumn = "#t" })[0].States.ToArray().Should().Equal(1);
    }

    [Fact]
    public void Numbers_are_read_and_written_in_the_invariant_culture_whatever_the_thread_has()
    {
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        commas.NumberFormat.NumberGroupSeparator = ".";
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = commas;
        try
        {
            1.25.ToString().Should().Be("1,25");
            TrajectoryDataset dataset = Read("t,x\n0,1.25\n");
            var text = new StringWriter();
            dataset.WriteCsv(text, options: null);

            dataset[0].States[0].Should().Be(1.25);
            text.ToString().Should().Be("time,x\n0,1.25\n");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_file_with_a_byte_order_mark_is_read_from_disk()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.csv"), "zeit,größe\n0,1\n", new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        TrajectoryDataset.FromCsv(folder.File("a.csv")).StateNames.Should().Equal("größe");
    }

    [Theory]
    [InlineData("# two runs\nt,x,y\n0,1,2\n# note\n\n1,n/a,3\n", 6, 2, "x", "*line 6, column 2 (\"x\"): \"n/a\" is not a number.*")]
    [InlineData("t,x,y\n0,n/a,2\n1,1,3\n", 2, 2, "x", "*line 2, column 2 (\"x\"): \"n/a\" is not a number.*")]
    [InlineData("t,x\n0,1\n,2\n", 3, 1, "t", "*the cell is empty; the time is missing*")]
    [InlineData("t,x\n0,1\nNaN,2\n", 3, 1, "t", "*\"NaN\" is not a finite number; the time is missing*")]
    [InlineData("t,x\n0,1\n1,1e999\n", 3, 2, "x", "*\"1e999\" is not a finite number*")]
    [InlineData("t,x\n0,1\n1,1.000.000\n", 3, 2, "x", "*\"1.000.000\" is not a number*")]
    [InlineData("t,x\n0,NaN\n1,NaN\n", 2, 2, "x", "*\"NaN\" stands for a number that is missing, and the column has no other*CsvOptions.StateColumns*")]
    [InlineData("t,x\nnoon,1\n", 2, 1, "t", "*\"noon\" is not a number*")]
    [InlineData("t,x\n0,1\n1\n", 3, 2, "x", "*the line has 1 cells where the header has 2.*")]
    [InlineData("t,x\n0,1\n1,2,3\n", 3, 3, null, "*the line has 3 cells where the header has 2.*")]
    [InlineData("t,x\n0,1\n2,2\n1,3\n", 4, 1, "t", "*time 1 is not after time 2 of line 3*CsvOptions.TrajectoryColumn*")]
    [InlineData("t,x\n5,1\n4,2\n4,3\n", 4, 1, "t", "*time 4 is not before time 4 of line 3*")]
    [InlineData("t,x\n0,\"1\n2\n", 2, 2, null, "*no closing quote*")]
    [InlineData("t,x\n0,\"1\"2\n", 2, 2, null, "*text follows the closing quote*")]
    [InlineData("t,x,x\n0,1,2\n", 1, 3, "x", "*twice*")]
    [InlineData(",t,x\n0,1,2\n", 1, 1, null, "*no name*CsvOptions.TimeColumn*")]
    [InlineData("0,1\n1,2\n", 1, 0, null, "*only numbers where a header*")]
    [InlineData("t\n0\n", 0, 0, null, "*no column besides the time (\"t\") holds numbers*")]
    [InlineData("t,x\n0,a\n", 0, 0, null, "*no column besides the time*")]
    [InlineData("t,x\n", 0, 0, null, "*no observations*")]
    [InlineData("", 0, 0, null, "*no header line*")]
    [InlineData("# only a comment", 0, 0, null, "*no header line*")]
    public void Unusable_text_is_refused_with_line_column_and_name(string text, int line, int column, string? name, string message)
    {
        Action read = () => Read(text);
        CsvFormatException e = read.Should().Throw<CsvFormatException>().WithMessage(message).Which;
        (e.Line, e.Column, e.ColumnName).Should().Be((line, column, name));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void A_line_number_counts_each_line_end_once_also_inside_quoted_cells(string lineEnd)
    {
        Action read = () => Read("t,\"x\n(m)\"\n0,1\n1,bad\n".Replace("\n", lineEnd));
        read.Should().Throw<CsvFormatException>().Which.Line.Should().Be(4);
    }

    [Fact]
    public void A_long_cell_is_cut_in_the_message_and_control_characters_are_not_echoed()
    {
        Action read = () => Read("t,x\n0,1\n1,\u001b" + new string('z', 5000) + "\n");
        string message = read.Should().Throw<CsvFormatException>().Which.Message;
        message.Should().Contain("zzz…\"").And.NotContain("\u001b");
        message.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void Messages_name_the_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.csv"), "t,x\n0,1\nx,2\n");
        Action read = () => TrajectoryDataset.FromCsv(folder.File("bad.csv"));
        read.Should().Throw<CsvFormatException>().WithMessage("*bad.csv, line 3, column 1 (\"t\"): \"x\" is not a number.");
    }

    [Fact]
    public void A_missing_id_is_refused()
    {
        Action read = () => Read("t,run,x\n0,a,1\n1,,2\n", new CsvOptions { TrajectoryColumn = "run" });
        CsvFormatException e = read.Should().Throw<CsvFormatException>().WithMessage("*id is missing*").Which;
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 2, "run"));
    }

    [Fact]
    public void A_column_that_was_asked_for_must_hold_numbers_in_every_row()
    {
        Action read = () => Read("t,x,note\n0,1,good\n", new CsvOptions { StateColumns = ["x", "note"] });
        read.Should().Throw<CsvFormatException>().WithMessage("*line 2, column 3 (\"note\"): \"good\" is not a number.*CsvOptions.MissingValues*");
    }

    [Fact]
    public void A_bad_cell_in_a_column_nobody_asked_for_does_not_matter()
    {
        Read("t,x,note\n0,1,7\n1,2,n/a\n", new CsvOptions { StateColumns = ["x"] })[0].States.ToArray().Should().Equal(1, 2);
    }

    [Fact]
    public void An_unnamed_column_is_not_a_state_unless_it_gets_a_name()
    {
        Read(",t,x\n9,0,1\n8,1,2\n", new CsvOptions { TimeColumn = "t" }).StateNames.Should().Equal("x");
    }

    [Fact]
    public void A_header_of_numbers_is_accepted_once_a_column_is_chosen_by_name()
    {
        Read("0,1\n5,6\n", new CsvOptions { TimeColumn = "0" }).StateNames.Should().Equal("1");
    }

    public static TheoryData<CsvOptions, string> BadOptions => new()
    {
        { new CsvOptions { TimeColumn = "time" }, "CsvOptions.TimeColumn: CSV has no column \"time\". It has \"t\", \"x\".*" },
        { new CsvOptions { StateColumns = ["X"] }, "CsvOptions.StateColumns: CSV has no column \"X\"*" },
        { new CsvOptions { TrajectoryColumn = "run" }, "CsvOptions.TrajectoryColumn: CSV has no column \"run\"*" },
        { new CsvOptions { TimeColumn = "" }, "CsvOptions.TimeColumn: CSV has no column \"\"*" },
        { new CsvOptions { StateColumns = [] }, "StateColumns is empty*" },
        { new CsvOptions { StateColumns = ["x", null!] }, "StateColumns[1] is null*" },
        { new CsvOptions { StateColumns = ["x", "x"] }, "StateColumns[1] = \"x\" repeats StateColumns[0].*" },
        { new CsvOptions { TimeColumn = "t", StateColumns = ["t"] }, "StateColumns[0] = \"t\" repeats TimeColumn.*" },
        { new CsvOptions { StateColumns = ["t", "x"] }, "*names \"t\" as something else, and it is the time column*" },
        { new CsvOptions { TimeColumn = "t", TrajectoryColumn = "t" }, "TrajectoryColumn = \"t\" repeats TimeColumn.*" },
        { new CsvOptions { Separator = '.' }, "Separator = '.'*" },
        { new CsvOptions { Separator = '"' }, "Separator = '\"'*" },
        { new CsvOptions { Separator = '1' }, "Separator = '1'*" },
        { new CsvOptions { Separator = '\n' }, "Separator*" },
        { new CsvOptions { Separator = '#' }, "CommentPrefix = '#'*" },
        { new CsvOptions { CommentPrefix = '-' }, "CommentPrefix = '-'*" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Wrong_options_are_refused_and_unknown_columns_answered_with_those_there_are(CsvOptions options, string message)
    {
        Action read = () => Read("t,x\n0,1\n1,2\n", options);
        read.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName("options");
    }

    [Fact]
    public void A_missing_file_is_reported_as_missing()
    {
        using var folder = new TemporaryFolder();
        Action read = () => TrajectoryDataset.FromCsv(folder.File("none.csv"));
        read.Should().Throw<FileNotFoundException>();
    }

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);
}
