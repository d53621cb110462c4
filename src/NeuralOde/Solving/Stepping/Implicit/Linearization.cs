namespace NeuralOde;

/// <summary>A vector field near a point.</summary>
/// <param name="jacobian">∂f/∂y, row-major.</param>
/// <param name="state">y.</param>
/// <param name="derivative">f(t, y).</param>
/// <param name="increment">What the increments of differences are in terms of max(|y|, smallestScale); 0 where J is exact.</param>
/// <param name="smallestScale">The size below which a component counts as this large.</param>
internal readonly ref struct Linearization(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> state, ReadOnlySpan<double> derivative, double increment, double smallestScale)
{
    public ReadOnlySpan<double> Jacobian { get; } = jacobian;

    public ReadOnlySpan<double> State { get; } = state;

    public ReadOnlySpan<double> Derivative { get; } = derivative;

    public double Increment { get; } = increment;

    public double SmallestScale { get; } = smallestScale;
}
