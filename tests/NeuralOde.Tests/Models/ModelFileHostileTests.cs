namespace NeuralOde.Tests.Models;

public sealed class ModelFileHostileTests
{
    private const long LargeAllocation = 4 << 20;

    private const string Layers = """{"takesTime":false,"layers":[{"type":"dense","inputs":2,"outputs":6,"bias":true,"initialization":"XavierUniform"},{"type":"activation","size":6,"function":"Tanh"},{"type":"dense","inputs":6,"outputs":2,"bias":true,"initialization":"XavierUniform"}]}""";

    private const string Solver = """{"method":"DormandPrince5","relativeTolerance":1E-06,"absoluteTolerance":1E-09,"errorNorm":"RootMeanSquare","errorControl":"PerSample","maxSteps":100000,"minStep":0,"stepToOutputTimes":false,"denseOutput":false,"controller":{"beta1":0.85,"beta2":-0.2,"beta3":0,"safety":0.9,"minimumFactor":0.2,"maximumFactor":10}}""";

    public static TheoryData<string, string?, string> BadMetadata => new()
    {
        { "format", null, "*not a NeuralOde model*neuralode-model*" },
        { "format", "neuralode-checkpoint", "*not a NeuralOde model*" },
        { "version", null, "*version is 'missing'; this library reads version 1*" },
        { "version", "2", "*version is '2'*" },
        { "architecture", null, "*field 'architecture' is missing*" },
        { "architecture", "", "*'architecture' is not valid*" },
        { "architecture", "[]", "*'architecture' is not valid*" },
        { "architecture", "{\"takesTime\":false}", "*'architecture' is not valid: 'layers' is missing*" },
        { "architecture", "{\"takesTime\":false,\"layers\":[]}", "*tensor '0.weight' belongs to no layer*" },
        { "architecture", "{\"takesTime\":false,\"layers\":{}}", "*'architecture' is not valid*" },
        { "architecture", "{\"takesTime\":false,\"layers\":[7]}", "*'architecture' is not valid*" },
        { "architecture", Layers.Replace("\"takesTime\":false", "\"takesTime\":true", StringComparison.Ordinal), "*'architecture' is not valid*needs 3 inputs*" },
        { "architecture", Layers.Replace("\"takesTime\":false", "\"takesTime\":\"no\"", StringComparison.Ordinal), "*'architecture' is not valid*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":3", StringComparison.Ordinal), "*tensor '0.weight' has shape [6, 2]; the architecture needs [6, 3]*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":-2", StringComparison.Ordinal), "*inputs = -2 is not a layer's size*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":0", StringComparison.Ordinal), "*inputs = 0 is not a layer's size*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":2.5", StringComparison.Ordinal), "*'architecture' is not valid*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":2147483647", StringComparison.Ordinal), "*is not a layer's size*" },
        { "architecture", Layers.Replace("\"inputs\":2", "\"inputs\":16777216", StringComparison.Ordinal), "*tensor '0.weight' has shape*" },
        { "architecture", Layers.Replace("\"outputs\":6", "\"outputs\":99999999999", StringComparison.Ordinal), "*'architecture' is not valid*" },
        { "architecture", Layers.Replace("\"size\":6", "\"size\":7", StringComparison.Ordinal), "*layers[1] takes 7 numbers, but layers[0] gives 6*" },
        { "architecture", Layers.Replace("Tanh", "Tangent", StringComparison.Ordinal), "*there is no function 'Tangent'*" },
        { "architecture", Layers.Replace("Tanh", "1", StringComparison.Ordinal), "*there is no function '1'*" },
        { "architecture", Layers.Replace("Tanh", "Tanh, Sigmoid", StringComparison.Ordinal), "*there is no function*" },
        { "architecture", Layers.Replace("XavierUniform", "Zeros", StringComparison.Ordinal), "*there is no initialization 'Zeros'*" },
        { "architecture", Layers.Replace("\"activation\"", "\"dropout\"", StringComparison.Ordinal), "*there is no layer type 'dropout'*" },
        { "architecture", Layers.Replace("\"activation\"", "null", StringComparison.Ordinal), "*there is no layer type ''*" },
        { "architecture", Layers.Replace("\"bias\":true", "\"bias\":1", StringComparison.Ordinal), "*'architecture' is not valid*" },
        { "architecture", Layers.Replace("\"bias\":true", "\"bias\":false", StringComparison.Ordinal), "*tensor '0.bias' belongs to no layer*" },
        { "architecture", Layers.Replace("{\"type\":\"activation\",\"size\":6,\"function\":\"Tanh\"},", "", StringComparison.Ordinal), "*tensor '1.weight' is missing*" },
        { "architecture", Layers.Replace("\"type\":\"activation\",\"size\":6,\"function\":\"Tanh\"", "\"type\":\"power\",\"size\":6,\"exponent\":17", StringComparison.Ordinal), "*'architecture' is not valid*exponent*" },
        { "architecture", new string('[', 100_000), "*'architecture' is not valid*" },
        { "architecture", "{\"takesTime\":false,\"layers\":[" + string.Join(',', Enumerable.Repeat("{\"type\":\"dense\",\"inputs\":16777216,\"outputs\":16777216,\"bias\":true,\"initialization\":\"XavierUniform\"}", 500)) + "]}", "*" },
        { "solver", null, "*field 'solver' is missing*" },
        { "solver", "null", "*'solver' is not valid*" },
        { "solver", Solver.Replace("DormandPrince5", "Leapfrog", StringComparison.Ordinal), "*there is no method 'Leapfrog'*" },
        { "solver", Solver.Replace("DormandPrince5", "RungeKutta4", StringComparison.Ordinal), "*'solver' is not valid*set FixedStep*" },
        { "solver", Solver.Replace("1E-06", "NaN", StringComparison.Ordinal), "*'solver' is not valid*" },
        { "solver", Solver.Replace("1E-06", "-1", StringComparison.Ordinal), "*'solver' is not valid*RelativeTolerance*" },
        { "solver", Solver.Replace("1E-09", "1e999", StringComparison.Ordinal), "*'solver' is not valid*AbsoluteTolerance*" },
        { "solver", Solver.Replace("1E-09", "\"1E-09\"", StringComparison.Ordinal), "*'solver' is not valid*" },
        { "solver", Solver.Replace("100000", "0", StringComparison.Ordinal), "*'solver' is not valid*MaxSteps*" },
        { "solver", Solver.Replace("100000", "9999999999", StringComparison.Ordinal), "*'solver' is not valid*" },
        { "solver", Solver.Replace("\"maxSteps\"", "\"maxStep\":-1,\"maxSteps\"", StringComparison.Ordinal), "*'solver' is not valid*MaxStep*" },
        { "solver", Solver.Replace("\"maxSteps\"", "\"fixedStep\":0,\"maxSteps\"", StringComparison.Ordinal), "*'solver' is not valid*FixedStep*" },
        { "solver", Solver.Replace("0.85", "4", StringComparison.Ordinal), "*'solver' is not valid*Beta*" },
        { "solver", Solver.Replace("\"controller\":{", "\"other\":{", StringComparison.Ordinal), "*'solver' is not valid: 'controller' is missing*" },
        { "gradient", null, "*field 'gradient' is missing*" },
        { "gradient", "{}", "*'gradient' is not valid: 'method' is missing*" },
        { "gradient", "{\"method\":\"magic\"}", "*there is no gradient method 'magic'*" },
        { "gradient", "{\"method\":\"continuousAdjoint\",\"relativeTolerance\":-1}", "*'gradient' is not valid*relativeTolerance*" },
        { "gradient", "{\"method\":\"continuousAdjoint\",\"absoluteTolerance\":1e999}", "*'gradient' is not valid*absoluteTolerance*" },
        { "standardization", "", "*'standardization' is not valid*" },
        { "standardization", "{\"means\":[0,0]}", "*'standardization' is not valid*" },
        { "standardization", "{\"means\":[0,0],\"scales\":[1]}", "*'standardization' is not valid*scales has 1 values*" },
        { "standardization", "{\"means\":[0],\"scales\":[1]}", "*'standardization' is not valid*for 1 components; the model has 2*" },
        { "standardization", "{\"means\":[0,0],\"scales\":[1,0]}", "*'standardization' is not valid*scales[1] = 0*" },
        { "standardization", "{\"means\":[0,1e999],\"scales\":[1,1]}", "*'standardization' is not valid*means[1]*" },
        { "standardization", "{\"means\":[0,\"x\"],\"scales\":[1,1]}", "*'standardization' is not valid*" },
    };

    [Theory]
    [MemberData(nameof(BadMetadata))]
    public void Metadata_that_is_wrong_is_refused_with_the_path_and_the_field(string field, string? text, string message)
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder);
        ModelFileParts.ChangeMetadata(path, field, text);
        Refusal(path).Should().NotBeNull();
        Refusal(path)!.Message.Should().StartWith(path + ": ").And.Match(message);
    }

    [Fact]
    public void The_texts_that_these_tests_change_are_what_a_file_has()
    {
        using var folder = new TemporaryFolder();
        var metadata = SafetensorsFile.Read(Save(folder)).Metadata;
        metadata["architecture"].Should().Be(Layers);
        metadata["solver"].Should().Be(Solver);
    }

    [Fact]
    public void A_tensor_that_is_missing_misshapen_or_unknown_is_refused_by_name()
    {
        Refused(tensors => tensors.RemoveAt(3)).Should().Match("*tensor '2.bias' is missing*");
        Refused(tensors => tensors[0] = tensors[0] with { Shape = [2, 6] }).Should().Match("*tensor '0.weight' has shape [2, 6]; the architecture needs [6, 2]*");
        Refused(tensors => tensors[0] = tensors[0] with { Shape = [12] }).Should().Match("*tensor '0.weight' has shape [12]*");
        Refused(tensors => tensors[1] = tensors[1] with { Name = "0.Bias" }).Should().Match("*tensor '0.bias' is missing*");
        Refused(tensors => tensors.Add(new SafetensorsTensor("3.weight", [1], [1]))).Should().Match("*tensor '3.weight' belongs to no layer*");

        static string Refused(Action<List<SafetensorsTensor>> change)
        {
            using var folder = new TemporaryFolder();
            string path = Save(folder);
            ModelFileParts.Change(path, (tensors, _) => change(tensors));
            return Refusal(path)!.Message;
        }
    }

    [Fact]
    public void Another_safetensors_file_is_not_a_model()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("other.safetensors");
        new SafetensorsFile([new SafetensorsTensor("0.weight", [1], [1])]).Write(path);
        Refusal(path)!.Message.Should().Contain("not a NeuralOde model");
    }

    [Fact]
    public void A_truncated_file_is_refused_wherever_it_ends()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length += length < 64 ? 1 : 16)
        {
            File.WriteAllBytes(path, whole[..length]);
            Refusal(path).Should().NotBeNull("{0} bytes of {1} are no model", length, whole.Length);
        }
    }

    [Fact]
    public void A_file_with_a_damaged_byte_is_read_or_refused_and_never_anything_else()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder);
        byte[] whole = File.ReadAllBytes(path);
        int refused = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            foreach (byte flip in (byte[])[0x01, 0x80])
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= flip;
                File.WriteAllBytes(path, damaged);
                refused += Refusal(path) is null ? 0 : 1;
            }
        }

        refused.Should().BeGreaterThan(whole.Length, "most of the file is its header");
    }

    private static string Save(TemporaryFolder folder)
    {
        string path = folder.File("m.safetensors");
        ModelExamples.Perceptron().Save(path);
        return path;
    }

    /// <summary>The exception that loading throws, or null; any other exception, or a large allocation, fails the test.</summary>
    private static ModelFileException? Refusal(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            NeuralOdeModel.Load(path);
            return null;
        }
        catch (ModelFileException e)
        {
            return e;
        }
        finally
        {
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(LargeAllocation);
        }
    }
}
