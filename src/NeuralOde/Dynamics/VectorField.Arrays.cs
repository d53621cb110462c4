using System.Runtime.CompilerServices;

namespace NeuralOde;

// For Visual Basic, which writes no functions over spans, and for array literals in F#.
public abstract partial class VectorField
{
    /// <inheritdoc cref="FromFunction(int, VectorFieldFunction, JacobianFunction?, bool)" path="/*[not(self::example)]"/>
    /// <remarks>With functions over arrays, which are copies: a function over spans costs less.</remarks>
    [OverloadResolutionPriority(-1)]
    public static VectorField FromFunction(int dimension, Action<double, double[], double[]> function, Action<double, double[], double[]>? jacobian = null, bool isAutonomous = false) =>
        FromFunction(dimension, ArrayFunctions.Field(function), ArrayFunctions.Jacobian(jacobian), isAutonomous);

    /// <inheritdoc cref="FromFunction(int, InputSignal, ForcedVectorFieldFunction, ForcedJacobianFunction?)" path="/*[not(self::example)]"/>
    /// <remarks>With functions over arrays, which are copies: a function over spans costs less.</remarks>
    [OverloadResolutionPriority(-1)]
    public static VectorField FromFunction(int dimension, InputSignal input, Action<double, double[], double[], double[]> function, Action<double, double[], double[], double[]>? jacobian = null) =>
        FromFunction(dimension, input, ArrayFunctions.Field(function), ArrayFunctions.Jacobian(jacobian));

    /// <inheritdoc cref="FromFunction(int, IReadOnlyList{InputSignal}, ForcedVectorFieldFunction, ForcedJacobianFunction?)" path="/*[not(self::example)]"/>
    /// <remarks>With functions over arrays, which are copies: a function over spans costs less.</remarks>
    [OverloadResolutionPriority(-1)]
    public static VectorField FromFunction(int dimension, IReadOnlyList<InputSignal> inputs, Action<double, double[], double[], double[]> function, Action<double, double[], double[], double[]>? jacobian = null) =>
        FromFunction(dimension, inputs, ArrayFunctions.Field(function), ArrayFunctions.Jacobian(jacobian));

    /// <inheritdoc cref="Evaluate(double, ReadOnlySpan{double}, Span{double})"/>
    [OverloadResolutionPriority(-1)]
    public void Evaluate(double t, double[] state, double[] derivative) => Evaluate(t, state.AsSpan(), derivative.AsSpan());

    /// <inheritdoc cref="EvaluateJacobian(double, ReadOnlySpan{double}, Span{double})"/>
    [OverloadResolutionPriority(-1)]
    public void EvaluateJacobian(double t, double[] state, double[] jacobian) => EvaluateJacobian(t, state.AsSpan(), jacobian.AsSpan());
}
