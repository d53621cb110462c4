using System.Collections.Concurrent;

namespace NeuralOde.Tests.Gradients;

/// <summary>Fields that almost rest: those of <see cref="RestingFields"/> with every state and every parameter moved by 1e-8 to 1e-3.</summary>
internal static class NearRest
{
    private const int StepsOfAll = 3000;

    private static readonly ConcurrentDictionary<int, RestingField> Known = new();

    public static RestingField Random(int seed) => Known.GetOrAdd(seed, Create);

    private static RestingField Create(int seed)
    {
        RestingField resting = RestingFields.Random(seed);
        var random = new Random(seed + 77777);
        double Move(double value) => value + (random.Next(2) * 2 - 1) * Math.Pow(10, -8 + 5 * random.NextDouble());
        double[] start = [.. resting.Start.Select(Move)];
        for (int k = 0; k < resting.Field.Parameters.Length; k++)
            resting.Field.Parameters[k] = Move(resting.Field.Parameters[k]);
        RestingField moved = resting with { Start = start };
        return moved with { Gradient = Gradient(moved) };
    }

    /// <summary>The gradient by the classical Runge–Kutta method: forward in half steps, backward over (a, ∫ aᵀ∂f/∂θ) along the states found.</summary>
    private static double[] Gradient(RestingField problem)
    {
        var field = new Products(problem.Field);
        double[][] states = [problem.Start];
        var segments = new List<(double[][] States, double Start, double Step)>();
        for (int output = 1; output < problem.Times.Length; output++)
        {
            double start = problem.Times[output - 1], length = problem.Times[output] - start;
            int steps = (int)Math.Ceiling(StepsOfAll * length / problem.Times[^1]);
            states = field.Forward(start, length / steps / 2, 2 * steps, states[^1]);
            segments.Add((states, start, length / steps));
        }

        double[] a = new double[problem.Start.Length], gradient = new double[problem.Field.ParameterCount];
        for (int output = problem.Times.Length - 1; output > 0; output--)
        {
            for (int i = 0; i < a.Length; i++)
                a[i] += problem.Weights[output][i];
            (double[][] seen, double start, double step) = segments[output - 1];
            for (int n = seen.Length - 1; n > 0; n -= 2)
            {
                double t = start + n * step / 2;
                (double[] A1, double[] G1) = field.At(t, seen[n], a);
                (double[] A2, double[] G2) = field.At(t - step / 2, seen[n - 1], Sum(a, step / 2, A1));
                (double[] A3, double[] G3) = field.At(t - step / 2, seen[n - 1], Sum(a, step / 2, A2));
                (double[] A4, double[] G4) = field.At(t - step, seen[n - 2], Sum(a, step, A3));
                for (int i = 0; i < a.Length; i++)
                    a[i] += step / 6 * (A1[i] + 2 * A2[i] + 2 * A3[i] + A4[i]);
                for (int k = 0; k < gradient.Length; k++)
                    gradient[k] += step / 6 * (G1[k] + 2 * G2[k] + 2 * G3[k] + G4[k]);
            }
        }

        return gradient;
    }

    private static double[] Sum(double[] a, double h, double[] b) => [.. a.Select((value, i) => value + h * b[i])];

    private sealed class Products(TrainableVectorField field)
    {
        private readonly DifferentiableEvaluator _evaluator = field.CreateEvaluator(new BatchLayout(1));

        public double[][] Forward(double start, double step, int steps, double[] state)
        {
            double[][] states = new double[steps + 1][];
            states[0] = state;
            for (int n = 0; n < steps; n++)
            {
                double t = start + n * step;
                double[] k1 = Slope(t, state), k2 = Slope(t + step / 2, Sum(state, step / 2, k1)), k3 = Slope(t + step / 2, Sum(state, step / 2, k2)), k4 = Slope(t + step, Sum(state, step, k3));
                states[n + 1] = state = [.. state.Select((y, i) => y + step / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]))];
            }

            return states;
        }

        /// <summary>(∂f/∂y)ᵀ a and (∂f/∂θ)ᵀ a.</summary>
        public (double[] State, double[] Parameters) At(double time, double[] state, double[] a)
        {
            int length = _evaluator.Layout.Length(state.Length);
            double[] slope = new double[length], record = new double[_evaluator.RecordLength], product = new double[length];
            double[] paddedState = Padded(state, length), paddedAdjoint = Padded(a, length);
            double[] cotangentRecord = new double[_evaluator.CotangentRecordLength], sums = new double[_evaluator.GradientSumLength], gradient = new double[field.ParameterCount];
            _evaluator.Evaluate([time], paddedState, slope, record);
            _evaluator.PropagateCotangent([time], paddedState, record, paddedAdjoint, product, cotangentRecord);
            _evaluator.AccumulateGradient([time], paddedState, record, paddedAdjoint, cotangentRecord, [], sums);
            _evaluator.AddSums(sums, gradient);
            return (product[..state.Length], gradient);
        }

        private static double[] Padded(double[] values, int length) => [.. values, .. new double[length - values.Length]];

        private double[] Slope(double time, double[] state)
        {
            var slope = new double[state.Length];
            field.Evaluate(time, state, slope);
            return slope;
        }
    }
}
