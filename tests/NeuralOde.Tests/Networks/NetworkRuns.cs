using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Networks;

/// <summary>A network's forward and backward pass on samples, without the buffers.</summary>
internal static class NetworkRuns
{
    public static double[] Evaluate(this Network network, params ReadOnlySpan<double> input)
    {
        var output = new double[network.Outputs];
        network.Evaluate(input, output);
        return output;
    }

    public static double[][] EvaluateBatch(this Network network, double[][] inputs)
    {
        var layout = new BatchLayout(inputs.Length);
        var outputs = new double[layout.Length(network.Outputs)];
        NetworkEvaluator.Create(network, layout).Forward(Batches.Pack(layout, inputs), outputs, record: default);
        return Batches.Unpack(layout, outputs, network.Outputs);
    }

    /// <summary>Jᵀ·cotangent for every sample, and the parameter gradient summed over the samples with the given weights.</summary>
    public static (double[][] Inputs, double[] Parameters) Backpropagate(this Network network, double[][] inputs, double[][] cotangents, double[]? weights = null)
    {
        var layout = new BatchLayout(inputs.Length);
        var evaluator = NetworkEvaluator.Create(network, layout);
        double[] x = Batches.Pack(layout, inputs), g = Batches.PackCotangents(layout, cotangents);
        double[] record = new double[evaluator.RecordLength], cotangentRecord = new double[evaluator.CotangentRecordLength];
        double[] outputs = new double[layout.Length(network.Outputs)], inputCotangents = new double[layout.Length(network.Inputs)];
        double[] sums = new double[evaluator.GradientSumLength], gradient = new double[network.ParameterCount];
        evaluator.Forward(x, outputs, record);
        evaluator.PropagateCotangent(x, record, g, inputCotangents, cotangentRecord);
        evaluator.AccumulateGradient(x, record, g, cotangentRecord, weights is null ? default : Batches.PackRow(layout, weights), sums);
        evaluator.AddSums(sums, gradient);
        return (Batches.Unpack(layout, inputCotangents, network.Inputs), gradient);
    }

    /// <summary>J·tangent for every sample.</summary>
    public static double[][] PropagateTangents(this Network network, double[][] inputs, double[][] tangents)
    {
        var layout = new BatchLayout(inputs.Length);
        var evaluator = NetworkEvaluator.Create(network, layout);
        double[] x = Batches.Pack(layout, inputs), record = new double[evaluator.RecordLength], scratch = new double[evaluator.CotangentRecordLength];
        double[] outputs = new double[layout.Length(network.Outputs)], outputTangents = new double[layout.Length(network.Outputs)];
        evaluator.Forward(x, outputs, record);
        evaluator.PropagateTangent(x, record, Batches.Pack(layout, tangents), outputTangents, scratch);
        return Batches.Unpack(layout, outputTangents, network.Outputs);
    }

    /// <summary>⟨cotangent, network(input)⟩ summed over the samples.</summary>
    public static double Product(this Network network, double[][] inputs, double[][] cotangents) =>
        inputs.Zip(cotangents, (x, g) => network.Evaluate(x).Zip(g, (y, c) => y * c).Sum()).Sum();
}
