using NeuralOde.Benchmarks;
using TorchSharp;
using static TorchSharp.torch;

namespace NeuralOde.Peers;

/// <summary>W3: 64-256-64 on a batch of 256, as torchdiffeq_w3.py says.</summary>
internal sealed class LargeNetwork
{
    private const int Samples = 256;
    private const int Dimension = 64;
    private const double RelativeTolerance = 1e-5;
    private const double AbsoluteTolerance = 1e-7;
    private static readonly double[] Times = [0.0, 1.0];

    private readonly string _task;
    private readonly Perceptron _field;
    private readonly Tensor _start;
    private Tensor? _end;
    private double _loss;

    /// <param name="task">forward, backprop or adjoint.</param>
    /// <param name="type">Of all numbers.</param>
    public LargeNetwork(string task, ScalarType type)
    {
        _task = task;
        var random = new Lcg(3);
        _field = new Perceptron(Dimension, 256, isFedCubes: false, type);
        _field.Draw(random, inputs => 3.0 / Math.Sqrt(inputs), drawsBiases: true);
        _start = tensor(Perceptron.Draw(random, -1, 1, Samples * Dimension)).reshape(Samples, Dimension).to(type);
    }

    /// <summary>The end states, or the loss and its gradient.</summary>
    public Dictionary<string, double[]> ComputeFacts()
    {
        Run();
        return _task == "forward" ? new() { ["end"] = Perceptron.Flat(_end!) } : new() { ["loss"] = [_loss], ["gradient"] = _field.Gradient() };
    }

    public (double Forward, double? Backward) Run()
    {
        using var scope = NewDisposeScope();
        _field.zero_grad();
        _field.Evaluations = 0;
        return _task switch
        {
            "forward" => Forward(),
            "adjoint" => Adjoint(),
            _ => Backpropagate(),
        };
    }

    private (double Forward, double? Backward) Forward()
    {
        using var noGradient = no_grad();
        _end?.Dispose();
        _end = Solve()[^1].DetachFromDisposeScope();
        return (_field.Evaluations, 0);
    }

    private (double Forward, double? Backward) Backpropagate()
    {
        Tensor loss = Solve()[^1].square().mean();
        int forward = _field.Evaluations;
        loss.backward();
        _loss = loss.ToScalar().ToDouble();
        return (forward, null);
    }

    private (double Forward, double? Backward) Adjoint()
    {
        using var noGradient = no_grad();
        List<Tensor> states = Solve();
        int forward = _field.Evaluations;
        Tensor end = states[^1];
        _loss = end.square().mean().ToScalar().ToDouble();
        ContinuousAdjoint.Accumulate(_field, states, stack([zeros_like(end), end * (2.0 / end.numel())]), Times, RelativeTolerance, AbsoluteTolerance);
        return (forward, _field.Evaluations - forward);
    }

    private List<Tensor> Solve() =>
        DormandPrince5.Solve((_, state) => _field.forward(state), _start, Times, RelativeTolerance, AbsoluteTolerance, DormandPrince5.RootMeanSquare);
}
