namespace NeuralOde.Tests.Models;

/// <summary>Small models and losses that the tests of this room share.</summary>
internal static class ModelExamples
{
    public static readonly double[] Times = [0.0, 0.3, 0.35, 1.1, 1.5];

    /// <summary>Units far from 1, and different for every component.</summary>
    public static Standardization Units => new([1.5, -20.0], [0.5, 30.0]);

    public static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13 };

    public static GradientMethod Method(string name) => name == "discrete" ? GradientMethod.DiscreteAdjoint() : GradientMethod.ContinuousAdjoint();

    public static NeuralOdeModel Perceptron(bool takesTime = false, Standardization? standardization = null, int seed = 3, int hidden = 6)
    {
        var network = new MultilayerPerceptron(takesTime ? 3 : 2, [hidden], 2, Activation.Tanh, seed);
        Perturb(network.Parameters, seed);
        return new NeuralOdeModel(network, takesTime) { Standardization = standardization };
    }

    /// <summary>Prey, predators and a season: four parameters, nonlinear, not autonomous.</summary>
    public static NeuralOdeModel LotkaVolterra() => new(TrainableVectorField.FromFunction(2, [0.9, 0.4, 0.3, 0.7],
        (t, y, p, dydt) =>
        {
            dydt[0] = p[0] * y[0] * (1 + 0.3 * Math.Sin(t)) - p[1] * y[0] * y[1];
            dydt[1] = p[2] * y[0] * y[1] - p[3] * y[1];
        },
        (t, y, p, c, cy, cp) =>
        {
            double season = 1 + 0.3 * Math.Sin(t);
            cy[0] = c[0] * (p[0] * season - p[1] * y[1]) + c[1] * p[2] * y[1];
            cy[1] = -c[0] * p[1] * y[0] + c[1] * (p[2] * y[0] - p[3]);
            cp[0] = c[0] * y[0] * season;
            cp[1] = -c[0] * y[0] * y[1];
            cp[2] = c[1] * y[0] * y[1];
            cp[3] = -c[1] * y[1];
        }));

    /// <summary>A model whose solution z0 / (1 − z0 t) ends at t = 1/z0.</summary>
    public static NeuralOdeModel FiniteTimeBlowUp() => new(TrainableVectorField.FromFunction(1, [1.0],
        (_, y, p, dydt) => dydt[0] = p[0] * y[0] * y[0],
        (_, y, p, c, cy, cp) => (cy[0], cp[0]) = (2 * p[0] * y[0] * c[0], y[0] * y[0] * c[0])));

    /// <summary>Weighs every number of a prediction differently.</summary>
    public static double Loss(ReadOnlySpan<double> prediction, Span<double> cotangent)
    {
        double loss = 0;
        for (int i = 0; i < prediction.Length; i++)
        {
            cotangent[i] = Math.Cos(i + 1) * prediction[i];
            loss += cotangent[i] * prediction[i] / 2;
        }

        return loss;
    }

    public static double LossOf(NeuralOdeModel model, double[] initialState, double[] times)
    {
        OdeSolution solution = model.Predict(initialState, times).EnsureSuccess();
        return Loss(solution.States, new double[solution.States.Length]);
    }

    /// <summary>The central difference of a function at one element of an array, which is left as it was.</summary>
    public static double CentralDifference(Func<double> function, Span<double> values, int index, double step = 1e-5)
    {
        double value = values[index];
        values[index] = value + step;
        double above = function();
        values[index] = value - step;
        double below = function();
        values[index] = value;
        return (above - below) / (2 * step);
    }

    /// <summary>Gives biases, which start at 0, values of their own.</summary>
    private static void Perturb(Span<double> parameters, int seed)
    {
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] += 0.1 * Math.Sin(i + seed);
    }
}
