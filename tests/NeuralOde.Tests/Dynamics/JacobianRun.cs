using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Dynamics;

/// <summary>Jacobians of samples, without the buffers.</summary>
internal sealed class JacobianRun
{
    private readonly VectorFieldEvaluator _field;

    public JacobianRun(VectorField field, int samples, double smallestScale = JacobianEvaluator.DefaultScale)
    {
        var layout = new BatchLayout(samples);
        _field = field.CreateEvaluator(layout);
        Evaluator = _field.CreateJacobianEvaluator(smallestScale);
        Jacobians = new double[Evaluator.Length];
        Jacobians.AsSpan().Fill(Untouched);
        TimeDerivatives = new double[layout.Length(field.Dimension)];
        Succeeded = new bool[samples];
        Derivatives = new double[layout.Length(field.Dimension)];
    }

    public const double Untouched = 12345.0;

    public JacobianEvaluator Evaluator { get; }

    public double[] Jacobians { get; }

    public double[] TimeDerivatives { get; }

    public bool[] Succeeded { get; }

    private double[] Derivatives { get; }

    public double[] Block(int sample) => Jacobians[(sample * Evaluator.BlockLength)..((sample + 1) * Evaluator.BlockLength)];

    public double[] TimeDerivative(int sample) => Batches.Unpack(Evaluator.Layout, TimeDerivatives, Evaluator.Dimension)[sample];

    public JacobianRun Evaluate(double[][] states, double[]? times = null, double[]? ends = null, bool[]? needed = null)
    {
        Prepare(states, times, ends, ref needed, out double[] t, out double[] end, out double[] y);
        Evaluator.Evaluate(t, end, y, Derivatives, needed!, Jacobians, Succeeded);
        return this;
    }

    public JacobianRun EvaluateTimeDerivative(double[][] states, double[] times, double[] ends, bool[]? needed = null)
    {
        Prepare(states, times, ends, ref needed, out double[] t, out double[] end, out double[] y);
        Evaluator.EvaluateTimeDerivative(t, end, y, Derivatives, needed!, TimeDerivatives, Succeeded);
        return this;
    }

    private void Prepare(double[][] states, double[]? times, double[]? ends, ref bool[]? needed, out double[] t, out double[] end, out double[] y)
    {
        BatchLayout layout = Evaluator.Layout;
        times ??= new double[states.Length];
        needed ??= [.. states.Select(_ => true)];
        t = Batches.PackRow(layout, times);
        end = Batches.PackRow(layout, ends ?? [.. times.Select(time => time + 1.0)]);
        y = Batches.Pack(layout, states);
        _field.SetActive([.. states.Select(_ => true)]);
        _field.Evaluate(t, y, Derivatives, record: default);
    }
}
