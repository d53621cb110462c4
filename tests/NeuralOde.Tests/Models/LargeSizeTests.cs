namespace NeuralOde.Tests.Models;

/// <summary>Sizes whose products no array holds: refused with their factors, before memory is asked for.</summary>
public class LargeSizeTests
{
    private static readonly OdeSolverOptions Joint = new() { ErrorControl = ErrorControl.Joint };

    [Theory]
    [InlineData(65536, 65536, Precision.Double)]
    [InlineData(65536, 65536, Precision.Single)]
    [InlineData(1 << 20, 4096, Precision.Double)]
    [InlineData(1 << 20, 4096, Precision.Single)]
    [InlineData(1 << 20, 4104, Precision.Double)]
    [InlineData(1 << 20, 4104, Precision.Single)]
    [InlineData(70000, 40000, Precision.Double)]
    [InlineData(300000, 7200, Precision.Single)]
    public void A_batch_that_is_too_large_for_a_network_is_refused(int hidden, int samples, Precision precision)
    {
        NeuralOdeModel model = new(new Sequential(7, new Dense(1, hidden, hasBias: false), new ActivationLayer(hidden, Activation.Tanh), new Dense(hidden, 1, hasBias: false)) { Precision = precision }) { Solver = Joint };
        double[][] states = Repeat([0.5], samples), times = Repeat([0.0, 1.0], samples);
        Refuses(() => model.PredictBatch(states, times), hidden, samples);
        Refuses(() => model.ComputeBatchGradient(states, times, (_, _, _) => 0.0), hidden, samples);
        model.Gradient = GradientMethod.ContinuousAdjoint();
        Refuses(() => model.ComputeBatchGradient(states, times, (_, _, _) => 0.0), hidden, samples);
        Refuses(() => OdeSolver.SolveBatch(model.Field, states, [0.0, 1.0], new OdeSolverOptions { Method = OdeMethod.Bdf, ErrorControl = ErrorControl.Joint }), hidden, samples);
    }

    [Fact]
    public void A_small_model_file_does_not_end_the_process()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        new NeuralOdeModel(new MultilayerPerceptron(1, [65536], 1)) { Solver = Joint }.Save(path);
        NeuralOdeModel model = NeuralOdeModel.Load(path);
        Refuses(() => model.PredictBatch(Repeat([0.5], 65536), Repeat([0.0, 1.0], 65536)), 65536, 65536);
    }

    [Theory]
    [InlineData(1 << 25, 128, Precision.Double)]
    [InlineData(1 << 25, 128, Precision.Single)]
    [InlineData(1 << 24, 125, Precision.Single)]
    [InlineData(16777217, 127, Precision.Double)]
    public void Layers_too_wide_for_a_batch_are_refused(int width, int samples, Precision precision)
    {
        var network = new Sequential(7, new ActivationLayer(width, Activation.Tanh)) { Precision = precision };
        Refuses(() => NetworkEvaluator.Create(network, new BatchLayout(samples)), width, samples);
        Refuses(() => new NeuralVectorField(network).CreateEvaluator(new BatchLayout(samples)), width, samples);
    }

    [Theory]
    [InlineData(Precision.Double)]
    [InlineData(Precision.Single)]
    public void What_many_layers_record_is_refused_as_a_whole(Precision precision)
    {
        // Each layer's numbers would fit, those of all together do not.
        Layer[] layers = [.. Enumerable.Repeat(new ElementwisePower(1 << 20, 2), 40)];
        var network = new Sequential(7, layers) { Precision = precision };
        Refuses(() => NetworkEvaluator.Create(network, new BatchLayout(64)), 64);
    }

    [Theory]
    [InlineData(65536, 65536)]
    [InlineData(46341, 46341)]
    [InlineData(1, int.MaxValue)]
    [InlineData(int.MaxValue, 3)]
    [InlineData(40000, 60000)]
    public void A_dense_layer_with_too_many_weights_is_refused(int inputs, int outputs) => Refuses(() => new Dense(inputs, outputs), inputs, outputs);

    [Fact]
    public void A_dense_layer_whose_bias_is_too_much_is_refused()
    {
        Refuses(() => new Dense(1, 0x4000_0000), 0x4000_0000);
        new Dense(1, 0x4000_0000, hasBias: false).ParameterCount.Should().Be(0x4000_0000);
    }

    [Fact]
    public void A_network_with_too_many_parameters_is_refused()
    {
        Refuses(() => new Sequential(7, new Dense(30000, 40000), new Dense(40000, 30000)), 30000, 40000);
        Refuses(() => new MultilayerPerceptron(1, [65536, 65536], 1), 65536);
        Refuses(() => new MultilayerPerceptron(30000, [40000], 30000), 30000, 40000);
    }

    [Theory]
    [InlineData(65536, 65536)]
    [InlineData(16777216, 16777216)]
    [InlineData(50000, 60000)]
    public void A_model_file_with_too_many_weights_is_refused(int inputs, int outputs)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        new NeuralOdeModel(new MultilayerPerceptron(2, [6], 2)).Save(path);
        ModelFileParts.ChangeMetadata(path, "architecture",
            FormattableString.Invariant($$"""{"takesTime":false,"layers":[{"type":"dense","inputs":{{inputs}},"outputs":{{outputs}},"bias":true,"initialization":"XavierUniform"}]}"""));
        ((Action)(() => NeuralOdeModel.Load(path))).Should().Throw<ModelFileException>().WithMessage(FormattableString.Invariant($"*'architecture'*{inputs} inputs × {outputs} outputs*"));
    }

    [Theory]
    [InlineData(1 << 20, 4096)]
    [InlineData(100000, 30000)]
    public void Parameters_of_a_function_times_samples_are_refused(int parameters, int samples)
    {
        var model = new NeuralOdeModel(TrainableVectorField.FromFunction(1, new double[parameters], (t, y, p, dydt) => { }, (t, y, p, a, stateCotangent, parameterCotangent) => { })) { Solver = Joint };
        Refuses(() => model.ComputeBatchGradient(Repeat([0.5], samples), Repeat([0.0, 1.0], samples), (_, _, _) => 0.0), parameters, samples);
        Refuses(() => OdeSolver.SolveBatch(model.Field, Repeat([0.5], samples), [0.0, 1.0], Joint with { Method = OdeMethod.KennedyCarpenter5 }), parameters, samples);
    }

    [Fact]
    public void Records_of_all_stages_are_refused_before_they_are_asked_for() =>
        Refuses(() => new StepRound(new BatchLayout(8), 1, stages: 7, endStage: 6, recordLength: 1 << 29), 6, 1 << 29);

    private static double[][] Repeat(double[] values, int count) => [.. Enumerable.Repeat(values, count)];

    private static void Refuses(Action action, params int[] factors)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = action.Should().Throw<ArgumentException>().Which.Message;
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(400 << 20, "memory is not asked for");
        foreach (int factor in factors)
            message.Should().Contain(factor.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
