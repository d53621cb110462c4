using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>
/// One differentiable map of a <see cref="Sequential"/> network. A layer is an immutable description; its parameters
/// live in the network that uses it.
/// </summary>
public abstract class Layer
{
    private protected Layer(int inputs, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        Inputs = inputs;
        Outputs = outputs;
    }

    /// <summary>Numbers the layer takes per sample.</summary>
    public int Inputs { get; }

    /// <summary>Numbers the layer gives per sample.</summary>
    public int Outputs { get; }

    /// <summary>Trainable parameters the layer needs.</summary>
    public virtual int ParameterCount => 0;

    /// <summary>True where the derivative follows from the output alone, so that the output may overwrite the input.</summary>
    internal virtual bool MayOverwriteInput => false;

    /// <summary>Draws fresh parameters.</summary>
    internal virtual void Initialize(Span<double> parameters, RandomSource random)
    {
    }

    /// <summary>outputs = layer(inputs), for every lane of the batch.</summary>
    internal abstract void Forward(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs, Span<double> outputs);

    /// <summary>
    /// inputCotangents = Jᵀ · outputCotangents. When the layer ran in place, <paramref name="inputs"/> and
    /// <paramref name="outputs"/> are the same buffer, and so are the cotangents.
    /// </summary>
    internal abstract void PropagateCotangent(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs,
        ReadOnlySpan<double> outputs, ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents);

    /// <summary>outputTangents = J · inputTangents, under the same conditions. Adds in the order of <see cref="Forward"/>.</summary>
    internal abstract void PropagateTangent(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs,
        ReadOnlySpan<double> outputs, ReadOnlySpan<double> inputTangents, Span<double> outputTangents);

    /// <summary>Adds the gradient of ⟨outputCotangents, layer(inputs)⟩ with respect to the parameters, summed over the batch.</summary>
    internal virtual void AccumulateGradient(BatchLayout layout, ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputCotangents, Span<double> gradient)
    {
    }
}
