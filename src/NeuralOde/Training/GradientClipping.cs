namespace NeuralOde;

/// <summary>Limits the length of a gradient, so that one bad minibatch cannot throw the parameters far away.</summary>
/// <remarks>R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", 2013, arXiv:1211.5063, algorithm 1.</remarks>
internal static class GradientClipping
{
    /// <summary>Scales <paramref name="gradient"/> to the Euclidean norm <paramref name="maximumNorm"/> if its own is larger, keeping its direction.</summary>
    /// <param name="gradient">The gradient, changed in place.</param>
    /// <param name="maximumNorm">Greater than 0; infinity only measures.</param>
    /// <returns>
    /// The norm before clipping. If it is not finite, which is so when an element is not finite or the norm exceeds what a double can hold,
    /// the gradient is untouched and should not be used.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maximumNorm"/> is NaN or not greater than 0.</exception>
    public static double ByNorm(Span<double> gradient, double maximumNorm)
    {
        if (!(maximumNorm > 0))
            throw new ArgumentOutOfRangeException(
                nameof(maximumNorm), maximumNorm, FormattableString.Invariant($"maximumNorm must be greater than 0, but it is {maximumNorm}."));

        double norm = Norm(gradient);
        if (norm > maximumNorm && double.IsFinite(norm))
        {
            // Dividing first keeps a ratio maximumNorm / norm below the smallest double from turning the gradient into zeros.
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = gradient[i] / norm * maximumNorm;
        }
        return norm;
    }

    /// <summary>The Euclidean norm; its squares are taken relative to the largest element, so that they neither overflow nor vanish.</summary>
    private static double Norm(ReadOnlySpan<double> gradient)
    {
        double largest = 0;
        foreach (double element in gradient)
            largest = Math.Max(largest, Math.Abs(element));
        if (largest == 0 || !double.IsFinite(largest))
            return largest;

        double squares = 0;
        foreach (double element in gradient)
        {
            double ratio = element / largest;
            squares += ratio * ratio;
        }
        return largest * Math.Sqrt(squares);
    }
}
