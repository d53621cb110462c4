using System.Text;
using NeuralOde.Tests.Persistence;

namespace NeuralOde.Tests.Models;

/// <summary>What a file costs is in proportion to its size, whatever it has much of; and what it says reaches no terminal.</summary>
public sealed class ModelFileCostTests
{
    private const int MostBytesPerByte = 20;

    private const string Controller = "\"controller\":{\"beta1\":0.85,\"beta2\":-0.2,\"beta3\":0,\"safety\":0.9,\"minimumFactor\":0.2,\"maximumFactor\":10}";

    public static TheoryData<string, string> LargeHeaders
    {
        get
        {
            string[] padded = [.. Enumerable.Range(0, 256).Select(i => $"[{Many("0", i)}]")];
            return new TheoryData<string, string>
            {
                { "many jump times", Header(solver: Solver($"\"jumpTimes\":[{Many("0", 500_000)}]")) },
                { "a tableau with stages that nothing uses", Header(solver: Solver(Tableau(256, padded), "\"fixedStep\":0.1", "padded")) },
                { "a tableau with too many stages", Header(solver: Solver(Tableau(1500, [.. Enumerable.Range(0, 1500).Select(i => $"[{Many("0", i)}]")]), "\"fixedStep\":0.1", "padded")) },
                { "many empty tensors", Header(more: string.Concat(Enumerable.Range(0, 60_000).Select(i => "," + SafetensorsBytes.Tensor($"{i:x}e", "F64", "[0]", "[0,0]")))) },
                { "too many empty tensors", Header(more: string.Concat(Enumerable.Range(0, 100_000).Select(i => "," + SafetensorsBytes.Tensor($"{i:x}e", "F64", "[0]", "[0,0]")))) },
                { "many layers", Header(layers: string.Concat(Enumerable.Repeat(",{\"type\":\"activation\",\"size\":1,\"function\":\"Tanh\"}", 30_000))) },
                { "too many layers", Header(layers: string.Concat(Enumerable.Repeat(",{\"type\":\"activation\",\"size\":1,\"function\":\"Tanh\"}", 100_000))) },
                { "many things that are no layers", Header(layers: string.Concat(Enumerable.Repeat(",[]", 300_000))) },
                { "many metadata", Header(metadata: string.Concat(Enumerable.Range(0, 200_000).Select(i => $",\"{i:x}\":\"\""))) },
                { "a long name", Header(more: "," + SafetensorsBytes.Tensor(new string('x', 1_000_000), "F64", "[0]", "[0,0]")) },
                { "much that nothing asks for", Header(gradient: $"{{\"method\":\"discreteAdjoint\",\"x\":[{Many("0", 500_000)}]}}") },
            };
        }
    }

    [Theory]
    [MemberData(nameof(LargeHeaders))]
    public void Loading_or_refusing_costs_a_small_multiple_of_the_size(string what, string header)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m");
        byte[] bytes = SafetensorsBytes.Assemble(header, new byte[16]);
        File.WriteAllBytes(path, bytes);
        Load(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Load(path);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(MostBytesPerByte * (long)bytes.Length, what);
    }

    [Fact]
    public void A_file_like_these_with_nothing_large_loads()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("m"), SafetensorsBytes.Assemble(Header(), new byte[16]));
        NeuralOdeModel.Load(folder.File("m")).Parameters.Length.Should().Be(2);
    }

    [Theory]
    [InlineData("{\"method\":\"\u001b[31mred\"}")]
    [InlineData("{\"method\":\u001b}")]
    [InlineData("{\"method\":\"discreteAdjoint\",\"recordingBudget\":\"\u202Egnp\"}")]
    [InlineData("{\"\u009B31m\":1}")]
    public void Nothing_of_a_file_steers_the_terminal_not_even_where_the_whole_exception_is_printed(string gradient)
    {
        using var folder = new TemporaryFolder();
        ModelExamples.Perceptron().Save(folder.File("m"));
        ModelFileParts.ChangeMetadata(folder.File("m"), "gradient", gradient);
        ModelFileException e = FluentActions.Invoking(() => NeuralOdeModel.Load(folder.File("m"))).Should().Throw<ModelFileException>().Which;
        e.ToString().Should().NotContainAny("\u001b", "\u202E", "\u009B");
        e.Message.Length.Should().BeLessThan(500);
    }

    [Fact]
    public void The_name_of_a_method_in_a_file_is_one_that_messages_can_show()
    {
        foreach (string name in (string[])["\\u001b[31mred", new string('x', 81), "two\\nlines", "\\u202Egnp"])
        {
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder.File("m"), SafetensorsBytes.Assemble(Header(solver: Solver(Tableau(1, ["[]"]), "\"fixedStep\":0.1", name)), new byte[16]));
            ModelFileException e = FluentActions.Invoking(() => NeuralOdeModel.Load(folder.File("m"))).Should().Throw<ModelFileException>().Which;
            e.Message.Should().Contain("'solver' is not valid: name = '").And.NotContainAny("\u001b", "\n", "\u202E");
        }
    }

    [Fact]
    public void A_gradient_method_that_the_file_does_not_know_is_not_saved_as_another()
    {
        using var folder = new TemporaryFolder();
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = new ThirdMethod();
        model.Invoking(m => m.Save(folder.File("m"))).Should().Throw<InvalidOperationException>().WithMessage("*gradient method of type ThirdMethod cannot be saved*");
        folder.FileNames.Should().BeEmpty();
    }

    [Fact]
    public void A_prediction_that_is_too_large_in_the_datas_units_is_no_success()
    {
        NeuralOdeModel model = new(new MultilayerPerceptron(1, [2], 1)) { Standardization = new Standardization([0.0], [1e308]) };
        model.Parameters.Clear();
        model.Parameters[^1] = 3.0;     // dz/dt = 3 in standardized units: at t = 1 the state is 3e308.
        OdeSolution solution = model.Predict([0.0], [0.0, 0.5, 1.0]);
        solution.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.Failure!.Component.Should().Be(0);
        solution.Failure.Time.Should().Be(0.5);
        solution.States[1].Should().BeApproximately(1.5e308, 1e300);
    }

    private static void Load(string path)
    {
        try
        {
            NeuralOdeModel.Load(path);
        }
        catch (ModelFileException)
        {
        }
    }

    private static string Many(string item, int count) => string.Join(',', Enumerable.Repeat(item, count));

    private static string Tableau(int stages, string[] couplings) =>
        $"\"tableau\":{{\"order\":1,\"nodes\":[{Many("0", stages)}],\"couplings\":[{string.Join(',', couplings)}],\"weights\":[1{string.Concat(Enumerable.Repeat(",0", stages - 1))}]}}";

    private static string Solver(string more, string rest = "\"minStep\":0", string method = "DormandPrince5") =>
        $"{{\"method\":\"{method}\",\"relativeTolerance\":1E-06,\"absoluteTolerance\":1E-09,\"maxSteps\":100000,\"stepToOutputTimes\":false,\"denseOutput\":false,{Controller},{more},{rest}}}";

    /// <summary>The header of a model with one layer, 1 → 1, and more of something.</summary>
    private static string Header(string? solver = null, string? gradient = null, string layers = "", string more = "", string metadata = "")
    {
        string architecture = "{\"takesTime\":false,\"layers\":[{\"type\":\"dense\",\"inputs\":1,\"outputs\":1,\"bias\":true,\"initialization\":\"XavierUniform\"}" + layers + "]}";
        var header = new StringBuilder("{\"__metadata__\":{\"format\":\"neuralode-model\",\"version\":\"1\"");
        foreach ((string name, string text) in new[] { ("architecture", architecture), ("solver", solver ?? Solver("\"initialStep\":0.1")), ("gradient", gradient ?? "{\"method\":\"discreteAdjoint\"}") })
            header.Append($",\"{name}\":\"").Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        return header.Append(metadata).Append("},").Append(SafetensorsBytes.Tensor("0.weight", "F64", "[1,1]", "[0,8]")).Append(',')
            .Append(SafetensorsBytes.Tensor("0.bias", "F64", "[1]", "[8,16]")).Append(more).Append('}').ToString();
    }

    private sealed record ThirdMethod : GradientMethod
    {
        private protected override AdjointEngine CreateEngine(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, int samples) =>
            throw new NotSupportedException();
    }
}
