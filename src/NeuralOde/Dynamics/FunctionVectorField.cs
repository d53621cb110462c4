namespace NeuralOde;

/// <summary>A vector field given as a delegate for one state.</summary>
internal sealed class FunctionVectorField(int dimension, VectorFieldFunction function) : VectorField(dimension)
{
    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(Dimension, layout, function);

    private sealed class Evaluator : VectorFieldEvaluator
    {
        private readonly VectorFieldFunction _function;
        private readonly double[] _state;
        private readonly double[] _derivative;
        private readonly bool[] _active;

        public Evaluator(int dimension, BatchLayout layout, VectorFieldFunction function)
            : base(dimension, layout)
        {
            _function = function;
            _state = new double[dimension];
            _derivative = new double[dimension];
            _active = new bool[layout.Samples];
            _active.AsSpan().Fill(true);
        }

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
