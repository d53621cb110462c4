namespace NeuralOde;

/// <summary>The augmented system (z, a) of the continuous adjoint: dz/dt = f(z, t), da/dt = −(∂f/∂z)ᵀ a.</summary>
/// <remarks>Its record is the vector field's record followed by the cotangent record, so that the parameter gradient can be taken later.</remarks>
internal sealed class AdjointEvaluator : VectorFieldEvaluator
{
    private readonly DifferentiableEvaluator _field;
    private readonly int _stateLength;
    private readonly double[] _ownRecord;
    private readonly double[] _state;
    private readonly double[] _adjoint;
    private readonly double[] _derivative;
    private readonly double[] _product;

    public AdjointEvaluator(DifferentiableEvaluator field)
        : base(ArrayLength.Of((2, "states and adjoints"), (field.Dimension, "components")), field.Layout)
    {
        _field = field;
        _stateLength = Layout.Length(field.Dimension);
        long recordLength = (long)field.RecordLength + field.CotangentRecordLength;
        RecordLength = recordLength <= ArrayLength.Max ? (int)recordLength : throw ArrayLength.TooLong(recordLength, $"{recordLength / Layout.Stride} numbers recorded × {Layout.Samples} samples");
        _ownRecord = new double[RecordLength];
        // In a batch both halves are whole rows; a single sample's halves must be copied to whole vectors.
        int scratch = Layout.IsSingle ? _stateLength : 0;
        _state = new double[scratch];
        _adjoint = new double[scratch];
        _derivative = new double[scratch];
        _product = new double[scratch];
    }

    public override int StateDimension => _field.Dimension;

    public override int RecordLength { get; }

    public override ReadOnlyMemory<double> JumpTimes(int sample) => _field.JumpTimes(sample);

    public override int JumpTimesVersion => _field.JumpTimesVersion;

    public override bool IsAutonomous => _field.IsAutonomous;

    public override void Refresh() => _field.Refresh();

    public override void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination)
    {
        _field.SelectRecord(mask, source[.._field.RecordLength], destination);
        _field.SelectRecord(mask, source[_field.RecordLength..], destination[_field.RecordLength..]);
    }

    public override void SetActive(ReadOnlySpan<bool> active) => _field.SetActive(active);

    public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
    {
        if (record.IsEmpty)
            record = _ownRecord;
        Span<double> values = record[.._field.RecordLength];
        Span<double> cotangents = record[_field.RecordLength..];
        Split(states, out ReadOnlySpan<double> z, out ReadOnlySpan<double> a);
        if (!Layout.IsSingle)
        {
            _field.Evaluate(times, z, derivatives[.._stateLength], values);
            Span<double> product = derivatives.Slice(_stateLength, _stateLength);
            _field.PropagateCotangent(times, z, values, a, product, cotangents);
            StageKernels.Widest.Negate(product, product);
            return;
        }

        _field.Evaluate(times, z, _derivative, values);
        _field.PropagateCotangent(times, z, values, a, _product, cotangents);
        StageKernels.Widest.Negate(_product, _product);
        _derivative.AsSpan(0, _field.Dimension).CopyTo(derivatives);
        _product.AsSpan(0, _field.Dimension).CopyTo(derivatives[_field.Dimension..]);
    }

    /// <inheritdoc cref="DifferentiableEvaluator.GradientSumLength"/>
    public int GradientSumLength => _field.GradientSumLength;

    /// <summary>Adds to the sums of the gradient: Σ over samples of weight · (∂f/∂θ)ᵀ a at a recorded point.</summary>
    public void AccumulateGradient(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record, ReadOnlySpan<double> weights, Span<double> sums)
    {
        Split(states, out ReadOnlySpan<double> z, out ReadOnlySpan<double> a);
        _field.AccumulateGradient(times, z, record[.._field.RecordLength], a, record[_field.RecordLength..], weights, sums);
    }

    /// <inheritdoc cref="DifferentiableEvaluator.AccumulateSampleSums"/>
    public void AccumulateSampleSums(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record, ReadOnlySpan<double> weights,
        Span<double> sums, Span<double> magnitudes)
    {
        Split(states, out ReadOnlySpan<double> z, out ReadOnlySpan<double> a);
        _field.AccumulateSampleSums(times, z, record[.._field.RecordLength], a, record[_field.RecordLength..], weights, sums, magnitudes);
    }

    /// <inheritdoc cref="DifferentiableEvaluator.AddSums"/>
    public void AddSums(ReadOnlySpan<double> sums, Span<double> gradient) => _field.AddSums(sums, gradient);

    private void Split(ReadOnlySpan<double> states, out ReadOnlySpan<double> z, out ReadOnlySpan<double> a)
    {
        if (!Layout.IsSingle)
        {
            z = states[.._stateLength];
            a = states.Slice(_stateLength, _stateLength);
            return;
        }

        states[.._field.Dimension].CopyTo(_state);
        states.Slice(_field.Dimension, _field.Dimension).CopyTo(_adjoint);
        z = _state;
        a = _adjoint;
    }
}
