using MathNet.Numerics.Integration;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Fuzzing;

/// <summary>y' = A y with an orthogonal basis of eigenvectors or pairs of them: solutions are exponentials, and nothing grows by the basis.</summary>
internal sealed class LinearProblem : SolverProblem
{
    private readonly Matrix<double> _basis;
    // A pair of components has the eigenvalues a ± ib.
    private readonly double[] _real;
    private readonly double[] _imaginary;

    public LinearProblem(Random random, double duration, bool mayBeStiff)
    {
        int pairs = random.Next(1, 5);
        double fastest = mayBeStiff && random.Chance(0.7) ? 1e6 : 8.0;
        _real = new double[pairs];
        _imaginary = new double[pairs];
        for (int k = 0; k < pairs; k++)
        {
            _real[k] = -Math.Sign(duration) * (random.Chance(0.3) ? 0.0 : random.PowerOfTen(-2.0, Math.Log10(fastest)) / Math.Abs(duration));
            _imaginary[k] = random.Chance(0.5) && _real[k] != 0.0 ? 0.0 : random.Between(0.1, 10.0) / Math.Abs(duration);
        }

        _basis = Matrix<double>.Build.Dense(2 * pairs, 2 * pairs, (_, _) => random.Between(-1.0, 1.0)).GramSchmidt().Q;
        var blocks = Matrix<double>.Build.Dense(2 * pairs, 2 * pairs);
        for (int k = 0; k < pairs; k++)
        {
            blocks[2 * k, 2 * k] = blocks[2 * k + 1, 2 * k + 1] = _real[k];
            blocks[2 * k, 2 * k + 1] = _imaginary[k];
            blocks[2 * k + 1, 2 * k] = -_imaginary[k];
        }

        double[][] rows = (_basis * blocks * _basis.Transpose()).ToRowArrays();
        Rate = Enumerable.Range(0, pairs).Max(k => Math.Abs(_real[k]) + Math.Abs(_imaginary[k]));
        if (random.Chance(0.3))
        {
            Field = VectorField.FromLanes(rows.Length, (t, y, dydt) =>
            {
                for (int i = 0; i < rows.Length; i++)
                {
                    for (int j = 0; j < rows.Length; j++)
                        dydt[i] += rows[i][j] * y[j];
                }
            });
        }
        else
        {
            Field = VectorField.FromFunction(rows.Length, (t, y, dydt) =>
            {
                for (int i = 0; i < rows.Length; i++)
                {
                    double sum = 0.0;
                    for (int j = 0; j < rows.Length; j++)
                        sum += rows[i][j] * y[j];
                    dydt[i] = sum;
                }
            });
        }
    }

    public override string Name => $"linear of {Dimension}, rate {Rate:g3}";

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] DrawState(Random random, double t0) => random.Many(Dimension, -2.0, 2.0);

    public override double[] Solution(double t0, double[] initial, double t)
    {
        Vector<double> z = _basis.TransposeThisAndMultiply(Vector<double>.Build.Dense(initial));
        for (int k = 0; k < _real.Length; k++)
        {
            double factor = Math.Exp(_real[k] * (t - t0)), angle = _imaginary[k] * (t - t0);
            (z[2 * k], z[2 * k + 1]) = (factor * (Math.Cos(angle) * z[2 * k] + Math.Sin(angle) * z[2 * k + 1]), factor * (Math.Cos(angle) * z[2 * k + 1] - Math.Sin(angle) * z[2 * k]));
        }

        return (_basis * z).ToArray();
    }

    public override double Growth(double t0, double[] initial, double t1) => 1.0;
}

/// <summary>y' = Σ a cos(ω t + φ), a sum for every component: nothing but a quadrature.</summary>
internal sealed class QuadratureProblem : SolverProblem
{
    private readonly double[][] _amplitudes;
    private readonly double[][] _frequencies;
    private readonly double[][] _phases;
    private readonly double _t0;

    public QuadratureProblem(Random random, double t0, double duration)
    {
        int dimension = random.Next(1, 4), terms = random.Next(1, 4);
        _t0 = t0;
        _amplitudes = [.. Enumerable.Range(0, dimension).Select(_ => random.Many(terms, -2.0, 2.0))];
        _frequencies = [.. Enumerable.Range(0, dimension).Select(_ => random.Many(terms, 0.1, 15.0 / Math.Abs(duration)))];
        _phases = [.. Enumerable.Range(0, dimension).Select(_ => random.Many(terms, 0.0, 6.0))];
        Rate = _frequencies.Max(row => row.Max());
        Field = VectorField.FromFunction(dimension, (t, y, dydt) =>
        {
            for (int i = 0; i < dydt.Length; i++)
            {
                for (int k = 0; k < _phases[i].Length; k++)
                    dydt[i] += _amplitudes[i][k] * Math.Cos(_frequencies[i][k] * (t - _t0) + _phases[i][k]);
            }
        });
    }

    public override string Name => $"quadrature of {Dimension}";

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] DrawState(Random random, double t0) => random.Many(Dimension, -2.0, 2.0);

    public override double[] Solution(double t0, double[] initial, double t)
    {
        double[] state = [.. initial];
        for (int i = 0; i < state.Length; i++)
        {
            for (int k = 0; k < _phases[i].Length; k++)
            {
                double frequency = _frequencies[i][k];
                state[i] += _amplitudes[i][k] * (Math.Sin(frequency * (t - _t0) + _phases[i][k]) - Math.Sin(frequency * (t0 - _t0) + _phases[i][k])) / frequency;
            }
        }

        return state;
    }

    public override double Growth(double t0, double[] initial, double t1) => 1.0;
}

/// <summary>y' = u(t) − a y with an input of any kind, some of whose times are a rounding or two from where the solve starts and is observed.</summary>
internal sealed class ForcedProblem : SolverProblem
{
    private readonly InputSignal _input;
    private readonly double _decay;

    public ForcedProblem(Random random, double t0, double duration)
    {
        int count = random.Next(2, 8);
        double[] times = [.. Enumerable.Range(0, count).Select(_ => t0 + duration * random.Between(-0.2, 1.2))];
        times[0] = Draw.Roundings(t0, random.Next(-4, 5));
        if (random.Chance(0.3))
            times[1] = Draw.Roundings(times[0], random.Next(-2, 3));
        times = [.. times.Distinct().Order()];
        double[] values = random.Many(times.Length, -2.0, 2.0);
        // Two values a rounding apart are a jump, which no line can be.
        bool areClose = times.Zip(times.Skip(1), (a, b) => b - a).Any(length => length < 1e-3 * Math.Abs(duration));
        _input = areClose || times.Length < 2 || random.Chance(0.4) ? InputSignal.PiecewiseConstant(times, values)
            : random.Chance(0.5) ? InputSignal.PiecewiseLinear(times, values) : InputSignal.CubicSpline(times, values);
        _decay = random.Between(0.0, 3.0) / duration;
        Rate = 1000.0 / Math.Abs(duration);
        Field = VectorField.FromFunction(1, _input, (t, y, u, dydt) => dydt[0] = u[0] - _decay * y[0]);
    }

    public override string Name => $"forced, {_input.Breakpoints.Length} breakpoints";

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] DrawState(Random random, double t0) => random.Many(1, -2.0, 2.0);

    public override double[] Solution(double t0, double[] initial, double t)
    {
        double low = Math.Min(t0, t), high = Math.Max(t0, t), sum = 0.0;
        double[] ends = [low, .. _input.Breakpoints.ToArray().Where(time => time > low && time < high), high];
        for (int k = 1; k < ends.Length; k++)
        {
            double start = ends[k - 1], length = ends[k] - start, last = Math.BitDecrement(ends[k]);
            sum += length * GaussLegendreRule.Integrate(x =>
            {
                double s = Math.Min(start + x * length, last);
                return Math.Exp(_decay * (s - t)) * _input.Evaluate(s)[0];
            }, 0.0, 1.0, 20);
        }

        return [Math.Exp(_decay * (t0 - t)) * initial[0] + (t < t0 ? -sum : sum)];
    }

    public override double Growth(double t0, double[] initial, double t1) => 1.0;
}

/// <summary>y' = r_k y with rates that change at declared times.</summary>
internal sealed class SwitchedProblem : SolverProblem
{
    private readonly double[] _times;
    private readonly double[] _rates;

    public SwitchedProblem(Random random, double t0, double duration)
    {
        _times = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => t0 + duration * random.Between(-0.1, 1.1))];
        if (random.Chance(0.5))
            _times[0] = Draw.Roundings(t0, random.Next(-3, 4));
        _times = [.. _times.Distinct().Order()];
        _rates = [.. random.Many(_times.Length + 1, -3.0, 1.0).Select(rate => rate / duration)];
        Rate = 3.0 / Math.Abs(duration);
        bool isAfter = random.Chance(0.5);
        Field = VectorField.FromFunction(1, (t, y, dydt) =>
        {
            int k = 0;
            while (k < _times.Length && (isAfter ? t >= _times[k] : t > _times[k]))
                k++;
            dydt[0] = _rates[k] * y[0];
        });
    }

    public override string Name => $"switched at {_times.Length} times";

    public override VectorField Field { get; }

    public override double Rate { get; }

    public override double[] JumpTimes => _times;

    public override double[] DrawState(Random random, double t0) => random.Many(1, 0.5, 2.0);

    public override double[] Solution(double t0, double[] initial, double t) => [initial[0] * Math.Exp(Exponent(t) - Exponent(t0))];

    public override double Growth(double t0, double[] initial, double t1) => Math.E;

    /// <summary>∫ r from the first of the times.</summary>
    private double Exponent(double t)
    {
        if (t <= _times[0])
            return _rates[0] * (t - _times[0]);
        double sum = 0.0;
        for (int k = 0; k < _times.Length && _times[k] < t; k++)
            sum += _rates[k + 1] * (Math.Min(t, k + 1 < _times.Length ? _times[k + 1] : t) - _times[k]);
        return sum;
    }
}
