using TorchSharp;
using static TorchSharp.torch;

namespace NeuralOde.Peers;

/// <summary>
/// Dormand–Prince 5(4) with the quartic continuous extension of DOPRI5, for tensors, with step sizes as torchdiffeq chooses them. What autograd records
/// of a solve is the steps' arithmetic; step sizes and errors are outside of it.
/// </summary>
internal static class DormandPrince5
{
    /// <summary>Returns the states at <paramref name="times"/>, which go either way; the first is <paramref name="start"/>.</summary>
    /// <param name="field">The time derivative at a time and a state.</param>
    /// <param name="start">The state at the first of the times.</param>
    /// <param name="times">At least two.</param>
    /// <param name="relativeTolerance">Of the error of a step, component by component.</param>
    /// <param name="absoluteTolerance">Likewise.</param>
    /// <param name="norm">Makes one number of errors in units of the tolerance.</param>
    public static List<Tensor> Solve(Func<double, Tensor, Tensor> field, Tensor start, double[] times, double relativeTolerance, double absoluteTolerance, Func<Tensor, double> norm)
    {
        var states = new List<Tensor>(times.Length) { start };
        double direction = Math.Sign(times[^1] - times[0]), time = times[0];
        Tensor state = start, slope = field(time, state);
        double size = FirstStep(field, time, state, slope, direction, relativeTolerance, absoluteTolerance, norm);
        while (states.Count < times.Length)
        {
            using var scope = NewDisposeScope();
            double step = direction * size;
            var stages = new List<Tensor>(7) { slope };
            Tensor next = state;
            for (int stage = 0; stage < Couplings.Length; stage++)
            {
                next = Combine(state, step, Couplings[stage], stages);
                stages.Add(field(time + step * Nodes[stage], next));
            }

            double error;
            using (no_grad())
                error = norm(Combine(null, step, ErrorWeights, stages) / (maximum(state.abs(), next.abs()) * relativeTolerance + absoluteTolerance));
            if (error <= 1)
            {
                double end = time + step;
                if (direction * (times[states.Count] - end) <= 0)
                    Interpolate(states, times, direction, time, end, state, next, stages);
                time = end;
                state = next.MoveToOuterDisposeScope();
                slope = stages[6].MoveToOuterDisposeScope();
            }

            size *= error == 0 ? MaximalGrowth : Math.Clamp(Safety * Math.Pow(error, -0.2), error > 1 ? MinimalGrowth : 1.0, MaximalGrowth);
        }

        return states;
    }

    public static double RootMeanSquare(Tensor values) => values.square().mean().sqrt().ToScalar().ToDouble();

    /// <summary>E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, section II.4.</summary>
    private static double FirstStep(Func<double, Tensor, Tensor> field, double time, Tensor state, Tensor slope, double direction, double relativeTolerance, double absoluteTolerance, Func<Tensor, double> norm)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor scale = state.abs() * relativeTolerance + absoluteTolerance;
        double stateNorm = norm(state / scale), slopeNorm = norm(slope / scale);
        double trial = stateNorm < 1e-5 || slopeNorm < 1e-5 ? 1e-6 : 0.01 * stateNorm / slopeNorm;
        double curvature = norm((field(time + direction * trial, state.add(slope, alpha: direction * trial)) - slope) / scale) / trial;
        double largest = Math.Max(slopeNorm, curvature);
        return Math.Min(100 * trial, largest <= 1e-15 ? Math.Max(1e-6, 1e-3 * trial) : Math.Pow(0.01 / largest, 0.2));
    }

    private static void Interpolate(List<Tensor> states, double[] times, double direction, double time, double end, Tensor state, Tensor next, List<Tensor> stages)
    {
        double step = end - time;
        Tensor difference = next - state, first = stages[0] * step - difference, second = difference - stages[6] * step - first, third = Combine(null, step, DenseWeights, stages);
        while (states.Count < times.Length && direction * (times[states.Count] - end) <= 0)
        {
            double x = (times[states.Count] - time) / step;
            states.Add((state + x * (difference + (1 - x) * (first + x * (second + (1 - x) * third)))).MoveToOuterDisposeScope());
        }
    }

    private static Tensor Combine(Tensor? state, double step, double[] weights, List<Tensor> stages)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] != 0)
                state = state is null ? stages[i] * (step * weights[i]) : state.add(stages[i], alpha: step * weights[i]);
        }

        return state!;
    }

    private const double Safety = 0.9;
    private const double MinimalGrowth = 0.2;
    private const double MaximalGrowth = 10.0;

    private static readonly double[] Nodes = [1d / 5, 3d / 10, 4d / 5, 8d / 9, 1, 1];

    private static readonly double[][] Couplings =
    [
        [1d / 5],
        [3d / 40, 9d / 40],
        [44d / 45, -56d / 15, 32d / 9],
        [19372d / 6561, -25360d / 2187, 64448d / 6561, -212d / 729],
        [9017d / 3168, -355d / 33, 46732d / 5247, 49d / 176, -5103d / 18656],
        [35d / 384, 0, 500d / 1113, 125d / 192, -2187d / 6784, 11d / 84],
    ];

    private static readonly double[] ErrorWeights = [71d / 57600, 0, -71d / 16695, 71d / 1920, -17253d / 339200, 22d / 525, -1d / 40];

    private static readonly double[] DenseWeights =
    [
        -12715105075d / 11282082432, 0, 87487479700d / 32700410799, -10690763975d / 1880347072, 701980252875d / 199316789632, -1453857185d / 822651844, 69997945d / 29380423,
    ];
}
