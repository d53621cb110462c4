namespace NeuralOde;

/// <summary>A network as a vector field: dz/dt = network(z), network(z, u(t)) with an input signal, or either with time as the last input.</summary>
public sealed class NeuralVectorField : TrainableVectorField
{
    private readonly SampleInputs? _inputs;

    /// <summary>Uses a network as the right-hand side.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes as many, or one more with time.</param>
    /// <param name="takesTime">Whether the network's last input is the time t.</param>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs.</exception>
    public NeuralVectorField(Network network, bool takesTime = false)
        : this(network, takesTime, inputs: null)
    {
    }

    /// <summary>Uses a network that is driven by an input u(t), which all samples share, as the right-hand side.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes those, then those of u(t), then perhaps the time.</param>
    /// <param name="input">The input. Solves place step ends at its <see cref="InputSignal.Breakpoints"/>; a <see cref="Standardization"/> leaves its values as they are, unless it has <see cref="Standardization.InputMeans"/>.</param>
    /// <param name="takesTime">Whether the network's last input is the time t.</param>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs and the input, or an argument is null.</exception>
    /// <remarks>Another field with the same network and another input shares the parameters: train with one input, predict with another.</remarks>
    /// <example>
    /// <code>
    /// var network = new MultilayerPerceptron(inputs: 3, hidden: [16], outputs: 2, seed: 7);       // two states, one input
    /// var seen = InputSignal.PiecewiseConstant([0.0, 1.0], [1.0, 0.0]);
    /// var model = new NeuralOdeModel(new NeuralVectorField(network, seen));
    /// // ... train the model ...
    /// var planned = InputSignal.PiecewiseConstant([0.0, 0.5], [2.0, 0.5]);
    /// OdeSolution forecast = OdeSolver.Solve(new NeuralVectorField(network, planned), [1.0, 0.0], [0.0, 1.0, 2.0]);
    /// </code>
    /// </example>
    public NeuralVectorField(Network network, InputSignal input, bool takesTime = false)
        : this(network, takesTime, new SampleInputs(input))
    {
    }

    /// <summary>Uses a network that is driven by an input u(t) of its own for every sample of a batch as the right-hand side.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes those, then those of u(t), then perhaps the time.</param>
    /// <param name="inputs">One input per sample, all with as many components. A solve or gradient must have as many samples; a <see cref="Trainer"/> refuses such a field.</param>
    /// <param name="takesTime">Whether the network's last input is the time t.</param>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs and the inputs, an argument is null, or there are no inputs or such of different dimensions.</exception>
    public NeuralVectorField(Network network, IReadOnlyList<InputSignal> inputs, bool takesTime = false)
        : this(network, takesTime, new SampleInputs(inputs))
    {
    }

    /// <summary>Uses a network that is driven by an input u(t) which comes with each trajectory as the right-hand side.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes those, then those of u(t), then perhaps the time.</param>
    /// <param name="inputDimension">Components of u, at least 1.</param>
    /// <param name="takesTime">Whether the network's last input is the time t.</param>
    /// <remarks>
    /// A <see cref="Trainer"/> takes the signals from <see cref="Trajectory.Input"/>; <see cref="NeuralOdeModel.Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, CancellationToken)"/> and its
    /// relatives are given them. By itself such a field can not be solved: build one around the same network with an input for that.
    /// </remarks>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs and the input, or <paramref name="inputDimension"/> is less than 1.</exception>
    /// <example>
    /// <code>
    /// var network = new MultilayerPerceptron(inputs: 3, hidden: [16], outputs: 2, seed: 7);       // two states, one input
    /// var model = new NeuralOdeModel(new NeuralVectorField(network, inputDimension: 1));
    /// var dose = InputSignal.PiecewiseConstant([0.0, 0.5], [2.0, 0.0]);
    /// OdeSolution course = model.Predict([1.0, 0.0], [0.0, 1.0, 2.0], dose);
    /// </code>
    /// </example>
    public NeuralVectorField(Network network, int inputDimension, bool takesTime = false)
        : this(network, takesTime, inputs: null, inputDimension >= 1 ? inputDimension
            : throw new ArgumentOutOfRangeException(nameof(inputDimension), inputDimension, $"inputDimension must be at least 1, but it is {inputDimension}."))
    {
    }

    private NeuralVectorField(Network network, bool takesTime, SampleInputs? inputs, int unbound = 0)
        : base(Checked(network, takesTime, inputs?.Dimension ?? unbound).Outputs)
    {
        Network = network;
        TakesTime = takesTime;
        _inputs = inputs;
        InputDimension = inputs?.Dimension ?? unbound;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Whether the network's last input is the time.</summary>
    public bool TakesTime { get; }

    /// <summary>The input signals: none, one that all samples share, or one per sample. None where they come with each trajectory, too.</summary>
    public IReadOnlyList<InputSignal> Inputs => _inputs?.Signals ?? [];

    /// <summary>Components of the input u(t); 0 without one.</summary>
    public int InputDimension { get; }

    /// <summary>Whether the input comes with each trajectory and each prediction, instead of being one of <see cref="Inputs"/>.</summary>
    public bool NeedsInput => _inputs is null && InputDimension > 0;

    /// <inheritdoc/>
    public override Span<double> Parameters => Network.Parameters;

    internal override bool IsAutonomous => !TakesTime && InputDimension == 0;

    internal override int RequiredInputDimension => _inputs is null ? InputDimension : 0;

    internal override TrainableVectorField Bind(SampleInputs inputs) => new NeuralVectorField(Network, TakesTime, inputs);

    internal override int? RequiredSamples => _inputs?.RequiredSamples;

    internal override TrainableVectorField ForSamples(int first, int count) =>
        _inputs?.RequiredSamples is null ? this : new NeuralVectorField(Network, TakesTime, _inputs.ForSamples(first, count));

    internal override TrainableVectorField InUnits(Standardization standardization) =>
        _inputs is null || (!standardization.ChangesTime && standardization.InputMeans.IsEmpty) ? this : new NeuralVectorField(Network, TakesTime, _inputs.InUnits(standardization));

    internal override DifferentiableEvaluator CreateEvaluator(BatchLayout layout)
    {
        if (NeedsInput)
            throw new ArgumentException($"The vector field takes an input of {InputDimension} components that comes with each trajectory, and has none here. Give it one: new NeuralVectorField(network, input), or a model's Predict with an input.");
        return new Evaluator(this, layout);
    }

    private static Network Checked(Network network, bool takesTime, int forced)
    {
        ArgumentNullException.ThrowIfNull(network);
        long needed = (long)network.Outputs + forced + (takesTime ? 1 : 0);
        if (network.Inputs == needed)
            return network;
        string sum = forced == 0 ? "" : $" ({network.Outputs} for the state, {forced} for the input{(takesTime ? ", 1 for the time" : "")})";
        string hint = !takesTime && network.Inputs == needed + 1 ? " To feed it the time as last input, pass takesTime: true." : "";
        throw new ArgumentException($"The network takes {network.Inputs} numbers and gives {network.Outputs}; a vector field of {network.Outputs} components needs {needed} inputs{sum}.{hint}", nameof(network));
    }

    private sealed class Evaluator : TangentEvaluator
    {
        private readonly NetworkEvaluator _network;
        private readonly InputEvaluator? _signals;
        private readonly bool _takesTime;
        private readonly bool _takesStateOnly;
        private readonly int _stateLength;
        private readonly int _timeRow;
        private readonly double[] _inputs;
        private readonly double[] _inputCotangents;
        private readonly double[] _inputTangents;
        private readonly double[] _tangentRecord;

        public Evaluator(NeuralVectorField field, BatchLayout layout)
            : base(field.Dimension, field.Network.ParameterCount, layout)
        {
            _network = NetworkEvaluator.Create(field.Network, layout);
            _signals = field._inputs?.CreateEvaluator(layout);
            _takesTime = field.TakesTime;
            _takesStateOnly = field.Network.Inputs == Dimension;
            _stateLength = layout.Length(Dimension);
            _timeRow = field.Network.Inputs - 1;
            int inputLength = _takesStateOnly ? 0 : layout.Length(field.Network.Inputs);
            _inputs = new double[inputLength];
            _inputCotangents = new double[inputLength];
            _inputTangents = new double[inputLength];
            _tangentRecord = new double[_network.CotangentRecordLength];
        }

        public override bool IsAutonomous => !_takesTime && _signals is null;

        public override ReadOnlyMemory<double> JumpTimes(int sample) => _signals is null ? default : _signals.Breakpoints(sample);

        public override int JumpTimesVersion => _signals?.Version ?? 0;

        public override bool HasTimeTangent => _signals is null;

        public override int RecordLength => _network.RecordLength;

        public override int GradientSumLength => _network.GradientSumLength;

        public override void Refresh()
        {
            _network.Refresh();
            _signals?.Refresh();
        }

        public override void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination) =>
            _network.SelectRecord(mask, source, destination);

        public override int CotangentRecordLength => _network.CotangentRecordLength;

        public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record) =>
            _network.Forward(Inputs(times, states), derivatives[.._stateLength], record);

        public override void PropagateCotangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, Span<double> stateCotangents, Span<double> cotangentRecord)
        {
            if (_takesStateOnly)
            {
                _network.PropagateCotangent(states, record, cotangents, stateCotangents, cotangentRecord);
                return;
            }

            _network.PropagateCotangent(Inputs(times, states), record, cotangents, _inputCotangents, cotangentRecord);
            // Behind a single sample's components the buffer holds padding, where the cotangents of u and t must not leak.
            _inputCotangents.AsSpan(0, _stateLength).CopyTo(stateCotangents);
            if (Layout.IsSingle)
                stateCotangents[Dimension..].Clear();
        }

        public override void PropagateTangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> stateTangents, double timeTangent, Span<double> derivativeTangents)
        {
            ReadOnlySpan<double> tangents = stateTangents;
            if (!_takesStateOnly)
            {
                int stride = Layout.Stride;
                _inputTangents.AsSpan().Clear();
                stateTangents[..(Dimension * stride)].CopyTo(_inputTangents);
                if (_takesTime)
                    _inputTangents.AsSpan(_timeRow * stride, stride).Fill(timeTangent);
                tangents = _inputTangents;
            }

            _network.PropagateTangent(Inputs(times, states), record, tangents, derivativeTangents[.._stateLength], _tangentRecord);
        }

        public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => new TangentJacobian(this);

        public override void AccumulateGradient(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums) =>
            _network.AccumulateGradient(Inputs(times, states), record, cotangents, cotangentRecord, weights, sums);

        public override int SampleSumCount => _network.SampleSumCount;

        public override int SampleSumStride => _network.SampleSumStride;

        public override double UnitRoundoff => _network.UnitRoundoff;

        public override void AccumulateSampleSums(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
            ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes) =>
            _network.AccumulateSampleSums(Inputs(times, states), record, cotangents, cotangentRecord, weights, sums, magnitudes);

        public override void AddSums(ReadOnlySpan<double> sums, Span<double> gradient) => _network.AddSums(sums, gradient);

        /// <summary>The states, with rows of inputs and times below where the network wants them.</summary>
        private ReadOnlySpan<double> Inputs(ReadOnlySpan<double> times, ReadOnlySpan<double> states)
        {
            if (_takesStateOnly)
                return states;
            int stride = Layout.Stride;
            states[..(Dimension * stride)].CopyTo(_inputs);
            _signals?.EvaluateRows(times, _inputs.AsSpan(Dimension * stride));
            if (_takesTime)
                times[..stride].CopyTo(_inputs.AsSpan(_timeRow * stride));
            return _inputs;
        }
    }
}
