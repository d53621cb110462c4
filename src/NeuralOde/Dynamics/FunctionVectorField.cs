namespace NeuralOde;

/// <summary>A vector field given as a delegate for one state.</summary>
internal sealed class FunctionVectorField(int dimension, VectorFieldFunction function, JacobianFunction? jacobian, bool isAutonomous) : VectorField(dimension)
{
    /// <summary>The right-hand side.</summary>
    public VectorFieldFunction Function => function;

    internal override bool IsAutonomous => isAutonomous;

    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(this, layout, function, jacobian);

    private sealed class Evaluator(FunctionVectorField owner, BatchLayout layout, VectorFieldFunction function, JacobianFunction? jacobian)
        : PerSampleEvaluator(owner.Dimension, layout)
    {
        public override bool IsAutonomous => owner.IsAutonomous;

        public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) =>
            jacobian is null ? base.CreateJacobianEvaluator(smallestScale) : new FunctionJacobian(this, (_, time, state, block) => jacobian(time, state, block));

        protected override void Evaluate(int sample, double time, ReadOnlySpan<double> state, Span<double> derivative) => function(time, state, derivative);
    }
}
