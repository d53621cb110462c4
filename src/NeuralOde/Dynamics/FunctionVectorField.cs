namespace NeuralOde;

/// <summary>A vector field given as a delegate for one state.</summary>
internal sealed class FunctionVectorField(int dimension, VectorFieldFunction function, JacobianFunction? jacobian, bool isAutonomous) : VectorField(dimension)
{
    internal override bool IsAutonomous => isAutonomous;

    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(this, layout, function, jacobian);

    private sealed class Evaluator : VectorFieldEvaluator
    {
        private readonly VectorFieldFunction _function;
        private readonly JacobianFunction? _jacobian;
        private readonly double[] _state;
        private readonly double[] _derivative;
        private readonly bool[] _active;

        public Evaluator(FunctionVectorField field, BatchLayout layout, VectorFieldFunction function, JacobianFunction? jacobian)
            : base(field.Dimension, layout)
        {
            IsAutonomous = field.IsAutonomous;
            _function = function;
            _jacobian = jacobian;
            _state = new double[Dimension];
            _derivative = new double[Dimension];
            _active = new bool[layout.Samples];
            _active.AsSpan().Fill(true);
        }

        public override bool IsAutonomous { get; }

        public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) =>
            _jacobian is null ? base.CreateJacobianEvaluator(smallestScale) : new FunctionJacobian(this, _jacobian);

        public override void SetActive(ReadOnlySpan<bool> active) => active[.._active.Length].CopyTo(_active);

        public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
        {
            derivatives.Clear();
            if (Layout.IsSingle)
            {
                _function(times[0], states[..Dimension], derivatives[..Dimension]);
                return;
            }

            for (int sample = 0; sample < Layout.Samples; sample++)
            {
                if (!_active[sample])
                    continue;
                Layout.Gather(states, sample, _state);
                _derivative.AsSpan().Clear();
                _function(times[sample], _state, _derivative);
                Layout.Scatter(_derivative, sample, derivatives);
            }
        }
    }
}
