using System.Numerics;

namespace NeuralOde.Tests.Kernels;

public class PowerKernelsTests
{
    [Fact]
    public void Every_power_and_its_derivative_are_those_of_the_plain_formula_in_every_width()
    {
        Check<double>();
        Check<float>();
    }

    private static void Check<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = [.. VectorWidths.Round<T>(Batches.Random(46, 1)), T.Zero, -T.One];
        T[] g = VectorWidths.Round<T>(Batches.Random(48, 2));
        double tolerance = 40.0 * VectorWidths.Epsilon<T>();
        for (int n = 1; n <= 16; n++)
        {
            int exponent = n;
            double[] powers = [.. VectorWidths.Widen(x).Select(value => Math.Pow(value, exponent))];
            double[] expected = [.. VectorWidths.Widen(x).Zip(VectorWidths.Widen(g), (value, c) => c * exponent * Math.Pow(value, exponent - 1))];
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                T[] power = new T[48], cotangents = new T[48];
                kernels.Power(x, exponent, power);
                kernels.BackpropagatePower(x, exponent, g, cotangents);
                VectorWidths.Widen(power).ShouldBeNear(powers, tolerance, $"n = {exponent}, {name}");
                VectorWidths.Widen(cotangents).ShouldBeNear(expected, tolerance, $"n = {exponent}, {name}");
            }
        }
    }
}
