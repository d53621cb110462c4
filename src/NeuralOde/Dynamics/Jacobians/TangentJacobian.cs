namespace NeuralOde;

/// <summary>Jacobians column by column, from Jacobian–vector products with unit tangents; ∂f/∂t likewise.</summary>
internal sealed class TangentJacobian(TangentEvaluator field) : JacobianEvaluator(field)
{
    private readonly double[] _record = new double[field.RecordLength];
    private readonly double[] _tangents = new double[field.Layout.Length(field.Dimension)];
    private readonly double[] _products = new double[field.Layout.Length(field.Dimension)];

    protected override void EvaluateCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        EvaluateField(Remaining, times, states, ProbeDerivatives, _record);
        _tangents.AsSpan().Clear();
        for (int column = 0; column < Dimension; column++)
        {
            Span<double> unit = _tangents.AsSpan(Layout.Index(column, 0), Layout.Samples);
            unit.Fill(1.0);
            field.PropagateTangent(times, states, _record, _tangents, timeTangent: 0.0, _products);
            unit.Clear();
            for (int sample = 0; sample < Remaining.Length; sample++)
            {
                if (Remaining[sample])
                    StoreColumn(column, sample, Block(jacobians, sample));
            }
        }

        Products += Dimension;
    }

    protected override void EvaluateTimeDerivativeCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> timeDerivatives)
    {
        if (!field.HasTimeTangent)
        {
            base.EvaluateTimeDerivativeCore(times, ends, states, derivatives, timeDerivatives);
            return;
        }

        EvaluateField(Remaining, times, states, ProbeDerivatives, _record);
        _tangents.AsSpan().Clear();
        field.PropagateTangent(times, states, _record, _tangents, timeTangent: 1.0, _products);
        Products++;
        for (int sample = 0; sample < Remaining.Length; sample++)
        {
            for (int i = 0; i < Dimension && Remaining[sample]; i++)
                timeDerivatives[Layout.Index(i, sample)] = _products[Layout.Index(i, sample)];
        }
    }

    private void StoreColumn(int column, int sample, Span<double> block)
    {
        for (int i = 0; i < Dimension; i++)
            block[i * Dimension + column] = _products[Layout.Index(i, sample)];
    }
}
