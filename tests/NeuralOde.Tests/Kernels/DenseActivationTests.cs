using System.Numerics;
using MathNet.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>Dense layers with their activation in one pass, for every vector width in both precisions.</summary>
public class DenseActivationTests
{
    public static TheoryData<Activation> All { get; } = [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(All))]
    public void The_outputs_are_the_activations_of_the_sums_of_plain_loops(Activation activation)
    {
        Check<double>();
        Check<float>();

        // No slope is greater than 1.13, gelu's.
        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => ForEverySize<T>((samples, layer) =>
        {
            double[][] expected = [.. Enumerable.Range(0, samples).Select(sample => layer.Product(sample, hasBias: true).Select(sum => Value(activation, sum)).ToArray())];
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
                layer.Unpack(layer.Forward(kernels, activation, isInPlace: true).Outputs, layer.Outputs).ShouldBeNear(expected, 1.13 * layer.Tolerance, $"{activation}, {layer}, {name}");
        });
    }

    [Theory]
    [MemberData(nameof(All))]
    public void One_pass_has_the_bits_of_two(Activation activation)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ForEverySize<T>((_, layer) => CompareWithTwoPasses(activation, layer));
            // So many samples that inputs are copied together, and so many inputs that this happens in stretches.
            CompareWithTwoPasses(activation, new PlainDense<T>(130, 300, 37));
            CompareWithTwoPasses(activation, new PlainDense<T>(256, 129, 16));
            CompareWithTwoPasses(activation, new PlainDense<T>(273, 40, 200));
        }
    }

    private static void CompareWithTwoPasses<T>(Activation activation, PlainDense<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
        {
            T[] sums = layer.Forward(kernels, hasBias: true), activated = new T[sums.Length];
            kernels.Apply(activation, sums, activated);
            layer.Forward(kernels, activation, isInPlace: true).Outputs.ShouldHaveTheBitsOf(activated, $"{activation} in place, {layer}, {name}");
            // The identity always runs in place.
            if (activation == Activation.Identity)
                continue;
            (T[] ownSums, T[] outputs) = layer.Forward(kernels, activation, isInPlace: false);
            outputs.ShouldHaveTheBitsOf(activated, $"{activation}, {layer}, {name}");
            ownSums.ShouldHaveTheBitsOf(sums, $"sums for {activation}, {layer}, {name}");
        }
    }

    private static void ForEverySize<T>(Action<int, PlainDense<T>> check)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (int samples in PlainDense.Counts)
        {
            foreach ((int inputs, int outputs) in PlainDense.Shapes)
                check(samples, new PlainDense<T>(samples, inputs, outputs));
        }
    }

    private static double Value(Activation activation, double x) => activation switch
    {
        Activation.Identity => x,
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Softplus => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x))),
        Activation.Elu => x < 0 ? double.ExpM1(x) : x,
        Activation.Gelu => x * 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2.0)),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Relu => Math.Max(x, 0),
        Activation.Sin => Math.Sin(x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };
}
