namespace NeuralOde;

/// <summary>A trainable vector field given as delegates for one state.</summary>
internal sealed class ParametricVectorField(int dimension, double[] parameters, ParametricVectorFieldFunction function,
    VectorJacobianProductFunction vectorJacobianProduct) : TrainableVectorField(dimension)
{
    public override Span<double> Parameters => parameters;

    public ParametricVectorFieldFunction Function => function;

    public VectorJacobianProductFunction VectorJacobianProduct => vectorJacobianProduct;

    internal override DifferentiableEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(this, layout, parameters, function, vectorJacobianProduct);

    /// <summary>Gathers one sample after the other. Its cotangent record holds each sample's parameter cotangent.</summary>
    private sealed class Evaluator : DifferentiableEvaluator
    {
        private readonly double[] _parameters;
        private readonly ParametricVectorFieldFunction _function;
        private readonly VectorJacobianProductFunction _vectorJacobianProduct;
        private readonly double[] _state;
        private readonly double[] _cotangent;
        private readonly double[] _derivative;
        private readonly double[] _parameterCotangent;
        private readonly bool[] _active;

        public Evaluator(ParametricVectorField field, BatchLayout layout, double[] parameters,
            ParametricVectorFieldFunction function, VectorJacobianProductFunction vectorJacobianProduct)
            : base(field.Dimension, parameters.Length, layout)
        {
            _parameters = parameters;
            _function = function;
            _vectorJacobianProduct = vectorJacobianProduct;
            _state = new double[Dimension];
            _cotangent = new double[Dimension];
            _derivative = new double[Dimension];
            _parameterCotangent = new double[parameters.Length];
            _active = new bool[layout.Samples];
            _active.AsSpan().Fill(true);
        }

        public override int CotangentRecordLength => Layout.Length(ParameterCount, "parameters");

        public override void SetActive(ReadOnlySpan<bool> active) => active[.._active.Length].CopyTo(_active);

        public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
        {
            derivatives.Clear();
            for (int sample = 0; sample < Layout.Samples; sample++)
            {
                if (!_active[sample])
                    continue;
                Layout.Gather(states, sample, _state);
                _derivative.AsSpan().Clear();
                _function(times[sample], _state, _parameters, _derivative);
                Layout.Scatter(_derivative, sample, derivatives);
            }
        }

        public override void PropagateCotangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, Span<double> stateCotangents, Span<double> cotangentRecord)
        {
            stateCotangents.Clear();
            cotangentRecord.Clear();
            for (int sample = 0; sample < Layout.Samples; sample++)
            {
                if (!_active[sample])
                    continue;
                Layout.Gather(cotangents, sample, _cotangent);
                if (!_cotangent.AsSpan().ContainsAnyExcept(0.0))
                    continue;
                Layout.Gather(states, sample, _state);
                _derivative.AsSpan().Clear();
                _parameterCotangent.AsSpan().Clear();
                _vectorJacobianProduct(times[sample], _state, _parameters, _cotangent, _derivative, _parameterCotangent);
                Layout.Scatter(_derivative, sample, stateCotangents);
                Layout.Scatter(_parameterCotangent, sample, cotangentRecord);
            }
        }

        public override int SampleSumCount => ParameterCount;

        public override void AccumulateSampleSums(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes)
        {
            for (int i = 0; i < ParameterCount; i++)
            {
                for (int sample = 0; sample < Layout.Samples; sample++)
                {
                    int at = Layout.Index(i, sample);
                    double value = (weights.IsEmpty ? 1.0 : weights[sample]) * cotangentRecord[at];
                    sums[at] += value;
                    if (!magnitudes.IsEmpty)
                        magnitudes[at] += Math.Abs(value);
                }
            }
        }

        public override void AccumulateGradient(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums)
        {
            for (int i = 0; i < sums.Length; i++)
            {
                double sum = 0.0;
                for (int sample = 0; sample < Layout.Samples; sample++)
                    sum += (weights.IsEmpty ? 1.0 : weights[sample]) * cotangentRecord[Layout.Index(i, sample)];
                sums[i] += sum;
            }
        }
    }
}
