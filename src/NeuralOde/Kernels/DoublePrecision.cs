namespace NeuralOde;

/// <summary>Limits of the numbers that <see cref="double"/> holds.</summary>
internal static class DoublePrecision
{
    /// <summary>The distance from 1 to the next larger number, 2⁻⁵² (which <see cref="double.Epsilon"/> is not).</summary>
    public const double Epsilon = 2.220446049250313e-16;

    /// <summary>The smallest number with all digits, 2⁻¹⁰²².</summary>
    public const double SmallestNormal = double.Epsilon * 4503599627370496.0;
}
