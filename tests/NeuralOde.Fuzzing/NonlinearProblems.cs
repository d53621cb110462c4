namespace NeuralOde.Fuzzing;

/// <summary>Scalar equations that are not linear, or stiff, with solutions in closed form.</summary>
internal sealed class ScalarProblem : SolverProblem
{
    private readonly Func<double, double[], double, double> _solution;
    private readonly double _growth;
    private readonly double _low;
    private readonly double _high;

    public ScalarProblem(Random random, double origin, double duration, bool mayBeStiff)
    {
        double length = Math.Abs(duration), sign = Math.Sign(duration);
        (_low, _high) = (0.2, 3.0);
        switch (mayBeStiff && random.Chance(0.5) ? 3 : random.Next(3))
        {
            case 0:
                {
                    // Logistic growth to 2; differences grow at most as the slope does, whose largest value is at 1.
                    double r = random.Between(0.5, 5.0) / duration;
                    Name = $"logistic, rate {r:g3}";
                    Field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = r * y[0] * (1.0 - y[0] / 2.0));
                    _solution = (t0, y, t) => 2.0 / (1.0 + (2.0 / y[0] - 1.0) * Math.Exp(-r * (t - t0)));
                    _growth = 3.0;
                    Rate = 2.0 * Math.Abs(r);
                    break;
                }

            case 1:
                {
                    double w = random.Between(1.0, 10.0) / length;
                    Name = $"y cos, frequency {w:g3}";
                    Field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = w * y[0] * Math.Cos(w * (t - origin)));
                    _solution = (t0, y, t) => y[0] * Math.Exp(Math.Sin(w * (t - origin)) - Math.Sin(w * (t0 - origin)));
                    _growth = Math.Exp(2.0);
                    Rate = w;
                    break;
                }

            case 2:
                {
                    double r = random.Between(0.5, 5.0) / duration;
                    Name = $"-y², rate {r:g3}";
                    Field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -r * y[0] * y[0]);
                    _solution = (t0, y, t) => 1.0 / (1.0 / y[0] + r * (t - t0));
                    _growth = 1.0;
                    Rate = 6.0 * Math.Abs(r);
                    break;
                }

            default:
                {
                    // Prothero and Robinson.
                    double rate = random.PowerOfTen(0.0, 7.0) / length, w = random.Between(0.5, 7.0) / length;
                    Name = $"Prothero-Robinson, rate {rate:g3}";
                    Field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -sign * rate * (y[0] - Math.Cos(w * (t - origin))) - w * Math.Sin(w * (t - origin)));
                    _solution = (t0, y, t) => Math.Cos(w * (t - origin)) + (y[0] - Math.Cos(w * (t0 - origin))) * Math.Exp(-rate * Math.Abs(t - t0));
                    _growth = 1.0;
                    Rate = rate;
                    break;
                }
        }
    }

    public override string Name { get; }

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] DrawState(Random random, double t0) => random.Many(1, _low, _high);

    public override double[] Solution(double t0, double[] initial, double t) => [_solution(t0, initial, t)];

    public override double Growth(double t0, double[] initial, double t1) => _growth;
}

/// <summary>Equations without a closed form, whose solutions are those of Dormand–Prince 8(5,3) at 1e-13.</summary>
internal sealed class ComputedProblem : SolverProblem
{
    private static readonly OdeSolverOptions Tight = new() { Method = OdeMethod.DormandPrince8, RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14, Output = OdeOutput.End };

    private readonly double[] _low;
    private readonly double[] _high;

    public ComputedProblem(Random random, double origin, double duration)
    {
        double s = random.Between(1.0, 8.0) / duration;
        Rate = 5.0 * Math.Abs(s);
        switch (random.Next(4))
        {
            case 0:
                Name = "pendulum";
                (_low, _high) = ([-2.0, -1.0], [2.0, 1.0]);
                Field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (s * y[1], -s * Math.Sin(y[0])));
                break;
            case 1:
                Name = "Lotka-Volterra";
                (_low, _high) = ([0.5, 0.5], [2.0, 2.0]);
                Field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (s * y[0] * (1.0 - y[1]), s * y[1] * (y[0] - 1.0)));
                break;
            case 2:
                double mu = random.Between(0.1, 3.0);
                Name = $"Van der Pol, mu {mu:g3}";
                Rate *= 10.0;
                (_low, _high) = ([1.0, -1.0], [2.0, 1.0]);
                Field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (s * y[1], s * (mu * (1.0 - y[0] * y[0]) * y[1] - y[0])));
                break;
            default:
                {
                    int dimension = random.Next(1, 6), width = random.Next(1, 9);
                    bool takesTime = random.Chance(0.5);
                    Name = $"network of {dimension}-{width}";
                    (_low, _high) = ([.. Enumerable.Repeat(-1.0, dimension)], [.. Enumerable.Repeat(1.0, dimension)]);
                    double[] inner = random.Many(width * (dimension + 1), -1.0, 1.0), outer = random.Many(dimension * width, -1.0, 1.0);
                    if (random.Chance(0.5))
                    {
                        // The library's own network, over the same time for every field.
                        var network = new MultilayerPerceptron(dimension, [width], dimension, Activation.Tanh, seed: random.Next());
                        Field = new NeuralVectorField(network);
                        break;
                    }

                    Field = VectorField.FromFunction(dimension, (t, y, dydt) =>
                    {
                        for (int k = 0; k < width; k++)
                        {
                            double sum = takesTime ? inner[k * (dimension + 1) + dimension] * s * (t - origin) : 0.0;
                            for (int i = 0; i < dimension; i++)
                                sum += inner[k * (dimension + 1) + i] * y[i];
                            double value = s * Math.Tanh(sum);
                            for (int i = 0; i < dimension; i++)
                                dydt[i] += outer[i * width + k] * value;
                        }
                    });
                    break;
                }
        }
    }

    public override string Name { get; }

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] DrawState(Random random, double t0) => [.. _low.Zip(_high, random.Between)];

    public override double[] Solution(double t0, double[] initial, double t)
    {
        if (t == t0)
            return initial;
        return OdeSolver.Solve(Field, initial, t0, t, Tight).EnsureSuccess().FinalState.ToArray();
    }

    /// <summary>From solves through states moved a little, at the start and on the way.</summary>
    public override double Growth(double t0, double[] initial, double t1)
    {
        const double move = 1e-6;
        double growth = 1.0;
        double[] state = initial;
        const int pieces = 4;
        for (int piece = 0; piece < pieces; piece++)
        {
            double start = t0 + (t1 - t0) * piece / pieces;
            if (piece > 0)
                state = Solution(t0, initial, start);
            for (int i = 0; i < state.Length; i++)
            {
                double[] moved = [.. state];
                moved[i] += move;
                foreach (double end in new[] { 0.5 * (start + t1), t1 })
                {
                    double[] there = Solution(start, moved, end), expected = Solution(start, state, end);
                    growth = Math.Max(growth, there.Zip(expected, (a, b) => Math.Abs(a - b)).Max() / move);
                }
            }
        }

        return growth;
    }
}
