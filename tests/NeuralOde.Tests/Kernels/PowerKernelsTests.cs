namespace NeuralOde.Tests.Kernels;

public class PowerKernelsTests
{
    [Fact]
    public void Every_power_and_its_derivative_are_those_of_the_plain_formula()
    {
        double[] x = [.. Batches.Random(14, 1), 0.0, -1.0];
        double[] g = Batches.Random(16, 2);
        for (int n = 1; n <= 16; n++)
        {
            int exponent = n;
            double[] power = new double[16], cotangents = new double[16];
            PowerKernels.Power(x, exponent, power);
            PowerKernels.Backpropagate(x, exponent, g, cotangents);
            power.ShouldBeNear([.. x.Select(value => Math.Pow(value, exponent))], 1e-14, $"n = {exponent}");
            cotangents.ShouldBeNear([.. x.Select((value, i) => g[i] * exponent * Math.Pow(value, exponent - 1))], 1e-14, $"n = {exponent}");
        }
    }
}
