namespace NeuralOde.Tests.Gradients;

/// <summary>A loss Σ ⟨weights, y(t)⟩ over output times of a field whose solution stays where it starts, with its gradient by a quadrature of its own.</summary>
/// <param name="Kind">What field it is.</param>
/// <param name="Field">The field.</param>
/// <param name="Times">Output times.</param>
/// <param name="Start">The state that it rests in.</param>
/// <param name="Weights">∂L/∂y of every output.</param>
/// <param name="Gradient">dL/dθ.</param>
internal sealed record RestingField(string Kind, TrainableVectorField Field, double[] Times, double[] Start, double[][] Weights, double[] Gradient)
{
    public GradientResult Compute(GradientMethod gradient, OdeSolverOptions solver) =>
        new NeuralOdeModel(Field) { Gradient = gradient, Solver = solver }.ComputeGradient(Start, Times, Loss);

    public double Loss(ReadOnlySpan<double> prediction, Span<double> cotangent)
    {
        double loss = 0;
        for (int i = 0; i < prediction.Length; i++)
        {
            cotangent[i] = Weights[i / Start.Length][i % Start.Length];
            loss += cotangent[i] * prediction[i];
        }

        return loss;
    }

    /// <summary>The error of a gradient in what the contract allows: 100 · (relative tolerance · largest component + absolute tolerance).</summary>
    public double Excess(GradientResult result, OdeSolverOptions solver)
    {
        double error = 0, size = 0;
        for (int k = 0; k < Gradient.Length; k++)
            (error, size) = (Math.Max(error, Math.Abs(result.Parameters[k] - Gradient[k])), Math.Max(size, Math.Abs(Gradient[k])));
        return error / (100 * (solver.RelativeTolerance * size + solver.AbsoluteTolerance));
    }
}

/// <summary>Random fields at rest whose parameters act at any time.</summary>
internal static class RestingFields
{
    public const int Kinds = 4;

    public static RestingField Random(int seed)
    {
        var random = new Random(seed);
        double end = LogUniform(random, 1, 20);
        int dimension = random.Next(1, 4), outputs = random.Next(2) == 0 ? 2 : random.Next(3, 20);
        bool endOnly = random.Next(2) == 0;
        double[] times = [.. Enumerable.Range(0, outputs).Select(i => end * i / (outputs - 1))];
        double[][] weights = [.. Enumerable.Range(0, outputs).Select(i => Enumerable.Range(0, dimension).Select(_ => endOnly && i < outputs - 1 ? 0.0 : Uniform(random, -1, 1)).ToArray())];
        return (seed % Kinds) switch
        {
            0 => Sums(random, dimension, times, weights),
            1 => ZeroedNetwork(random, dimension, times, weights),
            2 => Linear(random, dimension, times, weights),
            _ => Periodic(random, dimension, times, weights),
        };
    }

    /// <summary>y' = p cos 10t at p = 0, L = y(10): dL/dp = sin(100)/10.</summary>
    public static RestingField Cosine()
    {
        var field = TrainableVectorField.FromFunction(1, [0.0], (t, _, p, dydt) => dydt[0] = p[0] * Math.Cos(10 * t), (t, _, _, c, _, cp) => cp[0] = c[0] * Math.Cos(10 * t));
        return new RestingField("cosine", field, [0, 10], [0], [[0], [1]], [-0.0506365641109759]);
    }

    private static RestingField Sums(Random random, int dimension, double[] times, double[][] weights)
    {
        int terms = random.Next(1, 6);
        double[] frequencies = [.. Enumerable.Range(0, terms).Select(_ => LogUniform(random, 0.5, 30))], phases = [.. frequencies.Select(_ => Uniform(random, 0, 6))];
        double decay = random.Next(2) == 0 ? 0 : LogUniform(random, 0.05, 2);
        return WithReference("sum", dimension, times, weights, new double[terms * dimension],
            (t, y, p, dydt) =>
            {
                for (int i = 0; i < dimension; i++)
                {
                    dydt[i] = -decay * y[i];
                    for (int k = 0; k < terms; k++)
                        dydt[i] += p[i * terms + k] * Math.Cos(frequencies[k] * t + phases[k]);
                }
            },
            (t, _, _, c, cy, cp) =>
            {
                for (int i = 0; i < dimension; i++)
                {
                    cy[i] = -decay * c[i];
                    for (int k = 0; k < terms; k++)
                        cp[i * terms + k] = c[i] * Math.Cos(frequencies[k] * t + phases[k]);
                }
            });
    }

    /// <summary>y' = A y + b at y = 0, b = 0.</summary>
    private static RestingField Linear(Random random, int dimension, double[] times, double[][] weights)
    {
        double frequency = LogUniform(random, 0.3, 8);
        double[] p = new double[dimension * dimension + dimension];
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                p[i * dimension + j] = i == j ? -Uniform(random, 0, 0.5) : Math.Sign(j - i) * frequency * Uniform(random, 0.5, 1);
        }

        return WithReference("linear", dimension, times, weights, p,
            (_, y, q, dydt) =>
            {
                for (int i = 0; i < dimension; i++)
                {
                    dydt[i] = q[dimension * dimension + i];
                    for (int j = 0; j < dimension; j++)
                        dydt[i] += q[i * dimension + j] * y[j];
                }
            },
            (_, y, q, c, cy, cp) =>
            {
                for (int i = 0; i < dimension; i++)
                {
                    cp[dimension * dimension + i] = c[i];
                    for (int j = 0; j < dimension; j++)
                    {
                        cp[i * dimension + j] = c[i] * y[j];
                        cy[j] += c[i] * q[i * dimension + j];
                    }
                }
            });
    }

    /// <summary>Components that drive each other with coefficients of time, and a constant and a sine that drive them, at rest.</summary>
    private static RestingField Periodic(Random random, int dimension, double[] times, double[][] weights)
    {
        double w = LogUniform(random, 0.5, 20), w2 = LogUniform(random, 0.5, 20), a = Uniform(random, 0.1, 2);
        return WithReference("periodic", dimension, times, weights, new double[2 * dimension],
            (t, y, q, dydt) =>
            {
                for (int i = 0; i < dimension; i++)
                    dydt[i] = a * Math.Cos(w * t + i) * y[(i + 1) % dimension] - 0.1 * y[i] + q[i] + q[dimension + i] * Math.Sin(w2 * t);
            },
            (t, _, _, c, cy, cp) =>
            {
                for (int i = 0; i < dimension; i++)
                {
                    cy[(i + 1) % dimension] += a * Math.Cos(w * t + i) * c[i];
                    cy[i] -= 0.1 * c[i];
                    cp[i] = c[i];
                    cp[dimension + i] = c[i] * Math.Sin(w2 * t);
                }
            });
    }

    /// <summary>A network of one hidden layer that takes the time, its last layer zero: ∂y'_o/∂w_ko = tanh(α_k t + β_k), and ∫ tanh(αt + β) dt = ln cosh(αt + β)/α.</summary>
    public static RestingField ZeroedNetwork(Random random, int dimension, double[] times, double[][] weights)
    {
        int width = random.Next(4, 33), inputs = dimension + 1, last = inputs * width + width;
        var network = new MultilayerPerceptron(inputs, [width], dimension, Activation.Tanh, random.Next());
        double scale = LogUniform(random, 1, 20);
        for (int k = 0; k < network.Parameters.Length; k++)
            network.Parameters[k] = k >= last ? 0 : k < inputs * width ? scale * network.Parameters[k] : Uniform(random, -3, 3);
        double[] start = [.. Enumerable.Range(0, dimension).Select(_ => Uniform(random, -1, 1))];

        double[] gradient = new double[network.Parameters.Length];
        for (int output = 1; output < times.Length; output++)
        {
            for (int o = 0; o < dimension; o++)
            {
                gradient[last + width * dimension + o] += weights[output][o] * times[output];
                for (int k = 0; k < width; k++)
                {
                    double alpha = network.Parameters[dimension * width + k], beta = network.Parameters[inputs * width + k];
                    for (int i = 0; i < dimension; i++)
                        beta += network.Parameters[i * width + k] * start[i];
                    gradient[last + k * dimension + o] += weights[output][o] * (LogCosh(alpha * times[output] + beta) - LogCosh(beta)) / alpha;
                }
            }
        }

        return new RestingField("network", new NeuralVectorField(network, takesTime: true), times, start, weights, gradient);
    }

    /// <summary>The gradient at rest in 0 by the classical Runge–Kutta method, backward over (a, ∫ aᵀ∂f/∂θ), in many short steps.</summary>
    private static RestingField WithReference(string kind, int dimension, double[] times, double[][] weights, double[] parameters,
        ParametricVectorFieldFunction function, VectorJacobianProductFunction product)
    {
        const int StepsOfAll = 3000;
        double[] zero = new double[dimension], a = new double[dimension], gradient = new double[parameters.Length];
        for (int output = times.Length - 1; output > 0; output--)
        {
            for (int i = 0; i < dimension; i++)
                a[i] += weights[output][i];
            int steps = (int)Math.Ceiling(StepsOfAll * (times[output] - times[output - 1]) / times[^1]);
            double h = (times[output] - times[output - 1]) / steps;
            for (int step = 0; step < steps; step++)
            {
                double t = times[output] - step * h;
                (double[] A1, double[] G1) = Products(t, a);
                (double[] A2, double[] G2) = Products(t - h / 2, Sum(a, h / 2, A1));
                (double[] A3, double[] G3) = Products(t - h / 2, Sum(a, h / 2, A2));
                (double[] A4, double[] G4) = Products(t - h, Sum(a, h, A3));
                for (int i = 0; i < dimension; i++)
                    a[i] += h / 6 * (A1[i] + 2 * A2[i] + 2 * A3[i] + A4[i]);
                for (int k = 0; k < gradient.Length; k++)
                    gradient[k] += h / 6 * (G1[k] + 2 * G2[k] + 2 * G3[k] + G4[k]);
            }
        }

        return new RestingField(kind, TrainableVectorField.FromFunction(dimension, parameters, function, product), times, zero, weights, gradient);

        (double[] State, double[] Parameters) Products(double t, double[] c)
        {
            double[] cy = new double[dimension], cp = new double[parameters.Length];
            product(t, zero, parameters, c, cy, cp);
            return (cy, cp);
        }

        static double[] Sum(double[] a, double h, double[] b) => [.. a.Select((value, i) => value + h * b[i])];
    }

    private static double LogCosh(double x) => Math.Abs(x) + Math.Log((1 + Math.Exp(-2 * Math.Abs(x))) / 2);

    private static double Uniform(Random random, double from, double to) => from + (to - from) * random.NextDouble();

    private static double LogUniform(Random random, double from, double to) => from * Math.Pow(to / from, random.NextDouble());
}
