using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>Models to save: together they use whatever a model file can hold.</summary>
internal static class ModelSamples
{
    public static NeuralOdeModel Make(RandomSource random)
    {
        int dimension = random.Next(1, 4);
        bool takesTime = random.Next(3) == 0;
        int inputs = random.Next(3) == 0 ? random.Next(1, 4) : 0;
        Network network = MakeNetwork(random, dimension, inputs + (takesTime ? 1 : 0));
        Standardization? standardization = random.Next(3) switch
        {
            0 => null,
            1 => new Standardization(Draw(random, dimension, -10, 10), Draw(random, dimension, 0.1, 10)),
            _ => new Standardization(Draw(random, dimension, -10, 10), Draw(random, dimension, 0.1, 10), random.NextDouble(), 0.5 + random.NextDouble(), Draw(random, inputs, -1, 1), Draw(random, inputs, 0.5, 2)),
        };
        NeuralVectorField field = inputs == 0 ? new NeuralVectorField(network, takesTime)
            : random.Next(2) == 0 ? new NeuralVectorField(network, inputs, takesTime)
            : new NeuralVectorField(network, MakeSignal(random, inputs), takesTime);
        return new NeuralOdeModel(field)
        {
            Standardization = standardization,
            MeasuredComponents = random.Next(4) == 0 ? [dimension - 1] : null,
            Solver = MakeSolver(random, dimension),
            Gradient = random.Next(4) switch
            {
                0 => GradientMethod.ContinuousAdjoint(),
                1 => GradientMethod.ContinuousAdjoint(1e-5, 1e-8),
                2 => GradientMethod.DiscreteAdjoint(recordingBudget: 1000),
                _ => GradientMethod.DiscreteAdjoint(),
            },
        };
    }

    private static InputSignal MakeSignal(RandomSource random, int dimension)
    {
        double[] times = [0, .. Enumerable.Range(1, random.Next(1, 5)).Select(k => 0.2 * k)];
        var values = new double[times.Length, dimension];
        for (int k = 0; k < times.Length; k++)
        {
            for (int i = 0; i < dimension; i++)
                values[k, i] = random.NextDouble();
        }

        InputSignal measured = random.Next(3) switch
        {
            0 => InputSignal.PiecewiseConstant(times, values),
            1 => InputSignal.PiecewiseLinear(times, values),
            _ => InputSignal.CubicSpline(times, values),
        };
        if (dimension == 1 || random.Next(2) == 0)
            return measured;
        return InputSignal.Combine([InputSignal.PiecewiseLinear(times, times), InputSignal.Constant(new double[dimension - 1])]);
    }

    private static Sequential MakeNetwork(RandomSource random, int dimension, int further)
    {
        var layers = new List<Layer>();
        int size = dimension + further;
        if (random.Next(3) == 0)
            layers.Add(new ElementwisePower(size, random.Next(1, 4)));
        for (int hidden = random.Next(0, 3); hidden > 0; hidden--)
        {
            int outputs = random.Next(1, 9);
            layers.Add(new Dense(size, outputs, WeightInitialization.XavierUniform, hasBias: random.Next(4) > 0));
            layers.Add(new ActivationLayer(outputs, random.Next(2) == 0 ? Activation.Tanh : Activation.Sin));
            size = outputs;
        }

        layers.Add(new Dense(size, dimension));
        return new Sequential(random.Next(), [.. layers]) { Precision = random.Next(4) == 0 ? Precision.Single : Precision.Double };
    }

    private static OdeSolverOptions MakeSolver(RandomSource random, int dimension)
    {
        OdeMethod method = random.Next(6) switch
        {
            0 => OdeMethod.Tsitouras5,
            1 => OdeMethod.RungeKutta4,
            2 or 3 => OdeMethod.FromTableau("Kutta3", 3, [0, 0.5, 1], [[], [0.5], [-1, 2]], [1.0 / 6, 4.0 / 6, 1.0 / 6], [0, 1, 0], 2),
            _ => OdeMethod.DormandPrince5,
        };
        var options = new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive && random.Next(4) > 0 ? null : 0.125 };
        return random.Next(3) switch
        {
            0 => options with { JumpTimes = [0.25, 0.5], InitialStep = 0.01, MaxStep = 0.5, ErrorNorm = ErrorNorm.Maximum },
            1 => options with { RelativeTolerances = Draw(random, dimension, 1e-6, 1e-3), AbsoluteTolerances = Draw(random, dimension, 1e-9, 1e-6) },
            _ => options with { ErrorControl = ErrorControl.Joint, StepToOutputTimes = true, Controller = StepSizeController.Hairer },
        };
    }

    private static double[] Draw(RandomSource random, int count, double from, double to) =>
        [.. Enumerable.Range(0, count).Select(_ => from + (to - from) * random.NextDouble())];
}
