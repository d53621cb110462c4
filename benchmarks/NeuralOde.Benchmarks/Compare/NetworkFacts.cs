namespace NeuralOde.Benchmarks;

/// <summary>What a network computes at one point, in PyTorch's order, to compare with programs that have the network alone.</summary>
internal static class NetworkFacts
{
    /// <summary>Parameters or their gradient, layer after layer: weights outputs × inputs, then biases.</summary>
    public static double[] InPyTorchOrder(Network network, ReadOnlySpan<double> parameters)
    {
        var result = new double[parameters.Length];
        int at = 0;
        foreach (Dense layer in network.Layers.OfType<Dense>())
        {
            for (int output = 0; output < layer.Outputs; output++)
            {
                for (int input = 0; input < layer.Inputs; input++)
                    result[at + output * layer.Inputs + input] = parameters[at + input * layer.Outputs + output];
            }

            int weights = layer.Inputs * layer.Outputs;
            parameters.Slice(at + weights, layer.Outputs).CopyTo(result.AsSpan(at + weights));
            at += weights + layer.Outputs;
        }

        return result;
    }

    /// <summary>Reads what a peer draws in PyTorch's order into a layer's parameters.</summary>
    public static void DrawWeights(Lcg random, Span<double> weights, int inputs, int outputs, double limit)
    {
        for (int output = 0; output < outputs; output++)
        {
            for (int input = 0; input < inputs; input++)
                weights[input * outputs + output] = random.Uniform(-limit, limit);
        }
    }

    /// <summary>Adds output, state cotangent and parameter gradient for a batch of states and cotangents.</summary>
    public static void Add(Dictionary<string, double[]> facts, NeuralVectorField field, double[][] states, double[][] cotangents)
    {
        var layout = new BatchLayout(states.Length);
        int length = layout.Length(field.Dimension);
        double[] y = new double[length], a = new double[length], output = new double[length], back = new double[length], times = new double[layout.RowLength];
        for (int sample = 0; sample < states.Length; sample++)
        {
            layout.Scatter(states[sample], sample, y);
            layout.Scatter(cotangents[sample], sample, a);
        }

        layout.FillPadding(y, field.Dimension);
        DifferentiableEvaluator evaluator = field.CreateEvaluator(layout);
        double[] record = new double[evaluator.RecordLength], cotangentRecord = new double[evaluator.CotangentRecordLength], sums = new double[evaluator.GradientSumLength], gradient = new double[evaluator.ParameterCount];
        evaluator.Evaluate(times, y, output, record);
        evaluator.PropagateCotangent(times, y, record, a, back, cotangentRecord);
        evaluator.AccumulateGradient(times, y, record, a, cotangentRecord, default, sums);
        evaluator.AddSums(sums, gradient);
        facts["network output"] = Flat(layout, output, field.Dimension);
        facts["network state cotangent"] = Flat(layout, back, field.Dimension);
        facts["network gradient"] = InPyTorchOrder(field.Network, gradient);
    }

    /// <summary>Sample after sample.</summary>
    public static double[] Flat(BatchLayout layout, ReadOnlySpan<double> values, int dimension)
    {
        var result = new double[layout.Samples * dimension];
        for (int sample = 0; sample < layout.Samples; sample++)
            layout.Gather(values, sample, result.AsSpan(sample * dimension, dimension));
        return result;
    }
}
