using System.Numerics;
using CsCheck;

namespace NeuralOde.Tests.Kernels;

/// <summary>Activations in every vector width, and those in single precision against those in double precision.</summary>
public class ActivationWidthsTests
{
    private const float SingleUlp = 1.1920929e-7f;

    // The kernels' exponential is 0 below this in single precision, shortly before the numbers become subnormal.
    private const double SmallestSingle = 2e-38;

    public static TheoryData<Activation> All { get; } = [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_width_gives_the_same_bits(Activation activation)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            double[] numbers = [.. Batches.Random(1000, 1).Select(x => 3 * x), .. Batches.Random(1000, 2).Select(x => 400 * x),
                0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-30, -1e-40, 1e30, -1e38, 708.5, -708.5, 88.5, -88.5, 99999, 100001, 1e7];
            T[] inputs = VectorWidths.Round<T>(numbers), values = Values(NetworkKernels<T>.Widest, activation, inputs), slopes = Slopes(NetworkKernels<T>.Widest, activation, inputs);
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                Values(kernels, activation, inputs).ShouldHaveTheBitsOf(values, $"{activation}, {name}");
                Slopes(kernels, activation, inputs).ShouldHaveTheBitsOf(slopes, $"{activation}', {name}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void In_single_precision_every_activation_is_right_to_a_few_ulp_relative(Activation activation) =>
        Inputs.Sample(x => Compare(activation, x, (exact, value, at) =>
        {
            double ulps = activation == Activation.Gelu && at < 0 ? 8 : 4;
            double allowed = ulps * SingleUlp * Math.Abs(exact) + SmallestSingle * Math.Max(1, Math.Abs(at));
            value.Should().BeApproximately(exact, allowed, $"{activation}({at:R}) is {exact:R}");
        }, isSlope: false), iter: 500, threads: 1);

    [Theory]
    [MemberData(nameof(All))]
    public void In_single_precision_every_derivative_is_right_to_a_few_ulp_of_one(Activation activation) =>
        Inputs.Sample(x => Compare(activation, x, (exact, value, at) =>
            value.Should().BeApproximately(exact, 8 * SingleUlp * Math.Max(1, Math.Abs(exact)), $"{activation}'({at:R}) is {exact:R}"), isSlope: true), iter: 500, threads: 1);

    [Theory]
    [MemberData(nameof(All))]
    public void In_single_precision_too_not_a_number_stays_so_and_infinity_gives_the_limit(Activation activation)
    {
        float[] results = Values(NetworkKernels<float>.Widest, activation, [.. Enumerable.Repeat(float.NaN, 16), .. Enumerable.Repeat(float.PositiveInfinity, 16), .. Enumerable.Repeat(float.NegativeInfinity, 16)]);
        results[0].Should().Be(float.NaN);
        if (activation == Activation.Sin)
            return;
        double[] limits = Values(NetworkKernels<double>.Widest, activation, [.. Enumerable.Repeat(double.PositiveInfinity, 8), .. Enumerable.Repeat(double.NegativeInfinity, 8)]);
        results[16].Should().Be((float)limits[0]);
        results[32].Should().Be((float)limits[8]);
    }

    private static Gen<float[]> Inputs { get; } = Gen.OneOf(Gen.Float[-5, 5], Gen.Float[-1, 1].Select(x => x * 1e-4f), Gen.Float[-85, 85], Gen.Float[-3e4f, 3e4f],
        Gen.Int[-40000, 40000].Select(n => (float)(n * Math.PI / 2))).Array[16];

    private static void Compare(Activation activation, float[] inputs, Action<double, double, float> check, bool isSlope)
    {
        double[] wide = [.. inputs.Select(x => (double)x)];
        double[] exact = isSlope ? Slopes(NetworkKernels<double>.Widest, activation, wide) : Values(NetworkKernels<double>.Widest, activation, wide);
        float[] results = isSlope ? Slopes(NetworkKernels<float>.Widest, activation, inputs) : Values(NetworkKernels<float>.Widest, activation, inputs);
        for (int i = 0; i < inputs.Length; i++)
            check(exact[i], results[i], inputs[i]);
    }

    private static T[] Values<T>(NetworkKernels<T> kernels, Activation activation, T[] inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var outputs = new T[inputs.Length];
        kernels.Apply(activation, inputs, outputs);
        return outputs;
    }

    private static T[] Slopes<T>(NetworkKernels<T> kernels, Activation activation, T[] inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] ones = new T[inputs.Length], slopes = new T[inputs.Length];
        ones.AsSpan().Fill(T.One);
        kernels.Backpropagate(activation, inputs, Values(kernels, activation, inputs), ones, slopes);
        return slopes;
    }
}
