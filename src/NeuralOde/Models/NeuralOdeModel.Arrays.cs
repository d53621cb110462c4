using System.Runtime.CompilerServices;

namespace NeuralOde;

// For array literals in F#, which are no spans, and for Visual Basic, which writes no functions over spans.
public sealed partial class NeuralOdeModel
{
    /// <inheritdoc cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public OdeSolution Predict(double[] initialState, double[] times, CancellationToken cancellationToken = default) =>
        Predict(initialState.AsSpan(), times.AsSpan(), cancellationToken);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public OdeSolution Predict(double[] initialState, double[] times, OdeSolverOptions options, CancellationToken cancellationToken = default) =>
        Predict(initialState.AsSpan(), times.AsSpan(), options, cancellationToken);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public OdeSolution Predict(double[] initialState, double[] times, InputSignal input, CancellationToken cancellationToken = default) =>
        Predict(initialState.AsSpan(), times.AsSpan(), input, cancellationToken);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, OdeSolverOptions, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public OdeSolution Predict(double[] initialState, double[] times, InputSignal input, OdeSolverOptions options, CancellationToken cancellationToken = default) =>
        Predict(initialState.AsSpan(), times.AsSpan(), input, options, cancellationToken);

    /// <inheritdoc cref="Derivative(double, ReadOnlySpan{double}, ReadOnlySpan{double}, Span{double})"/>
    [OverloadResolutionPriority(-1)]
    public void Derivative(double time, double[] state, double[] input, double[] derivative) => Derivative(time, state.AsSpan(), input.AsSpan(), derivative.AsSpan());

    /// <inheritdoc cref="ComputeGradient(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, TrajectoryLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public GradientResult ComputeGradient(double[] initialState, double[] times, InputSignal input, TrajectoryLossFunction loss, CancellationToken cancellationToken = default) =>
        ComputeGradient(initialState.AsSpan(), times.AsSpan(), input, loss, cancellationToken);

    /// <inheritdoc cref="ComputeGradient(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, TrajectoryLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public GradientResult ComputeGradient(double[] initialState, double[] times, InputSignal input, Func<double[], double[], double> loss, CancellationToken cancellationToken = default) =>
        ComputeGradient(initialState.AsSpan(), times.AsSpan(), input, ArrayFunctions.Loss(loss), cancellationToken);

    /// <inheritdoc cref="ComputeBatchGradient(IReadOnlyList{double[]}, IReadOnlyList{double[]}, IReadOnlyList{InputSignal}, BatchLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public BatchGradientResult ComputeBatchGradient(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal> inputs, Func<int, double[], double[], double> loss, CancellationToken cancellationToken = default) =>
        ComputeBatchGradient(initialStates, times, inputs, ArrayFunctions.Loss(loss), cancellationToken);

    /// <inheritdoc cref="Derivative(double, ReadOnlySpan{double}, Span{double})"/>
    [OverloadResolutionPriority(-1)]
    public void Derivative(double time, double[] state, double[] derivative) => Derivative(time, state.AsSpan(), derivative.AsSpan());

    /// <inheritdoc cref="ComputeGradient(ReadOnlySpan{double}, ReadOnlySpan{double}, TrajectoryLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public GradientResult ComputeGradient(double[] initialState, double[] times, TrajectoryLossFunction loss, CancellationToken cancellationToken = default) =>
        ComputeGradient(initialState.AsSpan(), times.AsSpan(), loss, cancellationToken);

    /// <inheritdoc cref="ComputeGradient(ReadOnlySpan{double}, ReadOnlySpan{double}, TrajectoryLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public GradientResult ComputeGradient(double[] initialState, double[] times, Func<double[], double[], double> loss, CancellationToken cancellationToken = default) =>
        ComputeGradient(initialState.AsSpan(), times.AsSpan(), ArrayFunctions.Loss(loss), cancellationToken);

    /// <inheritdoc cref="ComputeBatchGradient(IReadOnlyList{double[]}, IReadOnlyList{double[]}, BatchLossFunction, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public BatchGradientResult ComputeBatchGradient(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, Func<int, double[], double[], double> loss, CancellationToken cancellationToken = default) =>
        ComputeBatchGradient(initialStates, times, ArrayFunctions.Loss(loss), cancellationToken);
}
