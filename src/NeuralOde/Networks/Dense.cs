using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>A linear layer with bias, y = Wx + b.</summary>
/// <remarks>
/// In the network's parameter vector W comes first, an outputs × inputs matrix in column-major order (as MathNet's
/// matrices: the weights of one input are contiguous), then b.
/// </remarks>
public sealed class Dense : Layer
{
    /// <summary>Describes a linear layer.</summary>
    /// <param name="inputs">Numbers taken per sample, at least 1.</param>
    /// <param name="outputs">Numbers given per sample, at least 1.</param>
    /// <param name="initialization">How the weights are drawn; the bias starts at 0.</param>
    /// <param name="hasBias">Whether b is there at all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="ArgumentException">There are more weights than an array can hold.</exception>
    public Dense(int inputs, int outputs, WeightInitialization initialization = WeightInitialization.XavierUniform, bool hasBias = true)
        : base(inputs, outputs)
    {
        if (!Enum.IsDefined(initialization))
            throw new ArgumentOutOfRangeException(nameof(initialization), initialization, "Unknown initialization.");
        Initialization = initialization;
        HasBias = hasBias;
        WeightCount = ArrayLength.Of((inputs, "inputs"), (outputs, "outputs"));
        if (hasBias && WeightCount > ArrayLength.Max - outputs)
            throw ArrayLength.TooLong((long)WeightCount + outputs, $"{inputs} inputs × {outputs} outputs, and {outputs} of the bias");
    }

    /// <summary>How the weights are drawn.</summary>
    public WeightInitialization Initialization { get; }

    /// <summary>Whether the layer adds a bias.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public override int ParameterCount => WeightCount + (HasBias ? Outputs : 0);

    internal int WeightCount { get; }

    internal override void Initialize(Span<double> parameters, RandomSource random)
    {
        double variance = 2.0 / (Inputs + Outputs);
        Span<double> weights = parameters[..WeightCount];
        if (Initialization == WeightInitialization.XavierUniform)
        {
            double limit = Math.Sqrt(3.0 * variance);
            foreach (ref double weight in weights)
                weight = limit * (2.0 * random.NextDouble() - 1.0);
        }
        else
        {
            foreach (ref double weight in weights)
                weight = Normal.Sample(random, 0.0, Math.Sqrt(variance));
        }

        parameters[WeightCount..].Clear();
    }

    internal override LayerOperator<T> CreateOperator<T>() => new DenseOperator<T>(this);
}
