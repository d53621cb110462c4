namespace NeuralOde.Tests.Data;

/// <summary>Dates and times of day become numbers in a stated unit from a stated origin.</summary>
public sealed class CsvDatesTests
{
    /// <summary>One hour ahead of UTC; clocks go to 03:00 on 29 March 2020 at 02:00 and back to 02:00 on 25 October 2020 at 03:00.</summary>
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.CreateCustomTimeZone("Here", TimeSpan.FromHours(1), "Here", "Here", "Here, summer",
    [
        TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(new DateTime(2020, 1, 1), new DateTime(2020, 12, 31), TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 29), TimeZoneInfo.TransitionTime.CreateFixedDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 25)),
    ]);

    [Theory]
    [InlineData("1970-01-01", 0)]
    [InlineData("1970-02", 31)]
    [InlineData("2000-03-01", 11017)]
    [InlineData("1958-03-29", -4296)]
    [InlineData("1970-01-02T12:00", 1.5)]
    [InlineData("1970-01-02 06:00:00", 1.25)]
    [InlineData("1970-01-01T00:00:00.5", 0.5 / 86400)]
    [InlineData("1970-01-01T00:00:00,25Z", 0.25 / 86400)]
    [InlineData("1970-01-01T00:00:00.123456789Z", 0.1234568 / 86400)]
    [InlineData("1970-01-01T12:00+01:00", 11.0 / 24)]
    [InlineData("1970-01-01T12:00-0530", 17.5 / 24)]
    [InlineData("1970-01-01t12:00:00z", 0.5)]
    [InlineData("1969-12-31T18:00-06", 0)]
    public void Iso_dates_become_days_since_1970_in_utc(string cell, double days)
    {
        Read($"t,x\n\"{cell}\",1\n")[0].Times[0].Should().BeApproximately(days, 1e-15 + 1e-15 * Math.Abs(days));
    }

    [Theory]
    [InlineData("2020-02-30")]
    [InlineData("2020-13-01")]
    [InlineData("2020-1-1")]
    [InlineData("2020-01-01T24:00")]
    [InlineData("2020-01-01T12")]
    [InlineData("2020-01-01T12:60")]
    [InlineData("2020-01-01T12:00:00.")]
    [InlineData("2020-01-01T12:00+25:00")]
    [InlineData("2020-01-01T12:00 CET")]
    [InlineData("2020-01-01 ")]
    [InlineData("31.12.2020")]
    [InlineData("12/31/2020")]
    [InlineData("12:30")]
    public void What_is_no_iso_date_is_refused_in_the_first_row_and_in_a_later_one(string cell)
    {
        Refusal($"t,x\n\"{cell}\",1\n").Line.Should().Be(2);
        CsvFormatException e = Refusal($"t,x\n2020-01-01,0\n\"{cell}\",1\n");
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 1, "t"));
        e.Message.Should().Contain("is not an ISO date, as the times before it are; CsvOptions.TimeFormat reads other dates.");
    }

    [Theory]
    [InlineData("31.12.2020", "*is not a number: CsvOptions.TimeFormat reads dates and times of day.")]
    [InlineData("12/31/2020 5 PM", "*CsvOptions.TimeFormat reads dates and times of day.")]
    [InlineData("31.12.2020 6:30", "*CsvOptions.TimeFormat reads dates and times of day.")]
    [InlineData("12:30", "*CsvOptions.TimeFormat reads dates and times of day.")]
    [InlineData("\"3,5\"", "*set CsvOptions.DecimalComma.")]
    [InlineData("5 s", "*write the number alone, without a unit.")]
    public void A_date_in_another_form_is_refused_with_the_option_that_reads_it(string cell, string message) =>
        Refusal($"t,x\n{cell},1\n").Message.Should().Match(message);

    [Fact]
    public void Numbers_and_dates_do_not_mix()
    {
        Refusal("t,x\n1,0\n2020-01-01,1\n").Message.Should().Be("CSV, line 3, column 1 (\"t\"): \"2020-01-01\" is not a number like the times before it, but a date.");
        Refusal("t,x\n2020-01-01,0\n2,1\n").Message.Should().Contain("\"2\" is not an ISO date");
        Refusal("t,x\n2020-01-01,0\n,1\n").Message.Should().Contain("the time is missing");
    }

    [Theory]
    [InlineData("20200131", "yyyyMMdd")]
    [InlineData("195803291200", "yyyyMMddHHmm")]
    [InlineData("19580329120000", "yyyyMMddHHmmss")]
    public void A_number_that_may_be_a_date_is_refused_until_an_option_says_what_it_is(string cell, string format)
    {
        CsvFormatException e = Refusal($"date,x\n{cell},1\n");
        (e.Line, e.Column, e.ColumnName).Should().Be((2, 1, "date"));
        e.Message.Should().EndWith($"\"{cell}\" may be a date: CsvOptions.TimeFormat = \"{format}\" reads it as one, CsvOptions.TimeIsNumber = true as a number.");

        Read($"date,x\n{cell},1\n", new CsvOptions { TimeIsNumber = true })[0].Times[0].Should().Be(double.Parse(cell));
        double days = Read($"date,x\n{cell},1\n", new CsvOptions { TimeFormat = format })[0].Times[0];
        DateTime.UnixEpoch.AddDays(days).ToString(format).Should().Be(cell);
    }

    [Theory]
    [InlineData("20201331")]
    [InlineData("12345678")]
    [InlineData("2020013")]
    [InlineData("20200131.5")]
    [InlineData("-20200131")]
    [InlineData("98000101")]
    public void A_number_that_is_no_date_is_a_number(string cell) => Read($"t,x\n{cell},1\n")[0].Times[0].Should().Be(double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("d.M.yyyy H:mm", "31.1.2020 6:30", 18292 + (6.5 / 24))]
    [InlineData("MM/dd/yyyy", "01/31/2020", 18292)]
    [InlineData("dd MMM yyyy", "31 Jan 2020", 18292)]
    [InlineData("yyyy", "1971", 365)]
    [InlineData("yyyy-MM-dd'T'HH:mm:sszzz", "2020-01-31T06:30:00+02:00", 18292 + (4.5 / 24))]
    [InlineData("yyyy-MM-ddTHH:mmK", "2020-01-31T06:30Z", 18292 + (6.5 / 24))]
    [InlineData("yyyy-MM-ddTHH:mmK", "2020-01-31T06:30", 18292 + (6.5 / 24))]
    [InlineData("HH:mm:ss", "06:00:00", 0.25)]
    [InlineData("'at' H:mm", "at 12:00", 0.5)]
    public void A_format_reads_dates_and_times_of_day(string format, string cell, double days) =>
        Read($"t,x\n{cell},1\n", new CsvOptions { TimeFormat = format })[0].Times[0].Should().BeApproximately(days, 1e-11);

    [Fact]
    public void A_cell_of_another_form_than_the_format_is_refused()
    {
        CsvFormatException e = Refusal("t,x\n31.01.2020,1\n2020-02-01,2\n", new CsvOptions { TimeFormat = "dd.MM.yyyy" });
        e.Message.Should().Be("CSV, line 3, column 1 (\"t\"): \"2020-02-01\" is not of the form \"dd.MM.yyyy\" (CsvOptions.TimeFormat).");
    }

    [Fact]
    public void Unit_and_origin_say_what_the_numbers_mean()
    {
        const string Text = "t,x\n2000-01-01,1\n2000-01-08,2\n2001-01-01,3\n";
        var options = new CsvOptions { TimeOrigin = new DateTime(2000, 1, 1), TimeUnit = TimeSpan.FromDays(7) };
        Read(Text, options)[0].Times.ToArray().Should().Equal(0, 1, 366.0 / 7);
        Read(Text, options with { TimeUnit = TimeSpan.FromSeconds(1) })[0].Times.ToArray().Should().Equal(0, 7 * 86400, 366 * 86400);
        Read(Text, options with { TimeUnit = null })[0].Times.ToArray().Should().Equal(0, 7, 366);
    }

    [Fact]
    public void A_zone_moves_dates_without_an_offset_and_the_origin_with_them()
    {
        var hours = new CsvOptions { TimeUnit = TimeSpan.FromHours(1), TimeZone = Berlin, TimeOrigin = new DateTime(2020, 3, 29) };
        double[] times = Read("t,x\n2020-03-29T00:00,1\n2020-03-29T01:30,2\n2020-03-29T03:30,3\n2020-03-29T02:45Z,4\n", hours)[0].Times.ToArray();
        times.Should().Equal(0, 1.5, 2.5, 3.75);
        Read("t,x\n2020-03-29T00:00,1\n", hours with { TimeOrigin = new DateTime(2020, 3, 29, 0, 0, 0, DateTimeKind.Utc) })[0].Times[0].Should().Be(-1);
    }

    [Fact]
    public void A_time_that_the_zone_skips_or_has_twice_is_refused()
    {
        var options = new CsvOptions { TimeZone = Berlin };
        Refusal("t,x\n2020-03-29T02:30,1\n", options).Message.Should().EndWith("the zone Here (CsvOptions.TimeZone) skips this time.");
        Refusal("t,x\n2020-10-25T02:30,1\n", options).Message.Should().Contain("has this time twice; write it with its offset from UTC");
        Read("t,x\n2020-10-25T02:30+02:00,1\n2020-10-25T02:30+01:00,2\n", options)[0].Times.ToArray().Should().Equal(18560 + (0.5 / 24), 18560 + (1.5 / 24));
        Misuse("t,x\n2020-01-01,1\n", options with { TimeOrigin = new DateTime(2020, 3, 29, 2, 30, 0) }).Should().Contain("TimeOrigin = 2020-03-29T02:30:00");
    }

    public static TheoryData<CsvOptions, string> Contradictions => new()
    {
        { new CsvOptions { TimeUnit = TimeSpan.FromDays(1) }, "CsvOptions.TimeUnit is for dates, but the times of CSV are numbers*" },
        { new CsvOptions { TimeOrigin = DateTime.UnixEpoch }, "CsvOptions.TimeOrigin is for dates*" },
        { new CsvOptions { TimeZone = TimeZoneInfo.Utc }, "CsvOptions.TimeZone is for dates*" },
        { new CsvOptions { TimeUnit = TimeSpan.Zero }, "TimeUnit = 00:00:00 is not positive*" },
        { new CsvOptions { TimeFormat = "" }, "TimeFormat = \"\" is no format*" },
        { new CsvOptions { TimeFormat = "Q" }, "TimeFormat = \"Q\" is no format*" },
        { new CsvOptions { TimeFormat = "'year'" }, "TimeFormat = \"'year'\" is no format*" },
        { new CsvOptions { TimeFormat = "yyyy", TimeIsNumber = true }, "TimeFormat is set, and TimeIsNumber too*" },
        { new CsvOptions { TimeIsNumber = true, TimeUnit = TimeSpan.FromDays(1) }, "TimeUnit is for dates, but TimeIsNumber is set*" },
        { new CsvOptions { TimeFormat = "H:mm", TimeZone = TimeZoneInfo.Utc }, "*reads times of day, which have no TimeZone*" },
        { new CsvOptions { TimeFormat = "H:mm", TimeOrigin = DateTime.UnixEpoch }, "*reads times of day, which have no TimeOrigin*" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_say_nothing_about_such_times_are_refused(CsvOptions options, string message) => Misuse("t,x\n1,2\n", options).Should().Match(message);

    [Fact]
    public void A_file_whose_first_line_is_a_row_of_dates_is_not_taken_for_one_with_a_header() =>
        Refusal("2020-01-01,5\n2020-01-02,6\n").Message.Should().Contain("begins with \"2020-01-01\", a date, where a header").And.Contain("CsvHeader.None");

    [Fact]
    public void A_column_of_dates_that_is_not_the_time_is_refused_with_the_option_that_makes_it_the_time()
    {
        Refusal("id,date,x\n1,2020-01-01,5\n").Message.Should().Contain("dates and times of day are read in the time column (CsvOptions.TimeColumn) alone");
        Read("id,date,x\n1,2020-01-01,5\n", new CsvOptions { TimeColumn = "date", IgnoredColumns = ["id"] })[0].Times[0].Should().Be(18262);
    }

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);

    private static CsvFormatException Refusal(string text, CsvOptions? options = null) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<CsvFormatException>().Which;

    private static string Misuse(string text, CsvOptions options) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<ArgumentException>().WithParameterName("options").Which.Message;
}
