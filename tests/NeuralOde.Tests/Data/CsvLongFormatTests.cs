namespace NeuralOde.Tests.Data;

/// <summary>A variable and its value per row.</summary>
public sealed class CsvLongFormatTests
{
    private const double Gap = double.NaN;

    private static readonly CsvOptions Long = new() { VariableColumn = "variable", ValueColumn = "value" };

    [Fact]
    public void Variables_become_states_with_gaps_where_they_have_no_row_whatever_the_order_of_the_rows()
    {
        TrajectoryDataset dataset = Read("time,variable,value,unit\n1,x,10,m\n0,x,5,m\n3,x,NA,m\n0,y,-1,s\n2,y,-2,s\n", Long);
        dataset.Should().ContainSingle();
        dataset.StateNames.Should().Equal("x", "y");
        dataset[0].Times.ToArray().Should().Equal(0, 1, 2, 3);
        dataset[0].States.ToArray().Should().Equal(5, -1, 10, Gap, Gap, -2, Gap, Gap);
    }

    [Fact]
    public void Trajectories_are_told_apart_and_variables_are_chosen_by_name()
    {
        const string Text = "id,time,variable,value\nb,0,y,1\na,0,x,2\na,0,y,3\na,0,note,good\nb,1,x,4\n";
        TrajectoryDataset dataset = Read(Text, Long with { TrajectoryColumn = "id", StateColumns = ["x", "y"] });
        dataset.Should().HaveCount(2);
        dataset[0].States.ToArray().Should().Equal(Gap, 1, 4, Gap);
        dataset[1].States.ToArray().Should().Equal(2, 3);
        Read(Text, Long with { TrajectoryColumn = "id", IgnoredColumns = ["note"] }).StateNames.Should().Equal("y", "x");
        Refusal(Text, Long with { TrajectoryColumn = "id" }).Message.Should().Contain("\"good\" is not a number");
        Misuse(Text, Long with { TrajectoryColumn = "id", StateColumns = ["x", "z"] }).Should().Contain("StateColumns names \"z\", but CSV has no such variable");
        Misuse(Text, Long with { TrajectoryColumn = "id", StateColumns = ["x"], InputColumns = ["u"] }).Should().Contain("CsvOptions names \"u\", but CSV has no such variable");
    }

    [Fact]
    public void Inputs_are_variables_and_covariates_columns_or_variables_and_a_weight_is_its_rows()
    {
        const string Text = "id,time,variable,value,mass,w\na,0,x,2,70,1\na,0,dose,5,70,1\na,2,dose,7,70,1\na,1,x,3,70,0.5\na,1,y,4,70,2\na,0,age,30,70,1\n";
        TrajectoryDataset dataset = Read(Text, Long with { TrajectoryColumn = "id", InputColumns = ["dose"], CovariateColumns = ["age", "mass"], WeightColumns = ["w"] });
        dataset.StateNames.Should().Equal("x", "y");
        dataset.InputNames.Should().Equal("dose", "age", "mass");
        dataset[0].Times.ToArray().Should().Equal(0, 1, 2);
        dataset[0].States.ToArray().Should().Equal(2, Gap, 3, 4, Gap, Gap);
        dataset[0].Weights.ToArray().Should().Equal(1, 0, 0.5, 2, 0, 0);
        dataset[0].Input!.Evaluate(1).Should().Equal(6, 30, 70);
    }

    [Fact]
    public void Times_may_be_dates() =>
        Read("date,variable,value\n2020-01-02,x,2\n2020-01-01,x,1\n", Long with { TimeOrigin = new DateTime(2020, 1, 1) })[0].Times.ToArray().Should().Equal(0, 1);

    [Theory]
    [InlineData("time,variable,value\n0,x,1\n1,x,2\n0,x,3\n", 4, "*the variable \"x\" has a second row at time 0, after line 2. If the file holds several trajectories*")]
    [InlineData("time,variable,value\n0,,1\n", 2, "*the variable's name is missing*")]
    [InlineData("time,variable,value\n0,x,\"1,5\"\n", 2, "*set CsvOptions.DecimalComma*")]
    [InlineData("time,variable,value,other\n0,x,1,7\n", 2, "*the column holds \"7\", but is used for nothing*CsvOptions.IgnoredColumns*")]
    public void Rows_that_would_be_lost_are_refused(string text, int line, string message)
    {
        CsvFormatException e = Refusal(text, Long);
        e.Line.Should().Be(line);
        e.Message.Should().Match(message);
    }

    [Fact]
    public void A_covariate_that_differs_at_one_time_is_refused() =>
        Refusal("time,variable,value,mass\n0,x,1,70\n0,y,1,71\n", Long with { CovariateColumns = ["mass"] }).Message.Should().Contain("the covariate is 71, and 70 elsewhere");

    [Fact]
    public void No_row_of_a_wanted_variable_is_refused() =>
        Refusal("time,variable,value\n0,x,1\n", Long with { StateColumns = ["y"] }).Message.Should().Contain("no row has one of the variables");

    [Fact]
    public void A_table_that_would_be_nearly_empty_is_refused_before_it_is_made()
    {
        string text = "time,variable,value\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i},v{i},1\n"));
        Refusal(text, Long).Message.Should().Contain("20000 values have 20000 times and 20000 variables: nearly all of this table would be gaps");
    }

    public static TheoryData<CsvOptions, string> Contradictions => new()
    {
        { new CsvOptions { VariableColumn = "variable" }, "ValueColumn is null: the long format needs*" },
        { new CsvOptions { ValueColumn = "value" }, "VariableColumn is null: the long format needs*" },
        { Long with { SamplingInterval = 1 }, "With VariableColumn a row needs its time*" },
        { Long with { WeightColumns = ["a", "b"] }, "WeightColumns has 2 names; with VariableColumn one*" },
        { Long with { ValueColumn = "values" }, "CsvOptions.ValueColumn: CSV has no column \"values\"*" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Contradictory_options_are_refused(CsvOptions options, string message) => Misuse("time,variable,value\n0,x,1\n", options).Should().Match(message);

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);

    private static CsvFormatException Refusal(string text, CsvOptions? options = null) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<CsvFormatException>().Which;

    private static string Misuse(string text, CsvOptions options) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<ArgumentException>().WithParameterName("options").Which.Message;
}
