namespace NeuralOde;

/// <summary>A vector field given as a delegate for one state and its input.</summary>
internal sealed class ForcedVectorField(int dimension, SampleInputs inputs, ForcedVectorFieldFunction function, ForcedJacobianFunction? jacobian) : VectorField(dimension)
{
    internal override int? RequiredSamples => inputs.RequiredSamples;

    internal override VectorField ForSamples(int first, int count) =>
        inputs.RequiredSamples is null ? this : new ForcedVectorField(Dimension, inputs.ForSamples(first, count), function, jacobian);

    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(Dimension, layout, inputs.CreateEvaluator(layout), function, jacobian);

    private sealed class Evaluator(int dimension, BatchLayout layout, InputEvaluator inputs, ForcedVectorFieldFunction function, ForcedJacobianFunction? jacobian)
        : PerSampleEvaluator(dimension, layout)
    {
        public override ReadOnlyMemory<double> JumpTimes(int sample) => inputs.Breakpoints(sample);

        public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => jacobian is null
            ? base.CreateJacobianEvaluator(smallestScale)
            : new FunctionJacobian(this, (sample, time, state, block) => jacobian(time, state, inputs.Evaluate(sample, time), block));

        protected override void Evaluate(int sample, double time, ReadOnlySpan<double> state, Span<double> derivative) =>
            function(time, state, inputs.Evaluate(sample, time), derivative);
    }
}
