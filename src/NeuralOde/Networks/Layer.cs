using System.Numerics;
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

    /// <summary>What the layer computes, in the precision of <typeparamref name="T"/>.</summary>
    internal abstract LayerOperator<T> CreateOperator<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
