namespace NeuralOde.Tests.Kernels;

public class OptimizerKernelsTests
{
    private static (string Name, OptimizerKernels Kernels)[] Widths { get; } =
    [
        ("512 bits", new OptimizerKernels<Lanes512<double>>()),
        ("256 bits", new OptimizerKernels<Lanes256<double>>()),
        ("128 bits", new OptimizerKernels<Lanes128<double>>()),
        ("one lane", new OptimizerKernels<Lanes1<double>>()),
    ];

    [Fact]
    public void Adam_has_the_bits_of_a_plain_loop_in_every_width()
    {
        foreach (int count in Batches.Sizes)
        {
            double[] gradient = Batches.Random(count, 1), before = Batches.Random(count, 2), first = Batches.Random(count, 3);
            double[] second = [.. Batches.Random(count, 4).Select(Math.Abs)];
            double[] m = [.. first.Select((x, i) => 0.9 * x + (1 - 0.9) * gradient[i])], v = [.. second.Select((x, i) => 0.99 * x + (1 - 0.99) * gradient[i] * gradient[i])];
            double[] expected = [.. before.Select((x, i) => 0.999 * x - 0.02 * m[i] / (Math.Sqrt(v[i]) / 0.3 + 1e-8))];
            foreach ((string name, OptimizerKernels kernels) in Widths)
            {
                double[] parameters = [.. before], firstMoment = [.. first], secondMoment = [.. second];
                kernels.Adam(parameters, gradient, firstMoment, secondMoment, beta1: 0.9, beta2: 0.99, remaining: 0.999, rate: 0.02, rootCorrection: 0.3, epsilon: 1e-8);
                firstMoment.ShouldHaveTheBitsOf(m, $"{count} parameters, {name}");
                secondMoment.ShouldHaveTheBitsOf(v, $"{count} parameters, {name}");
                parameters.ShouldHaveTheBitsOf(expected, $"{count} parameters, {name}");
            }
        }
    }

    [Fact]
    public void Gradients_are_normalized_for_RMSProp_with_the_bits_of_a_plain_loop_in_every_width()
    {
        foreach (int count in Batches.Sizes)
        {
            double[] gradient = Batches.Random(count, 1), square = [.. Batches.Random(count, 3).Select(Math.Abs)];
            double[] v = [.. square.Select((x, i) => 0.9 * x + (1 - 0.9) * gradient[i] * gradient[i])];
            double[] expected = [.. gradient.Select((g, i) => g / (Math.Sqrt(v[i]) + 1e-8))];
            foreach ((string name, OptimizerKernels kernels) in Widths)
            {
                double[] normalized = new double[count], average = [.. square];
                kernels.Normalize(gradient, average, smoothing: 0.9, epsilon: 1e-8, normalized);
                average.ShouldHaveTheBitsOf(v, $"{count} parameters, {name}");
                normalized.ShouldHaveTheBitsOf(expected, $"{count} parameters, {name}");
            }
        }
    }
}
