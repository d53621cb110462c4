namespace NeuralOde;

/// <summary>The Gaussian prior on parameters.</summary>
internal static class PlanPrior
{
    /// <summary>Returns strength · |θ|² and adds its gradient.</summary>
    public static double Add(double strength, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        if (strength == 0.0)
            return 0.0;
        double squares = 0.0;
        for (int i = 0; i < parameters.Length; i++)
        {
            squares += parameters[i] * parameters[i];
            gradient[i] += 2.0 * strength * parameters[i];
        }

        return strength * squares;
    }
}
