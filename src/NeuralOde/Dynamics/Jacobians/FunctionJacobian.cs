namespace NeuralOde;

/// <summary>The Jacobian ∂f/∂y of one sample, row-major; zero on entry.</summary>
internal delegate void SampleJacobianFunction(int sample, double time, ReadOnlySpan<double> state, Span<double> jacobian);

/// <summary>Jacobians from the user's function, one sample after the other.</summary>
internal sealed class FunctionJacobian(VectorFieldEvaluator field, SampleJacobianFunction function) : JacobianEvaluator(field)
{
    private readonly double[] _state = new double[field.Dimension];

    protected override void EvaluateCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        for (int sample = 0; sample < Remaining.Length; sample++)
        {
            if (!Remaining[sample])
                continue;
            Span<double> block = Block(jacobians, sample);
            block.Clear();
            Layout.Gather(states, sample, _state);
            function(sample, times[sample], _state, block);
        }
    }
}
