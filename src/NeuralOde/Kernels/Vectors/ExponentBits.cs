namespace NeuralOde;

/// <summary>What takes floating-point numbers apart by their bits.</summary>
internal static class ExponentBits
{
    /// <summary>Bits of √½ in double precision.</summary>
    public const long RootOfHalf = 0x3FE6A09E667F3BCD;

    /// <summary>Bits of √½ in single precision.</summary>
    public const int SingleRootOfHalf = 0x3F3504F3;

    /// <summary>Bits of fractions before those of the exponent, double precision.</summary>
    public const int Fraction = 52;

    /// <summary>Bits of fractions before those of the exponent, single precision.</summary>
    public const int SingleFraction = 23;

    /// <summary>What keeps exponents positive while they are integers.</summary>
    public const long Bias = 1023;

    /// <summary>What bits are above when their number is above √½ · 2^−<see cref="Bias"/>.</summary>
    public const long Offset = RootOfHalf - (Bias << Fraction);

    /// <summary>The bits of a double whose fraction holds an integer: 2^52 + n.</summary>
    public const long OfInteger = 0x4330000000000000;

    /// <summary>What such a double exceeds the integer by, the <see cref="Bias"/> included.</summary>
    public const double IntegerOffset = 4503599627370496.0 + Bias;
}
