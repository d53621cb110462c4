namespace NeuralOde;

/// <summary>Raises every component to a whole power: the cubic spiral of Chen et al. 2018 feeds z³ to its network.</summary>
public sealed class ElementwisePower : Layer
{
    /// <summary>Describes x ↦ xⁿ on every component.</summary>
    /// <param name="size">Numbers taken and given per sample, at least 1.</param>
    /// <param name="exponent">n, from 1 to 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive or the exponent out of range.</exception>
    public ElementwisePower(int size, int exponent)
        : base(size, size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exponent, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(exponent, 16);
        Exponent = exponent;
    }

    /// <summary>The power n.</summary>
    public int Exponent { get; }

    internal override LayerOperator<T> CreateOperator<T>() => new PowerOperator<T>(this);
}
