namespace NeuralOde.Tests.Data;

/// <summary>Headers, separators, decimal commas, gaps: how files are written elsewhere.</summary>
public sealed class CsvFormsTests
{
    private const double Gap = double.NaN;

    [Fact]
    public void A_file_with_decimal_commas_is_separated_by_semicolons_unless_something_else_is_said()
    {
        const string Text = "t;x\n0;1,5\n0,25;-2,5e-3\n1;7\n";
        Trajectory trajectory = Read(Text, new CsvOptions { DecimalComma = true })[0];
        trajectory.Times.ToArray().Should().Equal(0, 0.25, 1);
        trajectory.States.ToArray().Should().Equal(1.5, -2.5e-3, 7);
        Read("t\tx\n0\t1,5\n", new CsvOptions { DecimalComma = true, Separator = '\t' })[0].States.ToArray().Should().Equal(1.5);
        Read("t,x\n0,\"1,5\"\n", new CsvOptions { DecimalComma = true, Separator = ',' })[0].States.ToArray().Should().Equal(1.5);
    }

    [Theory]
    [InlineData("1.5", "CsvOptions.DecimalComma is set, but the number has a point")]
    [InlineData("1.234", "CsvOptions.DecimalComma is set, but the number has a point")]
    [InlineData("1.234,5", "write one comma, before the decimals, and nothing between groups of digits")]
    [InlineData("1,2,3", "is not a number")]
    public void A_point_in_a_file_with_decimal_commas_is_refused(string cell, string message) =>
        Refusal($"t;x\n0;1\n1;{cell}\n", new CsvOptions { DecimalComma = true }).Message.Should().Contain(message);

    [Fact]
    public void Decimal_commas_that_split_cells_are_refused_with_the_option() =>
        Refusal("t,x\n0,1,5\n1,2,5\n").Message.Should().Contain("has 3 cells where the header has 2. If commas are decimal commas, set CsvOptions.DecimalComma.");

    [Theory]
    [InlineData("sep=;\nt;x\n0;1\n")]
    [InlineData("\uFEFFSEP=;\r\nt;x\r\n0;1\r\n")]
    [InlineData("sep=\t\nt\tx\n0\t1")]
    [InlineData("sep= \nt x\n0  1")]
    public void A_first_line_names_the_separator(string text)
    {
        TrajectoryDataset dataset = Read(text);
        dataset.StateNames.Should().Equal("x");
        dataset[0].States.ToArray().Should().Equal(1);
    }

    [Fact]
    public void A_first_line_that_names_another_separator_than_the_option_or_none_is_refused_and_lines_count_it()
    {
        Refusal("sep=;\nt;x\n0;bad\n1;1\n").Line.Should().Be(3);
        Refusal("sep=;\nt;x\n0;1\n", new CsvOptions { Separator = '|' }).Message.Should().Be("CSV, line 1: the line names \";\" as what separates cells, but this is not CsvOptions.Separator, \"|\".");
        Refusal("sep=#\nt#x\n").Message.Should().Contain("begins comments");
        Refusal("sep=a\n").Message.Should().Contain("is no separator");
        Refusal("sep=\n").Message.Should().NotContain("separates cells");
        Read("sep=;\nt;x\n0;1\n", new CsvOptions { Separator = ';' })[0].States.ToArray().Should().Equal(1);
        Read("sep=;\nt;x\n0;1,5\n", new CsvOptions { DecimalComma = true })[0].States.ToArray().Should().Equal(1.5);
    }

    [Fact]
    public void Spaces_and_tabs_in_runs_separate_once()
    {
        TrajectoryDataset dataset = Read("  t   x \t\"y z\"\n 0  1.5\t 2\n1 -3   4  \n   \n", new CsvOptions { Separator = ' ' });
        dataset.StateNames.Should().Equal("x", "y z");
        dataset[0].Times.ToArray().Should().Equal(0, 1);
        dataset[0].States.ToArray().Should().Equal(1.5, 2, -3, 4);
        Read("t x y\n0 \"\" 2\n1 3 NA\n", new CsvOptions { Separator = ' ' })[0].States.ToArray().Should().Equal(Gap, 2, 3, Gap);
        Refusal("t x y\n0  2\n", new CsvOptions { Separator = ' ' }).Message.Should().Contain("has 2 cells where the header has 3");
        Refusal("t x\n0 \"1\"2\n", new CsvOptions { Separator = ' ' }).Message.Should().Contain("text follows the closing quote");
    }

    [Fact]
    public void A_header_may_stand_in_the_last_comment_before_the_rows()
    {
        var options = new CsvOptions { Separator = ' ', Header = CsvHeader.Comment };
        TrajectoryDataset dataset = Read("# it\"s from a journal\n#t infected\n1 3.4\n2 9.6\n", options);
        dataset.StateNames.Should().Equal("infected");
        dataset[0].Times.ToArray().Should().Equal(1, 2);
        dataset[0].States.ToArray().Should().Equal(3.4, 9.6);
        Read("# t, x\n0,1\n", new CsvOptions { Header = CsvHeader.Comment }).StateNames.Should().Equal("x");
        Read("% t,x\n\n0,1\n% over\n", new CsvOptions { Header = CsvHeader.Comment, CommentPrefix = '%' })[0].States.ToArray().Should().Equal(1);
        Refusal("t x\n0 1\n", options).Message.Should().Contain("no comment is before the first row");
        Refusal("#t x\n", options).Message.Should().Contain("no observations");
        Refusal("# t,x,x\n0,1,2\n", new CsvOptions { Header = CsvHeader.Comment }).Message.Should().Contain("twice");
        Misuse("#t,x\n0,1\n", new CsvOptions { Header = CsvHeader.Comment, CommentPrefix = null }).Should().Contain("CommentPrefix is null");
        Refusal("#t infected\n1 3.4\n").Message.Should().Contain("set CsvOptions.Header to CsvHeader.Comment");
    }

    [Fact]
    public void Without_a_header_columns_are_numbered_and_the_first_row_is_data()
    {
        TrajectoryDataset dataset = Read("# raw\n0,1,2,\n1,3,4,\n", new CsvOptions { Header = CsvHeader.None });
        dataset.StateNames.Should().Equal("column2", "column3");
        dataset[0].Times.ToArray().Should().Equal(0, 1);
        dataset[0].States.ToArray().Should().Equal(1, 2, 3, 4);
        Read("0,1,\n1,3,4\n", new CsvOptions { Header = CsvHeader.None })[0].States.ToArray().Should().Equal(1, Gap, 3, 4);
        Read("s,mg,\n0,1,2\n", new CsvOptions { Header = CsvHeader.None, HasUnitRow = true })[0].States.ToArray().Should().Equal(1, 2);
        Read("5,0\n6,1\n", new CsvOptions { Header = CsvHeader.None, TimeColumn = "column2" })[0].States.ToArray().Should().Equal(5, 6);
        Refusal("0,1\n1,2,3\n", new CsvOptions { Header = CsvHeader.None }).Line.Should().Be(2);
        Refusal("", new CsvOptions { Header = CsvHeader.None }).Message.Should().Contain("no observations");
    }

    [Fact]
    public void A_line_of_units_is_skipped_where_an_option_says_so()
    {
        var options = new CsvOptions { HasUnitRow = true };
        Read("t,x,m\ns,mg/l,1\n0,1,2\n", options)[0].States.ToArray().Should().Equal(1, 2);
        Refusal("t,x\ns,mg/l\n0,1\n").Message.Should().EndWith("\"s\" is not a number. If the line holds units, set CsvOptions.HasUnitRow.");
        Refusal("t,x\n0,mg\n1,1\n").Message.Should().Contain("If the line holds units, set CsvOptions.HasUnitRow.");
        Refusal("t,x\n0,1\n1,2\n", options).Message.Should().Contain("holds only numbers where units are expected");
        Refusal("t,x\n2020-01-01,1\n2020-01-02,2\n", options).Line.Should().Be(2);
        Refusal("t,x\ns,mg/l\n", options).Message.Should().Contain("no observations");
    }

    [Fact]
    public void Gaps_are_empty_cells_na_nan_and_listed_markers()
    {
        var options = new CsvOptions { MissingValues = ["-999", "n/a", "."] };
        Trajectory trajectory = Read("t,x,y\n0,,1\n1,NA,NaN\n2,n/a,-999.0\n3,.,\"\"\n4,5,nan\n", options)[0];
        trajectory.Times.ToArray().Should().Equal(0, 1, 2, 3, 4);
        trajectory.States.ToArray().Should().Equal(Gap, 1, Gap, Gap, Gap, Gap, Gap, Gap, 5, Gap);
        trajectory.IsComplete.Should().BeFalse();
        trajectory.IsObserved(0, 1).Should().BeTrue();
    }

    [Fact]
    public void A_marker_that_is_not_listed_is_refused_with_the_option()
    {
        Refusal("t,x\n0,1\n1,n/a\n").Message.Should().Contain("\"n/a\" is not a number. If it stands for a missing number, list it in CsvOptions.MissingValues.");
        Misuse("t,x\n0,1\n", new CsvOptions { MissingValues = [null!] }).Should().Contain("MissingValues[0] is null");
    }

    [Fact]
    public void A_column_of_nothing_but_gaps_is_a_state_only_by_name()
    {
        Read("t,x,y\n0,1,\n1,2,NA\n").StateNames.Should().Equal("x");
        Read("t,x,y\n0,1,\n1,2,NaN\n", new CsvOptions { StateColumns = ["x", "y"] })[0].States.ToArray().Should().Equal(1, Gap, 2, Gap);
        Refusal("t,x,y\n0,1,-9\n1,2,-9\n", new CsvOptions { MissingValues = ["-9"] }).Message.Should().Contain("the column has no other").And.Contain("CsvOptions.IgnoredColumns");
    }

    [Fact]
    public void Columns_are_left_out_by_name()
    {
        const string Text = "id,t,x,unit\n17,0,1,m3\n17,1,2,m3\n";
        Refusal(Text).Message.Should().Contain("(\"unit\"): \"m3\" is not a number").And.Contain("leave it out (CsvOptions.IgnoredColumns)");
        Read(Text, new CsvOptions { IgnoredColumns = ["id", "unit"] }).StateNames.Should().Equal("x");
        Refusal(Text, new CsvOptions { IgnoredColumns = ["id"] }).Message.Should().Contain("\"m3\" is not a number").And.Contain("leave it out (CsvOptions.IgnoredColumns)");
        Misuse(Text, new CsvOptions { IgnoredColumns = ["units"] }).Should().Contain("CsvOptions.IgnoredColumns: CSV has no column \"units\"");
    }

    [Theory]
    [InlineData("t,x,\n0,1,\n1,2,\n")]
    [InlineData("t,x\n0,1,\n1,2,\n")]
    [InlineData("t,x,\n0,1\n1,2\n")]
    [InlineData("t,x\n0,1\n1,2,\n")]
    public void A_separator_at_the_end_of_lines_begins_no_cell(string text)
    {
        TrajectoryDataset dataset = Read(text);
        dataset.StateNames.Should().Equal("x");
        dataset[0].States.ToArray().Should().Equal(1, 2);
    }

    [Theory]
    [InlineData("t,x\n0,1,,\n")]
    [InlineData("t,x\n0,1,2\n")]
    [InlineData("t,x,y\n0,1\n")]
    public void A_cell_too_many_or_too_few_is_refused(string text) => Refusal(text).Message.Should().Contain("cells where the header has");

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);

    private static CsvFormatException Refusal(string text, CsvOptions? options = null) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<CsvFormatException>().Which;

    private static string Misuse(string text, CsvOptions options) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<ArgumentException>().WithParameterName("options").Which.Message;
}
