namespace NeuralOde.Tests.Data;

/// <summary>Sampling intervals, inputs, covariates and weights.</summary>
public sealed class CsvInputsTests
{
    /// <summary>As the cascaded tanks come: quoted names, a separator at the end of each line, the interval in the first row alone.</summary>
    private const string Tanks = "\"uEst\",\"uVal\",\"yEst\",\"yVal\",\"Ts\",\r\n3.2,0.9,5.2,4.9,4,\r\n3.1,1.0,5.3,4.8,,\r\n3.3,1.1,5.1,4.7,,\r\n\r\n";

    [Fact]
    public void The_sampling_interval_comes_from_a_column_or_an_option()
    {
        var options = new CsvOptions { StateColumns = ["yEst"], InputColumns = ["uEst"], SamplingIntervalColumn = "Ts" };
        TrajectoryDataset dataset = Read(Tanks, options);
        dataset[0].Times.ToArray().Should().Equal(0, 4, 8);
        dataset[0].States.ToArray().Should().Equal(5.2, 5.3, 5.1);
        dataset.InputNames.Should().Equal("uEst");
        dataset[0].Input!.Evaluate(2)[0].Should().BeApproximately(3.15, 1e-14);

        Trajectory other = Read(Tanks, new CsvOptions { StateColumns = ["yVal"], SamplingInterval = 0.1 })[0];
        other.Times.ToArray().Should().Equal(0, 0.1, 2 * 0.1);
        other.Input.Should().BeNull();
        Read(Tanks, new CsvOptions { SamplingInterval = 4, IgnoredColumns = ["Ts"] }).StateNames.Should().Equal("uEst", "uVal", "yEst", "yVal");
        Refusal(Tanks, null).Message.Should().Contain("set CsvOptions.SamplingInterval");
    }

    [Fact]
    public void Every_trajectory_begins_at_0_where_there_are_no_times() =>
        Read("run,x\na,1\nb,2\na,3\n", new CsvOptions { TrajectoryColumn = "run", SamplingInterval = 2 }).Select(trajectory => trajectory.Times.ToArray())
            .Should().BeEquivalentTo([new double[] { 0, 2 }, [0]]);

    [Theory]
    [InlineData("x,Ts\n1,\n2,4\n", 2, "*the first row has no sampling interval.")]
    [InlineData("x,Ts\n1,-4\n", 2, "*the first row has the sampling interval -4, which is not positive.")]
    [InlineData("x,Ts\n1,4\n2,4\n3,5\n", 4, "*the sampling interval changes from 4 to 5.")]
    [InlineData("x,Ts\n1,four\n", 2, "*\"four\" is not a number*")]
    [InlineData("x,Ts\n1,1e308\n2,\n3,\n", 4, "*overflows.")]
    public void A_column_without_one_positive_interval_is_refused(string text, int line, string message)
    {
        CsvFormatException e = Refusal(text, new CsvOptions { SamplingIntervalColumn = "Ts" });
        e.Message.Should().Match(message);
        e.Line.Should().Be(line);
    }

    public static TheoryData<CsvOptions, string> Contradictions => new()
    {
        { new CsvOptions { SamplingInterval = 0 }, "SamplingInterval = 0 is not positive and finite*" },
        { new CsvOptions { SamplingInterval = double.PositiveInfinity }, "SamplingInterval = * is not positive and finite*" },
        { new CsvOptions { SamplingInterval = 1, SamplingIntervalColumn = "x" }, "SamplingInterval and SamplingIntervalColumn are both set*" },
        { new CsvOptions { SamplingInterval = 1, TimeColumn = "t" }, "TimeColumn is set, but with SamplingInterval there are no times to read*" },
        { new CsvOptions { SamplingIntervalColumn = "x", TimeFormat = "yyyy" }, "TimeFormat is set, but with SamplingIntervalColumn*" },
        { new CsvOptions { SamplingInterval = 1, TimeOrigin = DateTime.UnixEpoch }, "TimeOrigin is set, but with SamplingInterval*" },
        { new CsvOptions { SamplingInterval = 1, TimeIsNumber = true }, "TimeIsNumber is set, but with SamplingInterval*" },
        { new CsvOptions { InputColumns = ["x"], StateColumns = ["x"] }, "InputColumns[0] = \"x\" repeats StateColumns[0]*" },
        { new CsvOptions { CovariateColumns = ["x", null!] }, "CovariateColumns[1] is null*" },
        { new CsvOptions { InputColumns = ["t"] }, "*names \"t\" as something else, and it is the time column*" },
        { new CsvOptions { InputColumns = ["u"] }, "CsvOptions.InputColumns: CSV has no column \"u\"*" },
        { new CsvOptions { InputInterpolation = (InputInterpolation)7 }, "InputInterpolation = 7*" },
        { new CsvOptions { Header = (CsvHeader)7 }, "Header = 7*" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Contradictory_options_are_refused(CsvOptions options, string message) => Misuse("t,x\n0,1\n1,2\n", options).Should().Match(message);

    [Theory]
    [InlineData(InputInterpolation.PiecewiseLinear, 3)]
    [InlineData(InputInterpolation.PiecewiseConstant, 2)]
    [InlineData(InputInterpolation.CubicSpline, 2.90625)]
    public void Inputs_are_interpolated_as_asked(InputInterpolation interpolation, double between)
    {
        // The natural spline has the second derivative 3/2 at t = 1: (2 - t)^3 / 4 + 7/4 (2 - t) + 4 (t - 1) on [1, 2].
        const string Text = "t,x,u\n0,5,1\n1,6,2\n2,7,4\n";
        InputSignal input = Read(Text, new CsvOptions { InputColumns = ["u"], InputInterpolation = interpolation })[0].Input!;
        input.Evaluate(1)[0].Should().BeApproximately(2, 1e-14);
        input.Evaluate(1.5)[0].Should().BeApproximately(between, 1e-14);
        input.Evaluate(-1)[0].Should().Be(1);
        input.Evaluate(9)[0].Should().Be(4);
    }

    [Fact]
    public void An_input_is_a_function_of_time_in_either_direction_of_the_rows()
    {
        InputSignal input = Read("t,x,u\n2,7,3\n1,6,2\n0,5,1\n", new CsvOptions { InputColumns = ["u"], InputInterpolation = InputInterpolation.PiecewiseConstant })[0].Input!;
        input.Evaluate(1.5)[0].Should().Be(2);
    }

    [Fact]
    public void Where_an_input_has_a_gap_it_runs_on_to_its_next_value()
    {
        const string Text = "t,x,u,v\n0,1,0,\n1,2,,8\n2,3,4,\n4,,5,\n";
        Trajectory trajectory = Read(Text, new CsvOptions { InputColumns = ["u", "v"] })[0];
        trajectory.Length.Should().Be(4);
        trajectory.Input!.Evaluate(1).Should().Equal(2, 8);
        trajectory.Input.Evaluate(3).Should().Equal(4.5, 8);
        Read(Text, new CsvOptions { InputColumns = ["u", "v"], InputInterpolation = InputInterpolation.PiecewiseConstant })[0].Input!.Evaluate(1).Should().Equal(0, 8);
        CsvFormatException e = Refusal("id,t,x,u\na,0,1,1\nb,0,1,\n", new CsvOptions { TrajectoryColumn = "id", InputColumns = ["u"] });
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 4, "u"));
        e.Message.Should().Contain("no value of this input");
    }

    [Fact]
    public void An_input_that_no_signal_can_have_is_refused_with_its_place()
    {
        CsvFormatException e = Refusal("t,x,u\n-1e308,1,0\n1e308,2,1\n", new CsvOptions { InputColumns = ["u"] });
        (e.Line, e.Column, e.ColumnName).Should().Be((2, 3, "u"));
        e.Message.Should().Contain("cannot be interpolated: times reach from -1E+308 to 1E+308");
        Read("t,x,u\n3,1,7\n", new CsvOptions { InputColumns = ["u"] })[0].Input!.Evaluate(0)[0].Should().Be(7);
    }

    [Fact]
    public void Covariates_are_constant_components_behind_the_inputs()
    {
        const string Text = "id,t,x,mass,u,age\na,0,1,70,0,30\na,1,2,,1,30\nb,0,3,55,5,41\n";
        TrajectoryDataset dataset = Read(Text, new CsvOptions { TrajectoryColumn = "id", InputColumns = ["u"], CovariateColumns = ["age", "mass"] });
        dataset.StateNames.Should().Equal("x");
        dataset.InputNames.Should().Equal("u", "age", "mass");
        dataset[0].Input!.Evaluate(0.5).Should().Equal(0.5, 30, 70);
        dataset[1].Input!.Evaluate(7).Should().Equal(5, 41, 55);
        Read(Text, new CsvOptions { TrajectoryColumn = "id", CovariateColumns = ["age"], IgnoredColumns = ["mass", "u"] })[0].Input!.Evaluate(3).Should().Equal(30);
    }

    [Fact]
    public void A_covariate_that_changes_or_is_missing_is_refused()
    {
        var options = new CsvOptions { TrajectoryColumn = "id", CovariateColumns = ["mass"] };
        CsvFormatException e = Refusal("id,t,x,mass\na,0,1,70\na,1,2,\na,2,3,71\n", options);
        (e.Line, e.Column, e.ColumnName).Should().Be((4, 4, "mass"));
        e.Message.Should().Contain("the covariate changes from 70 in line 2 to 71. One that changes within a trajectory is an input (CsvOptions.InputColumns).");
        Refusal("id,t,x,mass\na,0,1,70\nb,1,2,\n", options).Message.Should().Contain("line 3").And.Contain("no value of this covariate");
        Refusal("id,t,x,mass\na,0,1,heavy\n", options).Message.Should().Contain("\"heavy\" is not a number");
    }

    [Fact]
    public void Weights_are_one_for_all_states_or_one_each()
    {
        const string Text = "t,x,y,w,v\n0,1,2,1,0.5\n1,,3,,4\n";
        Trajectory each = Read(Text, new CsvOptions { WeightColumns = ["w", "v"] })[0];
        each.Weights.ToArray().Should().Equal(1, 0.5, 0, 4);
        each.Dimension.Should().Be(2);
        Read(Text, new CsvOptions { WeightColumns = ["v"], IgnoredColumns = ["w"] })[0].Weights.ToArray().Should().Equal(0.5, 0.5, 4, 4);
        Read(Text, new CsvOptions { StateColumns = ["y", "x"], WeightColumns = ["v", "w"] })[0].Weights.ToArray().Should().Equal(0.5, 1, 4, 0);
        Read(Text, new CsvOptions { StateColumns = ["x"] })[0].Weights.IsEmpty.Should().BeTrue();
        Misuse("t,x,y,z,w,v\n0,1,2,3,4,5\n", new CsvOptions { WeightColumns = ["w", "v"] }).Should().Contain("WeightColumns has 2 names for 3 states");
    }

    [Theory]
    [InlineData("t,x,w\n0,1,1\n1,2,\n", "*the weight is missing, but the state is not.")]
    [InlineData("t,x,w\n0,1,1\n1,2,-1\n", "*the weight -1 is negative.")]
    [InlineData("t,x,w\n0,1,1\n1,,-1\n", "*the weight -1 is negative.")]
    [InlineData("t,x,w\n0,1,1\n1,2,1e999\n", "*is not a finite number.")]
    public void A_weight_that_is_none_is_refused(string text, string message)
    {
        CsvFormatException e = Refusal(text, new CsvOptions { WeightColumns = ["w"] });
        e.Message.Should().Match(message);
        (e.Line, e.Column, e.ColumnName).Should().Be((3, 3, "w"));
    }

    private static TrajectoryDataset Read(string text, CsvOptions? options = null) => TrajectoryDataset.FromCsv(new StringReader(text), options);

    private static CsvFormatException Refusal(string text, CsvOptions? options = null) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<CsvFormatException>().Which;

    private static string Misuse(string text, CsvOptions options) =>
        FluentActions.Invoking(() => Read(text, options)).Should().ThrowExactly<ArgumentException>().WithParameterName("options").Which.Message;
}
