namespace NeuralOde;

/// <summary>A vector field given as a delegate for one state.</summary>
internal sealed class FunctionVectorField(int dimension, VectorFieldFunction function) : VectorField(dimension)
{
    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(Dimension, layout, function);

    private sealed class Evaluator(int dimension, BatchLayout layout, VectorFieldFunction function) : PerSampleEvaluator(dimension, layout)
    {
        protected override void Evaluate(int sample, double time, ReadOnlySpan<double> state, Span<double> derivative) => function(time, state, derivative);
    }
}
