namespace NeuralOde.Tests.Gradients;

/// <summary>The vector fields, output times and losses that gradients are tested on.</summary>
internal static class GradientProblems
{
    public static readonly string[] FieldNames = ["network", "network of time", "Lotka-Volterra", "forced oscillator"];

    /// <summary>Every way in which the output times of a sample may lie.</summary>
    public static readonly Dictionary<string, double[]> TimePatterns = new()
    {
        ["irregular"] = [0.0, 0.13, 0.2, 0.71, 1.3, 1.35],
        ["end only"] = [-0.2, 0.9],
        ["repeated"] = [0.2, 0.5, 0.5, 0.9, 1.1, 1.1],
        ["repeated initial"] = [0.1, 0.1, 0.1, 0.6, 1.0],
        ["backward"] = [1.2, 1.0, 0.4, 0.4, -0.3],
        ["backward repeated initial"] = [0.5, 0.5, 0.2, -0.1],
        ["only initial"] = [0.3],
        ["only initial repeated"] = [0.3, 0.3],
    };

    public static TrainableVectorField Field(string name) => name switch
    {
        "network" => Network(takesTime: false),
        "network of time" => Network(takesTime: true),
        "Lotka-Volterra" => LotkaVolterra(),
        "forced oscillator" => ForcedOscillator(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown field."),
    };

    public static NeuralVectorField Network(bool takesTime, int width = 6, int seed = 3)
    {
        var field = new NeuralVectorField(new MultilayerPerceptron(takesTime ? 3 : 2, [width], 2, Activation.Tanh, seed), takesTime);
        for (int k = 0; k < field.ParameterCount; k++)
            field.Parameters[k] += 0.1 * Math.Sin(k);
        return field;
    }

    public static TrainableVectorField LotkaVolterra() => TrainableVectorField.FromFunction(dimension: 2, parameters: [1.5, 1.0, 3.0, 1.0],
        (t, y, p, dydt) =>
        {
            dydt[0] = p[0] * y[0] - p[1] * y[0] * y[1];
            dydt[1] = -p[2] * y[1] + p[3] * y[0] * y[1];
        },
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = c[0] * (p[0] - p[1] * y[1]) + c[1] * p[3] * y[1];
            cy[1] = -c[0] * p[1] * y[0] + c[1] * (p[3] * y[0] - p[2]);
            cp[0] = c[0] * y[0];
            cp[1] = -c[0] * y[0] * y[1];
            cp[2] = -c[1] * y[1];
            cp[3] = c[1] * y[0] * y[1];
        });

    /// <summary>A damped pendulum pushed by a sine: x'' = −p0² sin x − p1 x' + p2 sin(p3 t).</summary>
    public static TrainableVectorField ForcedOscillator() => TrainableVectorField.FromFunction(dimension: 2, parameters: [1.3, 0.2, 0.8, 2.1],
        (t, y, p, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = -p[0] * p[0] * Math.Sin(y[0]) - p[1] * y[1] + p[2] * Math.Sin(p[3] * t);
        },
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = -c[1] * p[0] * p[0] * Math.Cos(y[0]);
            cy[1] = c[0] - c[1] * p[1];
            cp[0] = -2.0 * c[1] * p[0] * Math.Sin(y[0]);
            cp[1] = -c[1] * y[1];
            cp[2] = c[1] * Math.Sin(p[3] * t);
            cp[3] = c[1] * p[2] * t * Math.Cos(p[3] * t);
        });

    public static GradientProblem One(string field, string pattern) =>
        new(Field(field), [TimePatterns[pattern]], [[0.9, 0.7]], WeightedSquares);

    /// <summary>Samples at different times, in different directions and numbers.</summary>
    public static GradientProblem Ragged(TrainableVectorField field, int samples) => new(
        field,
        [.. Enumerable.Range(0, samples).Select(s => Pattern(s).Select(t => t + 0.05 * s).ToArray())],
        [.. Enumerable.Range(0, samples).Select(s => new[] { 1.0 + 0.3 * Math.Sin(2 * s), 0.8 + 0.3 * Math.Cos(3 * s) })],
        WeightedSquares);

    /// <summary>Σ of w z + z²/2 over the components, with a w of its own for every number.</summary>
    public static double WeightedSquares(int sample, int output, ReadOnlySpan<double> state, Span<double> cotangent)
    {
        double loss = 0.0;
        for (int i = 0; i < state.Length; i++)
        {
            double weight = Math.Cos(1.0 + 2.0 * sample + 2.3 * output + 0.7 * i);
            loss += weight * state[i] + 0.5 * state[i] * state[i];
            cotangent[i] = weight + state[i];
        }

        return loss;
    }

    private static double[] Pattern(int sample) => TimePatterns.ElementAt(sample % TimePatterns.Count).Value;
}
