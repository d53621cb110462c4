using System.Runtime.CompilerServices;

namespace NeuralOde;

// For array literals in F#, which are no spans, and for Visual Basic, which writes no functions over spans.
public abstract partial class TrainableVectorField
{
    /// <inheritdoc cref="FromFunction(int, ReadOnlySpan{double}, ParametricVectorFieldFunction, VectorJacobianProductFunction)" path="/*[not(self::example)]"/>
    [OverloadResolutionPriority(-1)]
    public static TrainableVectorField FromFunction(int dimension, double[] parameters, ParametricVectorFieldFunction function, VectorJacobianProductFunction vectorJacobianProduct) =>
        FromFunction(dimension, parameters.AsSpan(), function, vectorJacobianProduct);

    /// <inheritdoc cref="FromFunction(int, ReadOnlySpan{double}, ParametricVectorFieldFunction, VectorJacobianProductFunction)" path="/*[not(self::example)]"/>
    /// <remarks>With functions over arrays, which are copies: a function over spans costs less.</remarks>
    [OverloadResolutionPriority(-1)]
    public static TrainableVectorField FromFunction(int dimension, double[] parameters, Action<double, double[], double[], double[]> function,
        Action<double, double[], double[], double[], double[], double[]> vectorJacobianProduct) =>
        FromFunction(dimension, parameters.AsSpan(), ArrayFunctions.Parametric(function), ArrayFunctions.Product(vectorJacobianProduct));
}
