using CsCheck;

namespace NeuralOde.Tests.Models;

public sealed class ModelFileRoundTripTests
{
    private static readonly OdeSolverOptions EveryOptionSet = new()
    {
        Method = OdeMethod.BogackiShampine3,
        RelativeTolerance = 1.0 / 3.0 * 1e-5,
        AbsoluteTolerance = 1e-300,
        RelativeTolerances = [1e-3, 0],
        AbsoluteTolerances = [0, 1.0 / 3.0],
        ErrorNorm = ErrorNorm.Maximum,
        ErrorControl = ErrorControl.Joint,
        JumpTimes = [0.5, -0.1],
        MinStep = 1e-9,
        Controller = new StepSizeController { Beta1 = 0.6, Beta2 = -0.25, Beta3 = 0.05, Safety = 0.8, MinimumFactor = 0.3, MaximumFactor = 4.5, SumsInFirstStep = true, CountsFirstError = true },
        InitialStep = 0.1,
        MaxStep = 1.0 / 7.0,
        FixedStep = 1e-3,
        MaxSteps = int.MaxValue,
        StepToOutputTimes = true,
        DenseOutput = true,
    };

    public static TheoryData<OdeSolverOptions> Solvers => new()
    {
        new OdeSolverOptions(),
        EveryOptionSet,
        new OdeSolverOptions { Method = OdeMethod.RungeKutta4, FixedStep = 0.01 },
        new OdeSolverOptions { RelativeTolerance = 0, MaxStep = double.PositiveInfinity },
    };

    public static TheoryData<GradientMethod> Gradients => new()
    {
        GradientMethod.DiscreteAdjoint(),
        GradientMethod.ContinuousAdjoint(),
        GradientMethod.ContinuousAdjoint(relativeTolerance: 1e-3),
        GradientMethod.ContinuousAdjoint(absoluteTolerance: 1.0 / 3.0),
        GradientMethod.ContinuousAdjoint(0, 5e-324),
    };

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_loaded_model_predicts_the_same_bits(bool takesTime, bool standardized)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime, standardized ? ModelExamples.Units : null);
        NeuralOdeModel loaded = SaveAndLoad(model);

        loaded.Parameters.ToArray().Should().Equal(model.Parameters.ToArray());
        loaded.Predict([2.0, 10.0], ModelExamples.Times).States.ToArray().Should().Equal(model.Predict([2.0, 10.0], ModelExamples.Times).States.ToArray());
        loaded.Field.Should().BeOfType<NeuralVectorField>().Which.TakesTime.Should().Be(takesTime);
        loaded.Standardization?.Means.ToArray().Should().Equal(ModelExamples.Units.Means.ToArray());
        (loaded.Standardization is not null).Should().Be(standardized);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void The_solver_comes_back_with_every_option(OdeSolverOptions solver)
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Solver = solver;
        SaveAndLoad(model).Solver.Should().BeEquivalentTo(model.Solver);
    }

    [Fact]
    public void A_method_of_ones_own_comes_back_with_its_tableau()
    {
        foreach (OdeMethod method in new[] { Solving.Tableaux.Kutta3, Solving.Tableaux.CashKarp5 })
        {
            NeuralOdeModel model = ModelExamples.Perceptron();
            model.Solver = new OdeSolverOptions { Method = method, FixedStep = 0.1 };
            NeuralOdeModel loaded = SaveAndLoad(model);
            loaded.Solver.Method!.Name.Should().Be(method.Name);
            loaded.Solver.Method.IsAdaptive.Should().Be(method.IsAdaptive);
            loaded.Predict([2.0, 10.0], ModelExamples.Times).States.ToArray().Should().Equal(model.Predict([2.0, 10.0], ModelExamples.Times).States.ToArray());
        }
    }

    [Fact]
    public void The_round_trip_of_the_solver_is_tested_with_every_option_there_is()
    {
        // What a solution keeps, who watches and what for, and how many threads there are, is no part of a model.
        string[] others = [nameof(OdeSolverOptions.Output), nameof(OdeSolverOptions.StepObserver), nameof(OdeSolverOptions.Events), nameof(OdeSolverOptions.MaxDegreeOfParallelism)];
        foreach (var property in typeof(OdeSolverOptions).GetProperties().Where(property => property.CanWrite && !others.Contains(property.Name)))
            property.GetValue(EveryOptionSet).Should().NotBe(property.GetValue(new OdeSolverOptions()), property.Name);
        foreach (var property in typeof(StepSizeController).GetProperties().Where(property => property.CanWrite))
            property.GetValue(EveryOptionSet.Controller).Should().NotBe(property.GetValue(new StepSizeController()), property.Name);
    }

    [Theory]
    [MemberData(nameof(Gradients))]
    public void The_gradient_method_comes_back_with_its_tolerances(GradientMethod gradient)
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = gradient;
        SaveAndLoad(model).Gradient.Should().Be(gradient);
    }

    [Fact]
    public void Any_architecture_comes_back_with_every_layer_and_every_bit()
    {
        Gen<Func<int, Layer>> layer = Gen.OneOf(
            Gen.Select(Gen.Int[1, 9], Gen.Bool, Gen.Enum<WeightInitialization>(), (outputs, bias, initialization) =>
                (Func<int, Layer>)(inputs => new Dense(inputs, outputs, initialization, bias))),
            Gen.Enum<Activation>().Select(function => (Func<int, Layer>)(size => new ActivationLayer(size, function))),
            Gen.Int[1, 16].Select(exponent => (Func<int, Layer>)(size => new ElementwisePower(size, exponent))));
        using var folder = new TemporaryFolder();
        Gen.Select(layer.Array[0, 5], Gen.Int[1, 4], Gen.Bool, Gen.Int).Sample((makers, dimension, takesTime, seed) =>
        {
            var layers = new List<Layer>();
            int width = dimension + (takesTime ? 1 : 0);
            foreach (Func<int, Layer> make in makers)
            {
                layers.Add(make(width));
                width = layers[^1].Outputs;
            }

            layers.Add(new Dense(width, dimension));
            var model = new NeuralOdeModel(new Sequential(seed, [.. layers]), takesTime);
            NeuralOdeModel loaded = SaveAndLoad(model, folder);

            Network network = ((NeuralVectorField)loaded.Field).Network;
            network.Layers.Select(Describe).Should().Equal(layers.Select(Describe));
            loaded.Parameters.ToArray().Should().Equal(model.Parameters.ToArray());
            ((NeuralVectorField)loaded.Field).TakesTime.Should().Be(takesTime);
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void The_tensors_are_those_of_a_PyTorch_Sequential()
    {
        var network = new Sequential(seed: 5, new ElementwisePower(2, 3), new Dense(2, 4), new ActivationLayer(4, Activation.Tanh), new Dense(4, 3, hasBias: false), new Dense(3, 2));
        for (int i = 0; i < network.ParameterCount; i++)
            network.Parameters[i] = Math.Sin(i + 1);
        using var folder = new TemporaryFolder();
        new NeuralOdeModel(network).Save(folder.File("m.safetensors"));

        SafetensorsFile file = SafetensorsFile.Read(folder.File("m.safetensors"));
        file.Tensors.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]")
            .Should().Equal("1.weight [4, 2]", "1.bias [4]", "3.weight [3, 4]", "4.weight [2, 3]", "4.bias [2]");

        double[] x = [0.4, -0.7];
        double[] hidden = Linear(file, 1, [.. x.Select(value => value * value * value)]);
        double[] expected = Linear(file, 4, Linear(file, 3, [.. hidden.Select(Math.Tanh)]));
        var actual = new double[2];
        network.Evaluate(x, actual);
        actual.Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-14);
    }

    [Fact]
    public void A_file_with_single_precision_tensors_as_PyTorch_writes_them_can_be_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Save(path);
        ModelFileParts.ToSinglePrecision(path);
        double[] rounded = [.. model.Parameters.ToArray().Select(x => (double)(float)x)];
        NeuralOdeModel.Load(path).Parameters.ToArray().Should().Equal(rounded);
    }

    [Fact]
    public void A_failed_save_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.safetensors");
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Save(path);
        byte[] before = File.ReadAllBytes(path);

        model.Parameters[4] = double.NaN;
        model.Invoking(m => m.Save(path)).Should().Throw<InvalidOperationException>().WithMessage("Parameters[4] is NaN*");
        File.ReadAllBytes(path).Should().Equal(before);
        folder.FileNames.Should().Equal("m.safetensors");
    }

    [Fact]
    public void A_vector_field_of_functions_is_refused_with_what_to_do_instead()
    {
        using var folder = new TemporaryFolder();
        ModelExamples.LotkaVolterra().Invoking(m => m.Save(folder.File("m.safetensors")))
            .Should().Throw<InvalidOperationException>().WithMessage("*network*code cannot be written*Keep Parameters*");
        folder.FileNames.Should().BeEmpty();
    }

    [Fact]
    public void A_path_that_cannot_be_written_or_read_is_reported()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.File("none"), "m.safetensors");
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Invoking(m => m.Save(path)).Should().Throw<IOException>();
        model.Invoking(m => m.Save("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => NeuralOdeModel.Load(path)).Should().Throw<IOException>();
        FluentActions.Invoking(() => NeuralOdeModel.Load(null!)).Should().Throw<ArgumentException>();
    }

    private static NeuralOdeModel SaveAndLoad(NeuralOdeModel model)
    {
        using var folder = new TemporaryFolder();
        return SaveAndLoad(model, folder);
    }

    private static NeuralOdeModel SaveAndLoad(NeuralOdeModel model, TemporaryFolder folder)
    {
        model.Save(folder.File("m.safetensors"));
        return NeuralOdeModel.Load(folder.File("m.safetensors"));
    }

    private static string Describe(Layer layer) => $"{layer.Inputs} {layer.Outputs} " + layer switch
    {
        Dense dense => $"dense {dense.HasBias} {dense.Initialization}",
        ActivationLayer activation => $"activation {activation.Activation}",
        ElementwisePower power => $"power {power.Exponent}",
        _ => "unknown",
    };

    /// <summary>Wx + b with the tensors as PyTorch reads them: outputs × inputs, row after row.</summary>
    private static double[] Linear(SafetensorsFile file, int layer, double[] x)
    {
        SafetensorsTensor weight = file.Find($"{layer}.weight")!;
        var y = new double[weight.Shape[0]];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = file.Find($"{layer}.bias")?.Values[row] ?? 0;
            for (int column = 0; column < x.Length; column++)
                y[row] += weight.Values[row * x.Length + column] * x[column];
        }

        return y;
    }
}
