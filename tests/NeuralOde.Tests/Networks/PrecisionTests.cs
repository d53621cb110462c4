using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Models;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Networks;

/// <summary>Networks that compute in single precision inside, beside the same networks in double precision.</summary>
public sealed class PrecisionTests
{
    private static readonly double[] Times = [0.0, 0.4, 1.0];

    public static TheoryData<Activation> Activations { get; } = [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Activations))]
    public void Values_products_and_gradients_are_those_of_double_precision_to_seven_digits(Activation activation)
    {
        foreach (int samples in new[] { 1, 2, 9, 17, 40 })
        {
            Network exact = Stacked(activation, Precision.Double), rounded = Stacked(activation, Precision.Single);
            double[][] inputs = Batches.Random(samples, 3, 1), cotangents = Batches.Random(samples, 2, 2), tangents = Batches.Random(samples, 3, 3);
            double[] weights = [.. Enumerable.Range(0, samples).Select(sample => 0.25 * (sample % 4))];
            (double[][] products, double[] gradient) = exact.Backpropagate(inputs, cotangents, weights);
            (double[][] roundedProducts, double[] roundedGradient) = rounded.Backpropagate(inputs, cotangents, weights);

            rounded.EvaluateBatch(inputs).ShouldBeNear(exact.EvaluateBatch(inputs), 1e-5, activation.ToString());
            rounded.EvaluateBatch(inputs).Should().NotBeEquivalentTo(exact.EvaluateBatch(inputs));
            roundedProducts.ShouldBeNear(products, 2e-5, activation.ToString());
            roundedGradient.ShouldBeNear(gradient, 4e-5, activation.ToString());
            rounded.PropagateTangents(inputs, tangents).ShouldBeNear(exact.PropagateTangents(inputs, tangents), 2e-5, activation.ToString());
        }
    }

    [Fact]
    public void A_sum_of_many_samples_gradients_is_no_less_accurate_than_one()
    {
        Network network = Stacked(Activation.Tanh, Precision.Single);
        double[] input = Batches.Random(3, 1), cotangent = Batches.Random(2, 2);
        double[] one = network.Backpropagate([input, input], [cotangent, cotangent]).Parameters;
        double[] many = network.Backpropagate([.. Enumerable.Repeat(input, 4000)], [.. Enumerable.Repeat(cotangent, 4000)]).Parameters;
        many.ShouldBeNear([.. one.Select(g => 2000 * g)], 1e-6, "4000 samples");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(33)]
    public void A_solution_has_the_same_bits_alone_and_in_any_batch(int samples)
    {
        NeuralOdeModel model = Model(Precision.Single);
        double[][] starts = Starts(samples);
        OdeBatchSolution batch = model.PredictBatch(starts, [.. starts.Select(_ => Times)]).EnsureSuccess();
        for (int sample = 0; sample < samples; sample++)
            batch[sample].States.ToArray().ShouldHaveTheBitsOf(model.Predict(starts[sample], Times).States.ToArray(), $"sample {sample}");
    }

    [Theory]
    [InlineData("discrete", 1)]
    [InlineData("discrete", 20)]
    [InlineData("continuous", 1)]
    [InlineData("continuous", 20)]
    public void Solutions_and_gradients_are_those_of_double_precision_within_the_tolerance(string method, int samples)
    {
        NeuralOdeModel exact = Model(Precision.Double, method), rounded = Model(Precision.Single, method);
        exact.Solver = exact.Solver with { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 };
        rounded.Solver = rounded.Solver with { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };
        double[][] starts = Starts(samples);
        BatchGradientResult expected = Gradient(exact, starts), actual = Gradient(rounded, starts);

        // A sum over the samples, each within the tolerance.
        actual.Loss.Should().BeApproximately(expected.Loss, 1e-6 * samples);
        double scale = expected.Parameters.ToArray().Max(Math.Abs);
        for (int i = 0; i < expected.Parameters.Length; i++)
            actual.Parameters[i].Should().BeApproximately(expected.Parameters[i], 1e-5 * scale, $"parameter {i}");
        for (int sample = 0; sample < samples; sample++)
            actual.InitialState(sample).ToArray().ShouldBeNear(expected.InitialState(sample).ToArray(), 2e-5, $"sample {sample}");
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Gradients_are_those_of_central_differences(string method)
    {
        NeuralOdeModel model = Model(Precision.Single, method);
        GradientResult gradient = model.ComputeGradient([2.0, -0.5], Times, ModelExamples.Loss).EnsureSuccess();
        // A step so long that rounding to single precision does not show.
        for (int i = 0; i < model.Parameters.Length; i += 5)
        {
            double slope = Slope(model, i);
            gradient.Parameters[i].Should().BeApproximately(slope, 2e-3 * Math.Max(1.0, Math.Abs(slope)), $"parameter {i}");
        }

        static double Slope(NeuralOdeModel model, int parameter)
        {
            double value = model.Parameters[parameter];
            const double step = 1e-2;
            model.Parameters[parameter] = value + step;
            double above = ModelExamples.LossOf(model, [2.0, -0.5], Times);
            model.Parameters[parameter] = value - step;
            double below = ModelExamples.LossOf(model, [2.0, -0.5], Times);
            model.Parameters[parameter] = value;
            return (above - below) / (2 * step);
        }
    }

    /// <summary>Samples of very different speed, so that some reject steps while others move, and their records are put back.</summary>
    [Fact]
    public void Rejected_samples_keep_their_own_records()
    {
        NeuralOdeModel model = Model(Precision.Single);
        model.Solver = model.Solver with { InitialStep = 1.0 };
        double[][] starts = [.. Enumerable.Range(0, 19).Select(i => new[] { 0.3 * i, 4.0 - 0.4 * i })];
        OdeBatchSolution solution = model.PredictBatch(starts, [.. starts.Select(_ => Times)]).EnsureSuccess();
        solution.Sum(sample => sample.Statistics.RejectedSteps).Should().BeGreaterThan(3);
        double[] together = Gradient(model, starts).Parameters.ToArray(), apart = new double[together.Length];
        foreach (double[] start in starts)
        {
            double[] own = Gradient(model, [start, start]).Parameters.ToArray();
            for (int i = 0; i < apart.Length; i++)
                apart[i] += own[i] / 2;
        }

        double scale = apart.Max(Math.Abs);
        together.ShouldBeNear(apart, 2e-6 * Math.Max(1.0, scale), "sum over the samples");
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Parameters_that_change_between_two_calls_are_taken_over(string method)
    {
        NeuralOdeModel model = Model(Precision.Single, method), fresh = Model(Precision.Single, method);
        double[][] starts = Starts(3);
        double before = Gradient(model, starts).Loss;
        foreach (NeuralOdeModel each in new[] { model, fresh })
        {
            foreach (ref double parameter in each.Parameters)
                parameter *= 0.9;
        }

        BatchGradientResult again = Gradient(model, starts);
        again.Loss.Should().NotBe(before);
        again.Loss.Should().Be(Gradient(fresh, starts).Loss);
        again.Parameters.ToArray().Should().Equal(Gradient(fresh, starts).Parameters.ToArray());
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Training_learns_as_much_as_in_double_precision(string method)
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        double[] errors = [.. new[] { Precision.Double, Precision.Single }.Select(precision =>
        {
            var model = new NeuralOdeModel(new MultilayerPerceptron(2, [8], 2, Activation.Tanh, seed: 3) { Precision = precision })
            {
                Gradient = ModelExamples.Method(method),
                Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
            };
            new Trainer(model, TrainingProblems.Options(300)).Fit(data);
            return TrainingProblems.Error(model, data[0]);
        })];
        errors[1].Should().BeApproximately(errors[0], 0.05 * errors[0]);
    }

    [Theory]
    [InlineData(Precision.Double)]
    [InlineData(Precision.Single)]
    public void A_file_keeps_the_precision(Precision precision)
    {
        string path = Path.GetTempFileName();
        try
        {
            NeuralOdeModel model = Model(precision);
            model.Save(path);
            SafetensorsFile.Read(path).Metadata["architecture"].Contains("precision", StringComparison.Ordinal).Should().Be(precision == Precision.Single, "files of earlier versions do not have it");
            NeuralOdeModel loaded = NeuralOdeModel.Load(path);
            ((NeuralVectorField)loaded.Field).Network.Precision.Should().Be(precision);
            loaded.Predict([1.0, 0.5], Times).States.ToArray().ShouldHaveTheBitsOf(model.Predict([1.0, 0.5], Times).States.ToArray(), "loaded");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_with_an_unknown_precision_is_refused()
    {
        string path = Path.GetTempFileName();
        try
        {
            Model(Precision.Single).Save(path);
            string architecture = SafetensorsFile.Read(path).Metadata["architecture"];
            ModelFileParts.ChangeMetadata(path, "architecture", architecture.Replace("Single", "Half", StringComparison.Ordinal));
            ((Action)(() => NeuralOdeModel.Load(path))).Should().Throw<ModelFileException>().WithMessage("*architecture*Half*");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void An_unknown_precision_is_refused() =>
        ((Action)(() => _ = new MultilayerPerceptron(2, [3], 2) { Precision = (Precision)7 })).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void A_number_too_large_for_single_precision_is_a_failure_and_no_exception()
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(1, [], 1) { Precision = Precision.Single });
        model.Parameters[0] = 1.0;
        model.Predict([1e38], [0.0, 0.1]).Status.Should().Be(OdeStatus.Success);
        model.Predict([1e39], [0.0, 0.1]).Status.Should().Be(OdeStatus.NonFiniteDerivative);
    }

    [Fact]
    public void Time_and_inputs_reach_the_network()
    {
        var signal = InputSignal.PiecewiseConstant([0.0, 0.5], [1.0, -1.0]);
        OdeSolution[] solutions = [.. new[] { Precision.Double, Precision.Single }.Select(precision =>
            OdeSolver.Solve(new NeuralVectorField(new MultilayerPerceptron(4, [9], 2, seed: 4) { Precision = precision }, signal, takesTime: true), [1.0, 0.5], Times, new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 }))];
        solutions[1].States.ToArray().ShouldBeNear(solutions[0].States.ToArray(), 1e-5, "forced");
    }

    [Fact]
    public void An_implicit_method_takes_its_Jacobian()
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 };
        OdeSolution exact = OdeSolver.Solve(Model(Precision.Double).Field, [1.0, 0.5], Times, options), rounded = OdeSolver.Solve(Model(Precision.Single).Field, [1.0, 0.5], Times, options);
        rounded.EnsureSuccess().States.ToArray().ShouldBeNear(exact.States.ToArray(), 1e-5, "implicit");
        rounded.Statistics.AcceptedSteps.Should().BeInRange(exact.Statistics.AcceptedSteps - 2, exact.Statistics.AcceptedSteps + 2);
    }

    private static NeuralOdeModel Model(Precision precision, string method = "discrete") =>
        new(new Sequential(5, new ElementwisePower(2, 2), new Dense(2, 17), new ActivationLayer(17, Activation.Tanh), new Dense(17, 9), new ActivationLayer(9, Activation.Silu), new Dense(9, 2)) { Precision = precision })
        {
            Gradient = ModelExamples.Method(method),
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
        };

    private static double[][] Starts(int samples) => Batches.Random(samples, 2, 8);

    private static BatchGradientResult Gradient(NeuralOdeModel model, double[][] starts) =>
        model.ComputeBatchGradient(starts, [.. starts.Select(_ => Times)], (_, prediction, cotangent) => ModelExamples.Loss(prediction, cotangent)).EnsureSuccess();

    private static Sequential Stacked(Activation activation, Precision precision)
    {
        var network = new Sequential(5, new Dense(3, 17), new ActivationLayer(17, activation), new ElementwisePower(17, 2), new Dense(17, 5, hasBias: false), new ActivationLayer(5, activation), new Dense(5, 2)) { Precision = precision };
        var random = new Random(3);
        foreach (ref double parameter in network.Parameters)
            parameter += 0.2 * (random.NextDouble() - 0.5);
        return network;
    }
}
