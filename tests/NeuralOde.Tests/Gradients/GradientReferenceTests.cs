using System.Text.Json;

namespace NeuralOde.Tests.Gradients;

public sealed class GradientReferenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_Lotka_Volterra_gradient_is_the_reference(bool isContinuous)
    {
        JsonElement reference = Read("references.json").GetProperty("lotka_volterra_gradient");
        double[] times = [.. Enumerable.Range(0, 101).Select(n => n / 10.0)];
        var problem = new GradientProblem(GradientProblems.LotkaVolterra(), [times], [Numbers(reference, "u0")], Sum);
        Numbers(reference, "p").Should().Equal(problem.Field.Parameters.ToArray());
        var options = new OdeSolverOptions { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-12 };

        LossGradient gradient = GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), options, problem);

        gradient.Loss.Should().BeApproximately(reference.GetProperty("L").GetDouble(), 1e-9 * gradient.Loss);
        LossGradient.RelativeDifference(gradient.InitialStates[0], Numbers(reference, "dL_du0")).Should().BeLessThan(1e-9);
        LossGradient.RelativeDifference(gradient.Parameters, Numbers(reference, "dL_dp")).Should().BeLessThan(1e-9);
    }

    [Theory]
    [InlineData("torchdiffeq-linear-adjoint.json", true)]
    [InlineData("torchdiffeq-linear-backprop.json", false)]
    public void A_training_iteration_has_the_loss_and_the_gradient_of_torchdiffeq(string file, bool isContinuous)
    {
        JsonElement iteration = Read(file);
        var field = new NeuralVectorField(new MultilayerPerceptron(inputs: 2, hidden: [50], outputs: 2, Activation.Tanh));
        double[] times = Numbers(iteration, "t"), target = Numbers(iteration, "target");
        double[][] initialStates = [.. Numbers(iteration, "y0").Chunk(2)];
        int samples = initialStates.Length;
        FromTorchOrder(iteration.GetProperty("weights")).CopyTo(field.Parameters);
        var problem = new GradientProblem(field, [.. Enumerable.Repeat(times, samples)], initialStates, MeanSquare);
        var options = new OdeSolverOptions { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 };

        LossGradient gradient = GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), options, problem);

        double loss = iteration.GetProperty("loss").GetDouble();
        gradient.Loss.Should().BeApproximately(loss, 1e-6 * loss);
        double[] expected = FromTorchOrder(iteration.GetProperty("grad"));
        LossGradient.RelativeDifference(gradient.Parameters, expected).Should().BeLessThan(1e-6);

        double MeanSquare(int sample, int output, ReadOnlySpan<double> state, Span<double> cotangent)
        {
            double sum = 0.0;
            for (int i = 0; i < 2; i++)
            {
                double difference = state[i] - target[(output * samples + sample) * 2 + i];
                cotangent[i] = 2.0 * difference / target.Length;
                sum += difference * difference / target.Length;
            }

            return sum;
        }
    }

    private static double Sum(int sample, int output, ReadOnlySpan<double> state, Span<double> cotangent)
    {
        cotangent.Fill(1.0);
        return state[0] + state[1];
    }

    /// <summary>W1 (50×2), b1, W2 (2×50), b2, the matrices row by row there and column by column here.</summary>
    private static double[] FromTorchOrder(JsonElement tensors)
    {
        double[][] t = [.. tensors.EnumerateArray().Select(tensor => tensor.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        return [.. Transposed(t[0], columns: 2), .. t[1], .. Transposed(t[2], columns: 50), .. t[3]];
    }

    private static IEnumerable<double> Transposed(double[] rowMajor, int columns) =>
        Enumerable.Range(0, columns).SelectMany(column => rowMajor.Where((_, i) => i % columns == column));

    private static double[] Numbers(JsonElement element, string property) =>
        [.. element.GetProperty(property).EnumerateArray().Select(value => value.GetDouble())];

    private static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", file))).RootElement;
}
