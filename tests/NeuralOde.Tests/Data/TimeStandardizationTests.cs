using NeuralOde.Tests.Dynamics;
using NeuralOde.Tests.Models;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Data;

/// <summary>Time and inputs in standardized units.</summary>
public sealed class TimeStandardizationTests
{
    private const double Offset = 1.7e9, Scale = 3.2e7;

    private static readonly double[] Times = [.. Enumerable.Range(0, 40).Select(n => 0.25 * n)];

    [Fact]
    public void A_dataset_gives_its_scale_of_time()
    {
        // An oscillation changes by one standard deviation in about 1/ω, a ramp in T/√12, whatever the unit and the noise.
        double Of(Func<double, double> state, double unit, double start = 0.0)
        {
            double[] times = [.. Enumerable.Range(0, 2001).Select(n => start + unit * 0.02 * n)];
            return Standardization.FromDataset(TrajectoryDataset.FromTrajectories([new Trajectory(times, [.. Enumerable.Range(0, 2001).Select(n => state(0.02 * n))], 1)])).TimeScale / unit;
        }

        Of(t => 5 + 3 * Math.Sin(2 * t), 1).Should().BeApproximately(Math.PI / 6, 0.02, "2 (1 − cos ωτ) / 2 is 1 at ωτ = π/3");
        Of(t => 5 + 3 * Math.Sin(2 * t), 1e8).Should().BeApproximately(Math.PI / 6, 0.02);
        Of(t => 5 + 3 * Math.Sin(2 * t), 1e-8, start: 1e-3).Should().BeApproximately(Math.PI / 6, 0.02);
        Of(t => -7 * t, 1).Should().BeApproximately(40 / Math.Sqrt(12), 0.1);
        Of(t => Math.Sin(2 * t) + 0.1 * Math.Sin(1e5 * t * t), 1).Should().BeApproximately(Math.PI / 6, 0.03);
        Of(t => 4, 1).Should().Be(40, "a constant has no time of its own but the longest");
    }

    [Fact]
    public void The_offset_is_the_middle_of_all_times_and_inputs_have_their_own_means_and_scales()
    {
        InputSignal signal = InputSignal.PiecewiseConstant([0, 2, 4], new double[,] { { 10, 3 }, { 20, 3 }, { 30, 3 } });
        Trajectory one = new Trajectory([1, 3], new double[,] { { 1 }, { 2 } }).WithInput(signal), two = new Trajectory([5, 3, -3], new double[,] { { 1 }, { 2 }, { 4 } }).WithInput(signal);
        Standardization standardization = Standardization.FromDataset(TrajectoryDataset.FromTrajectories([one, two]));
        standardization.TimeOffset.Should().Be(1);
        // 10, 20 and 30, 20, 10.
        standardization.InputMeans[0].Should().BeApproximately(18, 1e-13);
        standardization.InputScales[0].Should().BeApproximately(Math.Sqrt((2 * 64 + 2 * 4 + 144) / 5.0), 1e-13);
        standardization.InputMeans[1].Should().Be(3);
        standardization.InputScales[1].Should().Be(1);
        standardization.IsIdentity.Should().BeFalse();
        new Standardization([1, 2], [3, 4]).TimeScale.Should().Be(1);
        new Standardization([1, 2], [3, 4]).InputMeans.Length.Should().Be(0);
        new Standardization([0], [1], timeOffset: 0, timeScale: 1).IsIdentity.Should().BeTrue();
        new Standardization([0], [1], timeOffset: 0, timeScale: 2).IsIdentity.Should().BeFalse();
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_span_of_a_billion_seconds_trains_as_one_of_ten(string method)
    {
        double[] Losses(double unit)
        {
            TrajectoryDataset data = TrajectoryDataset.FromTrajectories(TrainingProblems.Regular().Select(trajectory =>
                new Trajectory([.. trajectory.Times.ToArray().Select(t => unit * t)], trajectory.States, 2)));
            NeuralOdeModel model = new(new MultilayerPerceptron(2, [8], 2, seed: 3))
            {
                Standardization = Standardization.FromDataset(data),
                Gradient = ModelExamples.Method(method),
                Solver = new OdeSolverOptions { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-9, MaxStep = 0.5 * unit },
            };
            List<double> losses = [.. new Trainer(model, TrainingProblems.Options(40)).Run(data).Select(step => step.Loss)];
            OdeSolution prediction = model.Predict(data[0].StateAt(0), data[0].Times).EnsureSuccess();
            losses.AddRange(prediction.State(50));
            prediction.Times.ToArray().Should().Equal(data[0].Times.ToArray());
            return [.. losses];
        }

        double[] short_ = Losses(1), long_ = Losses(1e8);
        for (int i = 0; i < short_.Length; i++)
            long_[i].Should().BeApproximately(short_[i], 1e-9 * Math.Max(1, Math.Abs(short_[i])));
        short_[39].Should().BeLessThan(short_[0]);
    }

    public static TheoryData<bool> Directions => new() { true, false };

    /// <summary>A model in standardized time against the same equation written down in the data's: y' = −y + u in τ.</summary>
    [Theory]
    [MemberData(nameof(Directions))]
    public void Predictions_their_insides_events_and_steps_are_in_the_datas_time(bool isForward)
    {
        var model = new NeuralOdeModel(Decay()) { Standardization = Units() };
        double Exact(double t) => 2 + 3 * ((1.0 - 0.5) * Math.Exp(-(t - Offset) / Scale) + 0.5);
        double start = Offset, end = Offset + (isForward ? 2 : -1) * Scale, middle = Offset + (isForward ? 0.7 : -0.35) * Scale;
        double crossing = 2 + 3 * (isForward ? 0.7 : 1.1);
        var steps = new List<(double, double)>();
        double seen = double.NaN;
        var options = new OdeSolverOptions
        {
            RelativeTolerance = 1e-11,
            AbsoluteTolerance = 1e-12,
            DenseOutput = true,
            MaxStep = 0.1 * Scale,
            InitialStep = 0.01 * Scale,
            JumpTimes = [middle],
            StepObserver = (in OdeStep step) => steps.Add((step.StartTime, step.Time)),
            Events = [new OdeEvent((t, y) =>
            {
                seen = t;
                return y[0] - crossing;
            })],
        };
        OdeSolution solution = model.Predict([Exact(start)], [start, middle, end], InputSignal.Constant(7 + 0.5 * 4), options).EnsureSuccess();
        solution.Times.ToArray().Should().Equal(start, middle, end);
        solution.FinalTime.Should().Be(end);
        foreach (double t in (double[])[start, middle, end, 0.3 * start + 0.7 * end])
        {
            solution.Evaluate(t)[0].Should().BeApproximately(Exact(t), 1e-8);
            solution.EvaluateDerivative(t)[0].Should().BeApproximately(-3 * 0.5 * Math.Exp(-(t - Offset) / Scale) / Scale, 1e-7 / Scale);
        }

        solution.Invoking(s => s.Evaluate(end + (isForward ? 1 : -1) * 0.01 * Scale)).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*from t = {start:R} to t = {end:R}*");
        OdeEventOccurrence hit = solution.Events.Should().ContainSingle().Which;
        Exact(hit.Time).Should().BeApproximately(crossing, 1e-7);
        seen.Should().BeInRange(Math.Min(start, end) - Scale, Math.Max(start, end) + Scale);
        steps.Should().HaveCountGreaterThan(9).And.OnlyContain(step => Math.Abs(step.Item2 - step.Item1) <= 0.1001 * Scale);
        Math.Abs(steps[0].Item2 - steps[0].Item1).Should().BeApproximately(0.01 * Scale, 1e-6 * Scale);
        steps.Select(step => Math.Abs(step.Item2 - middle)).Min().Should().BeLessThan(1e-15 * Offset + 1e-6);

        OdeSolution every = model.Predict([Exact(start)], [start, end], InputSignal.Constant(9), options with { Output = OdeOutput.Steps, Events = [] }).EnsureSuccess();
        (every.Times[0], every.Times[^1]).Should().Be((start, end));
        var derivative = new double[1];
        model.Derivative(middle, [Exact(middle)], [9.0], derivative);
        derivative[0].Should().BeApproximately(solution.EvaluateDerivative(middle)[0], 1e-7 / Scale);
    }

    [Fact]
    public void Solves_go_on_where_they_ended_however_time_was_rounded()
    {
        for (int n = 0; n < 40; n++)
        {
            double[] times = [Offset + 0.0137 * n * Scale, Offset + (0.3 + 0.0777 * n) * Scale];
            double end = times[1] + 0.5001 * Scale;
            var model = new NeuralOdeModel(Decay()) { Standardization = Units() };
            OdeSolution half = model.Predict([5.0], times, InputSignal.Constant(9)).EnsureSuccess(), whole = half.Continue(end).EnsureSuccess();
            whole.FinalTime.Should().Be(end);
            whole.Times[0].Should().Be(times[1]);
            whole.FinalState[0].Should().BeApproximately(model.Predict([5.0], [times[0], end], InputSignal.Constant(9)).FinalState[0], 1e-5);
            half.Continue(times[0]).FinalState[0].Should().BeApproximately(5, 1e-5, "backward too");
            model.PredictBatch([[5.0], [4.0]], [times, times], [InputSignal.Constant(9), InputSignal.Constant(5)]).Continue(end).EnsureSuccess()[0].FinalState[0]
                .Should().BeApproximately(whole.FinalState[0], 1e-5);
        }
    }

    [Fact]
    public void A_failure_is_told_in_the_datas_time()
    {
        var model = new NeuralOdeModel(TrainableVectorField.FromFunction(1, [1.0], (_, y, p, d) => d[0] = p[0] * y[0] * y[0], (_, y, p, c, cy, cp) => (cy[0], cp[0]) = (2 * p[0] * y[0] * c[0], y[0] * y[0] * c[0])))
        {
            Standardization = new Standardization([0], [1], Offset, Scale),
        };
        OdeSolution solution = model.Predict([1.0], [Offset, Offset + 3 * Scale]);
        solution.Failure!.Time.Should().BeApproximately(Offset + Scale, 1e-3 * Scale, "1 / (1 − τ) ends at τ = 1");
        solution.FinalTime.Should().Be(solution.Failure.Time);
        model.ComputeGradient([1.0], [Offset, Offset + 3 * Scale], (p, c) => 0).Failure!.Time.Should().BeApproximately(Offset + Scale, 1e-3 * Scale);
        Action joint = () =>
        {
            model.Solver = model.Solver with { ErrorControl = ErrorControl.Joint };
            model.PredictBatch([[0.1], [0.1]], [[Offset, Offset + Scale], [Offset, Offset + 0.5 * Scale]]);
        };
        joint.Should().Throw<ArgumentException>().WithMessage($"*Sample 1 ends at t = {Offset + 0.5 * Scale:R}*");
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Gradients_are_in_the_datas_units(string method)
    {
        var network = new MultilayerPerceptron(4, [5], 2, seed: 3);
        var model = new NeuralOdeModel(new NeuralVectorField(network, inputDimension: 1, takesTime: true))
        {
            Standardization = new Standardization([1.5, -20], [0.5, 30], timeOffset: 100, timeScale: 20, inputMeans: [7], inputScales: [4]),
            Gradient = ModelExamples.Method(method),
            Solver = ModelExamples.Tight,
        };
        InputSignal input = InputSignal.CubicSpline([80, 100, 117, 150], [3, 9, 11, 5]);
        double[] start = [2, -10], times = [90, 100, 121, 140];
        GradientResult gradient = model.ComputeGradient(start, times, input, ModelExamples.Loss).EnsureSuccess();
        double Loss() => ModelExamples.Loss(model.Predict(start, times, input).EnsureSuccess().States, new double[8]);
        for (int k = 0; k < network.ParameterCount; k += 4)
            gradient.Parameters[k].Should().BeApproximately(ModelExamples.CentralDifference(Loss, model.Parameters, k), 1e-5);
        for (int i = 0; i < 2; i++)
        {
            double expected = ModelExamples.CentralDifference(Loss, start, i, 1e-4);
            gradient.InitialState[i].Should().BeApproximately(expected, 1e-6 * Math.Max(1, Math.Abs(expected)));
        }

        for (int n = 0; n < 4; n++)
            gradient.Times[n].Should().BeApproximately(ModelExamples.CentralDifference(Loss, times, n, 1e-3), 1e-5);
    }

    [Fact]
    public void Training_with_standardized_inputs_and_time_learns_how_the_input_acts()
    {
        Trajectory Observed(ForcedDecay problem, double start) => new Trajectory([.. Times.Take(20).Select(t => 1e6 + 1e4 * t)], [.. Times.Take(20).Select(t => 100 * problem.Solution(start, t))], 1)
            .WithInput(Stretched(problem));
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([Observed(ForcedDecay.Steps, 0.8), Observed(ForcedDecay.Ramps, -0.5)]);
        var model = new NeuralOdeModel(new NeuralVectorField(new Sequential(seed: 1, new Dense(2, 1)), inputDimension: 1)) { Standardization = Standardization.FromDataset(data) };
        new Trainer(model, new TrainingOptions { Iterations = 600, BatchSize = 10, SegmentLength = 5, Seed = 1, Optimizer = Optimizer.Adam(5e-2), Schedule = LearningRateSchedule.Cosine() }).Fit(data);
        // dy/dt = (−y + 100 u) / 10⁴, with u in thousands.
        var slope = new double[1];
        foreach ((double y, double u) in ((double, double)[])[(50, 0.5), (120, -1), (-30, 2)])
        {
            model.Derivative(1e6, [y], [1000 * u], slope);
            slope[0].Should().BeApproximately((100 * u - y) / 1e4, 2e-4);
        }

        OdeSolution prediction = model.Predict(data[0].StateAt(0), data[0].Times, data[0].Input!).EnsureSuccess();
        for (int n = 0; n < data[0].Length; n++)
            prediction[n, 0].Should().BeApproximately(data[0].StateAt(n)[0], 1);
    }

    [Fact]
    public void A_shared_signal_of_the_field_is_a_function_of_the_datas_time()
    {
        var network = new Sequential(seed: 1, new Dense(2, 1, hasBias: false));
        (network.Parameters[0], network.Parameters[1]) = (-1, 1);
        InputSignal signal = InputSignal.PiecewiseLinear([50, 150, 350], [1, 3, -1]);
        var model = new NeuralOdeModel(new NeuralVectorField(network, signal)) { Standardization = new Standardization([0], [1], timeOffset: 0, timeScale: 100), Solver = ModelExamples.Tight };
        model.Predict([0.8], [0, 400]).FinalState[0].Should().BeApproximately(ForcedDecay.Ramps.Solution(0.8, 4), 1e-9);
        GradientResult gradient = model.ComputeGradient([0.8], [0, 400], (p, c) =>
        {
            c[1] = 1;
            return p[1];
        }).EnsureSuccess();
        gradient.Loss.Should().BeApproximately(ForcedDecay.Ramps.Solution(0.8, 4), 1e-9);
        gradient.InitialState[0].Should().BeApproximately(Math.Exp(-4), 1e-9);
        var slope = new double[1];
        model.Derivative(150, [1], slope);
        slope[0].Should().BeApproximately((3 - 1) / 100.0, 1e-15);
    }

    [Fact]
    public void They_are_saved_and_loaded()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var model = new NeuralOdeModel(Decay()) { Standardization = Units() };
        model.Save(path);
        Standardization again = NeuralOdeModel.Load(path).Standardization!;
        (again.TimeOffset, again.TimeScale).Should().Be((Offset, Scale));
        again.InputMeans.ToArray().Should().Equal(7);
        again.InputScales.ToArray().Should().Equal(4);
        foreach ((string from, string to) in ((string, string)[])[("\"timeScale\":32000000", "\"timeScale\":0"), ("\"timeScale\":32000000", "\"timeScale\":-1"), ("[4]", "[4,4]"), ("\"inputMeans\":[7],", ""), ("[7],\"inputScales\":[4]", "[7,7],\"inputScales\":[4,4]")])
        {
            model.Save(path);
            ModelFileParts.Change(path, (_, metadata) => metadata["standardization"] = metadata["standardization"].Replace(from, to, StringComparison.Ordinal));
            FluentActions.Invoking(() => NeuralOdeModel.Load(path)).Should().Throw<ModelFileException>(because: to).WithMessage("*'standardization' is not valid*");
        }
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Fails(() => _ = new Standardization([0], [1], double.NaN, 1), "*timeOffset = NaN*");
        Fails(() => _ = new Standardization([0], [1], 0, 0), "*timeScale = 0*");
        Fails(() => _ = new Standardization([0], [1], 0, 1, [1], []), "*inputScales has 0*");
        Fails(() => _ = new Standardization([0], [1], 0, 1, [1], [-1]), "*inputScales[0] = -1*");
        Fails(() => _ = new NeuralOdeModel(new MultilayerPerceptron(1, [2], 1)) { Standardization = Units() }, "*inputs of 1 components*takes 0*");
        var model = new NeuralOdeModel(new MultilayerPerceptron(1, [2], 1)) { Standardization = new Standardization([0], [1], 0, 1e-300) };
        Fails(() => model.Predict([1.0], [0, 1e10]), "*10000000000 is out of the range*");
        Fails(() => model.Solver = new OdeSolverOptions { JumpTimes = [1e20] }, "*JumpTimes[[]0]*".Replace("[[]", "[", StringComparison.Ordinal));
        Fails(() => _ = new NeuralOdeModel(new MultilayerPerceptron(1, [2], 1)) { Solver = new OdeSolverOptions { FixedStep = 1e-200, Method = OdeMethod.RungeKutta4 }, Standardization = new Standardization([0], [1], 0, 1e300) }, "*FixedStep*");
    }

    private static void Fails(Action action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    /// <summary>dy/dτ = −y + u.</summary>
    private static NeuralVectorField Decay()
    {
        var network = new Sequential(seed: 1, new Dense(2, 1, hasBias: false));
        (network.Parameters[0], network.Parameters[1]) = (-1, 1);
        return new NeuralVectorField(network, inputDimension: 1);
    }

    private static Standardization Units() => new([2], [3], Offset, Scale, [7], [4]);

    private static InputSignal Stretched(ForcedDecay problem) => ReferenceEquals(problem, ForcedDecay.Steps)
        ? InputSignal.PiecewiseConstant([1e6, 1e6 + 0.7e4, 1e6 + 1.5e4, 1e6 + 3.1e4], [500, 2000, -1000, 250])
        : InputSignal.PiecewiseLinear([1e6 + 0.5e4, 1e6 + 1.5e4, 1e6 + 3.5e4], [1000, 3000, -1000]);
}
