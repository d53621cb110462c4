namespace NeuralOde.Tests;

internal static class Derivatives
{
    /// <summary>The gradient of a function by fourth-order central differences, good to about 1e-11 of the function's size.</summary>
    public static double[] CentralDifferences(Func<double[], double> function, ReadOnlySpan<double> at, double step = 1e-3)
    {
        double[] x = at.ToArray(), gradient = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double middle = x[i];
            double Shifted(double shift)
            {
                x[i] = middle + shift;
                return function(x);
            }

            gradient[i] = (8 * (Shifted(step) - Shifted(-step)) - (Shifted(2 * step) - Shifted(-2 * step))) / (12 * step);
            x[i] = middle;
        }

        return gradient;
    }
}
