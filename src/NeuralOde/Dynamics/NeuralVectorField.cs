namespace NeuralOde;

/// <summary>A network as a vector field: dz/dt = network(z), or network(z, t) with time as the last input.</summary>
public sealed class NeuralVectorField : TrainableVectorField
{
    /// <summary>Uses a network as the right-hand side.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes as many, or one more with time.</param>
    /// <param name="takesTime">Whether the network's last input is the time t.</param>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs.</exception>
    public NeuralVectorField(Network network, bool takesTime = false)
        : base(Checked(network, takesTime).Outputs)
    {
        Network = network;
        TakesTime = takesTime;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Whether the network's last input is the time.</summary>
    public bool TakesTime { get; }

    /// <inheritdoc/>
    public override Span<double> Parameters => Network.Parameters;

    internal override bool IsAutonomous => !TakesTime;

    internal override DifferentiableEvaluator CreateEvaluator(BatchLayout layout) => new Evaluator(this, layout);

    private static Network Checked(Network network, bool takesTime)
    {
        ArgumentNullException.ThrowIfNull(network);
        int needed = network.Outputs + (takesTime ? 1 : 0);
        if (network.Inputs == needed)
            return network;
        string hint = !takesTime && network.Inputs == network.Outputs + 1 ? " To feed it the time as last input, pass takesTime: true." : "";
        throw new ArgumentException($"The network takes {network.Inputs} numbers and gives {network.Outputs}; a vector field of {network.Outputs} components needs {needed} inputs.{hint}", nameof(network));
    }

    private sealed class Evaluator : TangentEvaluator
    {
        private readonly NetworkEvaluator _network;
        private readonly bool _takesTime;
        private readonly int _stateLength;
        private readonly double[] _inputs;
        private readonly double[] _inputCotangents;
        private readonly double[] _inputTangents;
        private readonly double[] _tangentRecord;

        public Evaluator(NeuralVectorField field, BatchLayout layout)
            : base(field.Dimension, field.Network.ParameterCount, layout)
        {
            _network = new NetworkEvaluator(field.Network, layout);
            _takesTime = field.TakesTime;
            _stateLength = layout.Length(Dimension);
            int inputLength = _takesTime ? layout.Length(Dimension + 1) : 0;
            _inputs = new double[inputLength];
            _inputCotangents = new double[inputLength];
            _inputTangents = new double[inputLength];
            _tangentRecord = new double[_network.CotangentRecordLength];
        }

        public override bool IsAutonomous => !_takesTime;

        public override int RecordLength => _network.RecordLength;

        public override int CotangentRecordLength => _network.CotangentRecordLength;

        public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record) =>
            _network.Forward(Inputs(times, states), derivatives[.._stateLength], record);

        public override void PropagateCotangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, Span<double> stateCotangents, Span<double> cotangentRecord)
        {
            if (!_takesTime)
            {
                _network.PropagateCotangent(states, record, cotangents, stateCotangents, cotangentRecord);
                return;
            }

            _network.PropagateCotangent(Inputs(times, states), record, cotangents, _inputCotangents, cotangentRecord);
            // Behind a single sample's components the buffer holds padding, where the time's cotangent must not leak.
            _inputCotangents.AsSpan(0, _stateLength).CopyTo(stateCotangents);
            if (Layout.IsSingle)
                stateCotangents[Dimension..].Clear();
        }

        public override void PropagateTangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> stateTangents, double timeTangent, Span<double> derivativeTangents)
        {
            ReadOnlySpan<double> tangents = stateTangents;
            if (_takesTime)
            {
                stateTangents[.._stateLength].CopyTo(_inputTangents);
                _inputTangents.AsSpan(Layout.Index(Dimension, 0), Layout.Stride).Fill(timeTangent);
                tangents = _inputTangents;
            }

            _network.PropagateTangent(Inputs(times, states), record, tangents, derivativeTangents[.._stateLength], _tangentRecord);
        }

        public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => new TangentJacobian(this);

        public override void AccumulateGradient(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> gradient) =>
            _network.AccumulateGradient(Inputs(times, states), record, cotangents, cotangentRecord, weights, gradient);

        /// <summary>The states, with a row of times below where the network wants it.</summary>
        private ReadOnlySpan<double> Inputs(ReadOnlySpan<double> times, ReadOnlySpan<double> states)
        {
            if (!_takesTime)
                return states;
            if (Layout.IsSingle)
            {
                states[..Dimension].CopyTo(_inputs);
                _inputs[Dimension] = times[0];
            }
            else
            {
                states[.._stateLength].CopyTo(_inputs);
                times.CopyTo(_inputs.AsSpan(_stateLength));
            }

            return _inputs;
        }
    }
}
