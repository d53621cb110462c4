using System.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>Kernels given fewer numbers than their sizes say, where the product of the sizes is small in 32 bits.</summary>
public class KernelBoundsTests
{
    public static TheoryData<int> Widths => VectorWidths.All;

    [Fact]
    public void Layers_refuse_buffers_that_are_shorter_than_their_sizes_in_double_precision() => Layers<double>();

    [Fact]
    public void Layers_refuse_buffers_that_are_shorter_than_their_sizes_in_single_precision() => Layers<float>();

    private static void Layers<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int inputs, int outputs, int samples) in new[] { (1, 65536, 65536), (65536, 1, 65536), (1, 1 << 20, 4096), (1, 1 << 20, 4112), (65536, 65536, 16), (1 << 20, 4096, 1), (65536, 65536, 1) })
        {
            BatchLayout layout = VectorWidths.Layout<T>(samples);
            // As long as the products are in 32 bits, and then some; the rest of the sizes is honest.
            var x = new T[Length(inputs, layout)];
            var y = new T[Length(outputs, layout)];
            var weights = new T[Wrapped(inputs, outputs)];
            var gradients = new double[weights.Length];
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                string because = $"{inputs} × {outputs} × {samples}, {name}";
                Refuses(() => kernels.Forward(layout, weights, default, x, y, inputs, outputs), because);
                Refuses(() => kernels.Forward(layout, weights, default, x, y, Activation.Tanh, y, inputs, outputs), because);
                Refuses(() => kernels.PropagateCotangent(layout, weights, y, x, inputs, outputs), because);
                Refuses(() => kernels.AccumulateGradient(layout, x, y, gradients, default, inputs, outputs), because);
                if (!layout.IsSingle)
                    Refuses(() => kernels.AccumulateLaneSums(layout, x, y, weights, default, inputs, outputs), because);
            }
        }

        foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            Refuses(() => kernels.Scale(VectorWidths.Layout<T>(65536), 65536, new T[65536], new T[16], new T[16]), name);

        static int Wrapped(int a, int b) => Math.Clamp(unchecked(a * b), 16, 1 << 23);

        static int Length(int rows, BatchLayout layout) => layout.IsSingle ? rows : Wrapped(rows, layout.Stride);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Steps_refuse_buffers_that_are_shorter_than_their_sizes(int width)
    {
        SolverKernels kernels = VectorWidths.OfSolvers[width];
        var numbers = new double[65536];
        var layout = new BatchLayout(65536);
        Refuses(() => kernels.Stages.Combine(layout, 65536, numbers, numbers, numbers, [0], [1.0], numbers), kernels.Name);
        Refuses(() => kernels.Stages.Select(layout, 65536, numbers, numbers, numbers), kernels.Name);
        Refuses(() => kernels.Stages.Scale(layout, 65536, numbers, numbers, numbers), kernels.Name);
        Refuses(() => kernels.Errors.ErrorNorm(layout, 65536, numbers, numbers, numbers, numbers, [0], [1.0], 0, numbers, numbers, false, numbers), kernels.Name);
        Refuses(() => kernels.Errors.ScaledNorm(layout, 65536, numbers, default, numbers, numbers, numbers, numbers, true, numbers), kernels.Name);
        Refuses(() => kernels.Multistep.Combine(layout, 1, numbers, numbers, 65536, numbers, numbers, numbers), kernels.Name);
        Refuses(() => kernels.Multistep.PushDifferences(layout, 1, numbers, numbers, 65536, numbers, numbers), kernels.Name);
        Refuses(() => kernels.Lu.Factor(numbers, new int[65536]), kernels.Name);
        Refuses(() => kernels.Lu.Solve(numbers, new int[65536], numbers), kernels.Name);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Steps_refuse_derivatives_of_fewer_stages_than_their_coefficients(int width)
    {
        SolverKernels kernels = VectorWidths.OfSolvers[width];
        foreach ((int samples, int dimension) in new[] { (1, 2), (1, 9), (8, 3), (20, 1) })
        {
            var layout = new BatchLayout(samples);
            int length = layout.Length(dimension);
            double[] states = new double[length], steps = Ones(layout.RowLength), slopes = new double[3 * length - 1], norms = new double[layout.RowLength], tolerances = Ones(16);
            string because = $"{samples} × {dimension}, {kernels.Name}";
            Refuses(() => kernels.Stages.Combine(layout, dimension, states, steps, slopes, [0, 2], [1.0, 1.0], states), because);
            Refuses(() => kernels.Errors.ErrorNorm(layout, dimension, states, states, steps, slopes, [0, 2], [1.0, 1.0], 1, tolerances, tolerances, false, norms), because);
            Refuses(() => kernels.Errors.ErrorNorm(layout, dimension, states, states, steps, slopes, [0, 1], [1.0, 1.0], 2, tolerances, tolerances, false, norms), because);
        }

        static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];
    }

    [Fact]
    public void Dense_output_refuses_buffers_that_are_shorter_than_their_sizes()
    {
        var layout = new BatchLayout(65536);
        var kernels = InterpolationKernels.For(layout);
        var row = new double[65536];
        Refuses(() => kernels.HermiteWeights(row, [new double[8]], 65536, row), "weights");
        Refuses(() => kernels.Interpolate(layout, 1 << 15, row, row, row, row, row, row), "states");
        Refuses(() => kernels.AddCotangents(layout, 1 << 15, row, row, row, row, row), "cotangents");
    }

    [Fact]
    public void An_activation_refuses_rows_that_are_not_all_there()
    {
        var numbers = new double[64];
        // 65536 rows of 65536 numbers: 0 in 32 bits.
        Refuses(() => ActivationKernels<double, Lanes1<double>>.Apply(Activation.Tanh, numbers, numbers, 65536, 65536, 65536), "one row");
        Refuses(() => ActivationKernels<double, Lanes1<double>>.Apply(Activation.Tanh, numbers, numbers, 65537, 8, 65536), "rows apart");
    }

    private static void Refuses(Action action, string because) => action.Should().Throw<ArgumentException>(because);
}
