namespace NeuralOde;

/// <summary>Jacobians row by row, from vector–Jacobian products with unit cotangents.</summary>
internal sealed class CotangentJacobian(DifferentiableEvaluator field) : JacobianEvaluator(field)
{
    private readonly double[] _record = new double[field.RecordLength];
    private readonly double[] _cotangentRecord = new double[field.CotangentRecordLength];
    private readonly double[] _cotangents = new double[field.Layout.Length(field.Dimension)];
    private readonly double[] _products = new double[field.Layout.Length(field.Dimension)];

    protected override void EvaluateCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        if (_record.Length > 0)
            EvaluateField(Remaining, times, states, ProbeDerivatives, _record);
        else
            field.SetActive(Remaining);

        _cotangents.AsSpan().Clear();
        for (int row = 0; row < Dimension; row++)
        {
            Span<double> unit = _cotangents.AsSpan(Layout.Index(row, 0), Layout.Samples);
            unit.Fill(1.0);
            field.PropagateCotangent(times, states, _record, _cotangents, _products, _cotangentRecord);
            unit.Clear();
            for (int sample = 0; sample < Remaining.Length; sample++)
            {
                if (Remaining[sample])
                    Layout.Gather(_products, sample, Block(jacobians, sample).Slice(row * Dimension, Dimension));
            }
        }

        Products += Dimension;
    }
}
