using NeuralOde.Benchmarks;
using TorchSharp;
using static TorchSharp.torch;

namespace NeuralOde.Peers;

/// <summary>W1: a training iteration on a spiral, as torchdiffeq_w1.py says, in double precision.</summary>
internal sealed class SpiralTraining
{
    private const int ObservationCount = 1000;
    private const int WindowLength = 10;
    private const int BatchSize = 20;
    private const double RelativeTolerance = 1e-7;
    private const double AbsoluteTolerance = 1e-9;

    private readonly bool _isCube;
    private readonly bool _isContinuous;
    private readonly Lcg _random = new(1);
    private readonly Perceptron _field;
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _truth;
    private readonly double[] _windowTimes;
    private readonly int[] _starts = new int[BatchSize];
    private readonly int[] _scratch = new int[ObservationCount];
    private double _loss;

    public SpiralTraining(bool isCube, bool isContinuous)
    {
        _isCube = isCube;
        _isContinuous = isContinuous;
        _field = new Perceptron(2, 50, isFedCubes: isCube, ScalarType.Float64);
        _field.Draw(_random, _ => 0.1 * Math.Sqrt(3), drawsBiases: false);
        _optimizer = isCube ? optim.RMSProp(_field.parameters(), 1e-3) : optim.Adam(_field.parameters(), 1e-3);
        double[] times = [.. Enumerable.Range(0, ObservationCount).Select(i => 25.0 * i / (ObservationCount - 1))];
        _windowTimes = times[..WindowLength];
        _truth = Solve(isCube, times);
    }

    /// <summary>The losses of the first ten iterations, and the gradient of the first.</summary>
    public Dictionary<string, double[]> ComputeFacts()
    {
        var losses = new double[10];
        double[] gradient = [];
        for (int i = 0; i < losses.Length; i++)
        {
            Iterate();
            losses[i] = _loss;
            if (i == 0)
                gradient = _field.Gradient();
        }

        return new() { ["losses"] = losses, ["gradient"] = gradient };
    }

    public (double Forward, double? Backward) Iterate()
    {
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        _random.Choose(ObservationCount - WindowLength, _starts, _scratch);
        Tensor indices = tensor([.. _starts.Select(start => (long)start)]);
        Tensor start = _truth.index_select(0, indices);
        Tensor target = stack([.. Enumerable.Range(0, WindowLength).Select(i => _truth.index_select(0, indices + i))]);
        _field.Evaluations = 0;
        List<Tensor> states;
        Tensor prediction;
        if (_isContinuous)
        {
            using (no_grad())
                states = Solve(start);
            prediction = stack(states).requires_grad_(true);
        }
        else
        {
            states = Solve(start);
            prediction = stack(states);
        }

        Tensor loss = _isCube ? (prediction - target).abs().mean() : (prediction - target).square().mean();
        int forward = _field.Evaluations;
        loss.backward();
        if (_isContinuous)
            ContinuousAdjoint.Accumulate(_field, states, prediction.grad!, _windowTimes, RelativeTolerance, AbsoluteTolerance);
        int backward = _field.Evaluations - forward;
        _optimizer.step();
        _loss = loss.ToScalar().ToDouble();
        return (forward, _isContinuous ? backward : null);
    }

    private List<Tensor> Solve(Tensor start) =>
        DormandPrince5.Solve((_, state) => _field.forward(state), start, _windowTimes, RelativeTolerance, AbsoluteTolerance, DormandPrince5.RootMeanSquare);

    private static Tensor Solve(bool isCube, double[] times)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor matrix = tensor(isCube ? new[] { -0.1, 2.0, -2.0, -0.1 } : [-0.1, -1.0, 1.0, -0.1]).reshape(2, 2);
        List<Tensor> states = DormandPrince5.Solve((_, z) => (isCube ? z.pow(3) : z).mm(matrix), tensor(new[] { 2.0, 0.0 }).reshape(1, 2), times, 1e-10, 1e-12, DormandPrince5.RootMeanSquare);
        return stack(states).squeeze(1).MoveToOuterDisposeScope();
    }
}
