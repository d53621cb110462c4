namespace NeuralOde.Tests.Data;

/// <summary>Nothing that may be a number is left out without a word.</summary>
public sealed class CsvLossTests
{
    [Theory]
    [InlineData("t;x\n0;1\n", "\"0;1\" is not a number: if ';' separates cells, set CsvOptions.Separator.")]
    [InlineData("t\tx\n0\t1\n", "if a tab separates cells, set CsvOptions.Separator.")]
    [InlineData("t;x\n0;1,5\n1;2,5\n", "The header is one cell, \"t;x\": if ';' separates cells, set CsvOptions.Separator.")]
    public void A_file_with_another_separator_is_refused_with_the_option_that_reads_it(string text, string remedy) =>
        Refusal(text, new CsvOptions()).Message.Should().EndWith(remedy);

    [Theory]
    [InlineData("3,5", "set CsvOptions.DecimalComma")]
    [InlineData("-0,25", "set CsvOptions.DecimalComma")]
    [InlineData("1.234,5", "leave out '.' between groups of digits; set CsvOptions.DecimalComma")]
    [InlineData("2,590", "the comma may be a decimal comma or separate thousands; set CsvOptions.DecimalComma, or write '2590'")]
    [InlineData("12,345,678.5", "leave out ',' between groups of digits")]
    [InlineData("1.000.000", "leave out '.' between groups of digits")]
    [InlineData("1.0D+00", "write the exponent with 'E', not 'D'")]
    [InlineData("-2.5d-3", "write the exponent with 'E', not 'd'")]
    [InlineData("1Q4", "write the exponent with 'E', not 'Q'")]
    [InlineData("\u22121.5", "write the minus sign U+2212 as '-'")]
    [InlineData("\u20137", "write the minus sign U+2013 as '-'")]
    [InlineData("12\u00A0345", "leave out U+00A0 between groups of digits")]
    [InlineData("12\u202F345.5", "leave out U+202F between groups of digits")]
    [InlineData("12'345", "leave out ''' between groups of digits")]
    [InlineData("15 %", "divide by 100 and leave out '%'")]
    [InlineData("\u22121,5 %", "write the minus sign U+2212 as '-'; divide by 100 and leave out '%'; set CsvOptions.DecimalComma")]
    [InlineData("\u0661\u0662", "write U+0661 as '1'; write U+0662 as '2'")]
    [InlineData("5.5 mg", "write the number alone, without a unit")]
    [InlineData("$12.50", "write the number alone, without a unit")]
    [InlineData("2020-01-31", "dates and times of day are read in the time column (CsvOptions.TimeColumn) alone")]
    [InlineData("31.12.2020", "dates and times of day are read in the time column (CsvOptions.TimeColumn) alone")]
    [InlineData("12:30", "dates and times of day are read in the time column (CsvOptions.TimeColumn) alone")]
    public void A_column_of_numbers_written_in_another_way_is_refused_with_what_would_read_it(string cell, string remedy)
    {
        CsvFormatException e = Refusal($"t;x;y\n0;1;\"{cell}\"\n1;2;\"{cell}\"\n", new CsvOptions { Separator = ';' });
        (e.Line, e.Column, e.ColumnName).Should().Be((2, 3, "y"));
        e.Message.Should().Be($"CSV, line 2, column 3 (\"y\"): \"{cell}\" is not a number: {remedy}. If this column is not a state, name the columns that are (CsvOptions.StateColumns) or leave it out (CsvOptions.IgnoredColumns).");
    }

    [Theory]
    [InlineData("run 3")]
    [InlineData("A1")]
    [InlineData("0x1F")]
    [InlineData("½")]
    [InlineData("Ⅻ")]
    [InlineData("\U0001D7D8")]
    [InlineData("1.5\0")]
    [InlineData("∞")]
    [InlineData("-inf")]
    [InlineData("1.#QNAN")]
    public void A_column_that_may_hold_numbers_in_any_row_is_refused(string cell)
    {
        CsvFormatException e = Refusal($"t,x,y\n0,1,n/a\n1,2,\"{cell}\"\n", null);
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 3, "y"));
        e.Message.Should().Contain("is not a number").And.Contain("CsvOptions.StateColumns");
    }

    [Fact]
    public void A_column_without_a_digit_is_left_out_and_one_that_nobody_asked_for_too()
    {
        Read("t,x,y\n0,1,good\n1,2,n/a\n").StateNames.Should().Equal("x");
        Read("t,x,y\n0,1,\"3,5\"\n1,2,\"4,5\"\n", new CsvOptions { StateColumns = ["x"] }).StateNames.Should().Equal("x");
    }

    [Fact]
    public void A_column_without_a_name_is_refused_where_it_holds_a_digit_except_the_first_which_holds_labels()
    {
        CsvFormatException e = Refusal("t,x,\n0,1,\n1,2,7\n", null);
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 3, null));
        e.Message.Should().Be("CSV, line 3, column 3: the column has no name, but holds \"7\". Name it in the header, or name the columns that are states (CsvOptions.StateColumns).");
        Read("t,x,\n0,1,\n1,2,\n").StateNames.Should().Equal("x");
        Read(",t,x\nrow 1,0,1\nrow 2,1,2\n", new CsvOptions { TimeColumn = "t" }).StateNames.Should().Equal("x");
    }

    [Theory]
    [InlineData("#N/A")]
    [InlineData("#2")]
    [InlineData("#")]
    public void A_row_that_starts_with_the_comment_prefix_is_a_row_where_the_file_does_not_begin_with_a_comment(string id)
    {
        TrajectoryDataset dataset = Read($"id,t,x\n1,0,5\n{id},0,6\n", new CsvOptions { TrajectoryColumn = "id" });
        dataset.Should().HaveCount(2);
        dataset[1].States.ToArray().Should().Equal(6);
        Refusal($"t,x\n0,5\n{id},6\n", null).Line.Should().Be(3);
    }

    [Fact]
    public void A_line_too_short_to_be_a_row_is_no_comment_either_and_the_message_names_the_option()
    {
        CsvFormatException e = Refusal("t,x\n0,5\n# calibrated\n1,6\n", null);
        e.Line.Should().Be(3);
        e.Message.Should().Contain("has 1 cells").And.Contain("set CsvOptions.CommentPrefix");
        Read("t,x\n0,5\n# calibrated\n1,6\n", new CsvOptions { CommentPrefix = '#' })[0].Times.ToArray().Should().Equal(0, 1);
    }

    [Fact]
    public void A_file_that_begins_with_a_comment_may_have_more_of_them_but_none_that_could_be_a_row()
    {
        Read("# by hand\nt,x\n0,5\n  # calibrated again\n1,6\n")[0].Times.ToArray().Should().Equal(0, 1);
        Read("# by hand\nt,x\n0,5\n# sensor 2\n1,6\n")[0].Times.ToArray().Should().Equal(0, 1);
        CsvFormatException e = Refusal("# by hand\nid,t,x\n#1,0,5\n#2,0,6\n", new CsvOptions { TrajectoryColumn = "id" });
        e.Line.Should().Be(3);
        e.Message.Should().Contain("Set CsvOptions.CommentPrefix: to '#' if it is a comment, to null if it is a row.");
        Read("# by hand\nt,x\n0,5\n#1,6\n", new CsvOptions { CommentPrefix = '#' })[0].Times.ToArray().Should().Equal(0);
        Read("id,t,x\n#1,0,5\n#2,0,6\n", new CsvOptions { TrajectoryColumn = "id", CommentPrefix = null }).Should().HaveCount(2);
    }

    [Theory]
    [InlineData("0,1.5,good\n1,2.5,bad\n", "*begins with \"0\", a number, where a header*CsvOptions.TimeColumn*")]
    [InlineData("0,n/a\n1,2\n", "*begins with \"0\", a number, where a header*")]
    [InlineData("# t,x\n0,1\n1,2\n", "*holds only numbers where a header*if the comment before it holds them, set CsvOptions.Header to CsvHeader.Comment*")]
    public void A_row_is_not_taken_for_the_header(string text, string message)
    {
        CsvFormatException e = Refusal(text, null);
        e.Message.Should().Match(message);
    }

    [Theory]
    [InlineData("\u001b[31mred 1")]
    [InlineData("1\u202E5")]
    [InlineData("1\u20285")]
    [InlineData("1\u00AD5")]
    public void Nothing_of_a_cell_steers_the_terminal(string cell)
    {
        string message = Refusal($"t,x\n0,1\n1,\"{cell}\"\n", null).Message;
        message.Should().Contain("\uFFFD").And.NotContain(cell);
        message.Should().NotContainAny("\u001b", "\u202E", "\u2028", "\u00AD");
    }

    [Fact]
    public void Options_keep_their_columns_when_the_list_changes()
    {
        var names = new List<string> { "x" };
        var options = new CsvOptions { StateColumns = names };
        names[0] = "y";
        options.StateColumns.Should().Equal("x");
        Read("t,x,y\n0,1,2\n", options).StateNames.Should().Equal("x");
    }

    private static CsvFormatException Refusal(string text, CsvOptions? options) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<CsvFormatException>().Which;

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);
}
