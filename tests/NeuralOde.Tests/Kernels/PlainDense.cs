using System.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>Sizes of dense layers and batches.</summary>
internal static class PlainDense
{
    /// <summary>Inputs and outputs that end before, on and behind the kernels' blocks and vectors.</summary>
    public static readonly (int Inputs, int Outputs)[] Shapes =
    [
        (1, 1), (1, 8), (2, 50), (50, 2), (3, 5), (5, 3), (8, 8), (7, 16), (16, 7), (9, 33), (33, 9), (31, 17), (17, 31), (15, 63), (65, 15), (50, 50), (130, 17), (17, 130),
    ];

    /// <summary>Samples that end before, on and behind the kernels' vectors, pairs and threes of vectors.</summary>
    public static readonly int[] Counts = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 130];
}

/// <summary>Random numbers of a precision for a layer, and the layer as plain loops.</summary>
internal sealed class PlainDense<T>(int samples, int inputs, int outputs, double[][] x, double[][] g)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[] _weights = Rounded(Batches.Random(inputs * outputs, 1));
    private readonly double[] _biases = Rounded(Batches.Random(outputs, 2));

    public PlainDense(int samples, int inputs, int outputs)
        : this(samples, inputs, outputs, [.. Batches.Random(samples, inputs, 3).Select(Rounded)], [.. Batches.Random(samples, outputs, 4).Select(Rounded)])
    {
    }

    public PlainDense(int samples, int inputs, int outputs, params double[][] x)
        : this(samples, inputs, outputs, x, [.. Batches.Random(samples, outputs, 4).Select(Rounded)])
    {
    }

    public BatchLayout Layout { get; } = VectorWidths.Layout<T>(samples);

    public int Inputs => inputs;

    public int Outputs => outputs;

    public double[][] X => x;

    public double[][] G => g;

    /// <summary>The sums have up to 130 terms of up to 4.</summary>
    public double Tolerance => 200.0 * VectorWidths.Epsilon<T>();

    public T[] PackedX => VectorWidths.Round<T>(Batches.Pack(Layout, x));

    public T[] PackedG => VectorWidths.Round<T>(Batches.PackCotangents(Layout, g));

    public T[] Forward(NetworkKernels<T> kernels, bool hasBias)
    {
        var results = new T[Layout.Length(outputs)];
        kernels.Forward(Layout, VectorWidths.Round<T>(_weights), hasBias ? VectorWidths.Round<T>(_biases) : [], PackedX, results, inputs, outputs);
        return results;
    }

    /// <summary>With an activation in the same pass, in place or not.</summary>
    public (T[] Sums, T[] Outputs) Forward(NetworkKernels<T> kernels, Activation activation, bool isInPlace)
    {
        var sums = new T[Layout.Length(outputs)];
        T[] results = isInPlace ? sums : new T[sums.Length];
        kernels.Forward(Layout, VectorWidths.Round<T>(_weights), VectorWidths.Round<T>(_biases), PackedX, sums, activation, results, inputs, outputs);
        return (sums, results);
    }

    public T[] PropagateCotangent(NetworkKernels<T> kernels)
    {
        var results = new T[Layout.Length(inputs)];
        results.AsSpan().Fill(T.NaN);
        kernels.PropagateCotangent(Layout, VectorWidths.Round<T>(_weights), PackedG, results, inputs, outputs);
        return results;
    }

    public double[][] Unpack(T[] buffer, int components) => Batches.Unpack(Layout, VectorWidths.Widen(buffer), components);

    public double[] Product(int sample, bool hasBias)
    {
        double[] sums = hasBias ? [.. _biases] : new double[outputs];
        for (int k = 0; k < inputs; k++)
        {
            for (int o = 0; o < outputs; o++)
                sums[o] += _weights[k * outputs + o] * x[sample][k];
        }

        return sums;
    }

    public double[] TransposedProduct(int sample)
    {
        var sums = new double[inputs];
        for (int k = 0; k < inputs; k++)
        {
            for (int o = 0; o < outputs; o++)
                sums[k] += _weights[k * outputs + o] * g[sample][o];
        }

        return sums;
    }

    public void AddGradient(double[] weights, double[] biases)
    {
        for (int sample = 0; sample < samples; sample++)
        {
            for (int o = 0; o < outputs; o++)
            {
                biases[o] += g[sample][o];
                for (int k = 0; k < inputs; k++)
                    weights[k * outputs + o] += x[sample][k] * g[sample][o];
            }
        }
    }

    public override string ToString() => $"{typeof(T).Name}, {inputs} inputs, {outputs} outputs, {samples} samples";

    private static double[] Rounded(double[] numbers) => VectorWidths.Widen(VectorWidths.Round<T>(numbers));
}
