using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>Evaluates a batch one sample after the other, those only that still count.</summary>
internal abstract class PerSampleEvaluator : VectorFieldEvaluator
{
    private readonly double[] _state;
    private readonly double[] _derivative;
    private readonly bool[] _active;

    protected PerSampleEvaluator(int dimension, BatchLayout layout)
        : base(dimension, layout)
    {
        _state = new double[dimension];
        _derivative = new double[Math.Max(dimension, StageKernels.FewComponents)];
        _active = new bool[layout.Samples];
        _active.AsSpan().Fill(true);
    }

    public sealed override void SetActive(ReadOnlySpan<bool> active) => active[.._active.Length].CopyTo(_active);

    public sealed override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
    {
        if (Layout.IsSingle)
        {
            EvaluateSingle(times[0], states, derivatives);
            return;
        }

        derivatives.Clear();
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            if (!_active[sample])
                continue;
            Layout.Gather(states, sample, _state);
            Span<double> derivative = _derivative.AsSpan(0, Dimension);
            derivative.Clear();
            Evaluate(sample, times[sample], _state, derivative);
            Layout.Scatter(derivative, sample, derivatives);
        }
    }

    private void EvaluateSingle(double time, ReadOnlySpan<double> states, Span<double> derivatives)
    {
        if (Dimension > StageKernels.FewComponents)
        {
            derivatives.Clear();
            Evaluate(sample: 0, time, states[..Dimension], derivatives[..Dimension]);
            return;
        }

        double[] few = _derivative;
        Vector256<double>.Zero.CopyTo(few);
        Evaluate(sample: 0, time, states[..Dimension], few.AsSpan(0, Dimension));
        // What was written one by one is loaded one by one, and written again as the one vector that the stage kernels load.
        Vector256.Create(few[0], few[1], few[2], few[3]).CopyTo(derivatives);
    }

    /// <summary>The derivative of one sample; zero on entry.</summary>
    protected abstract void Evaluate(int sample, double time, ReadOnlySpan<double> state, Span<double> derivative);
}
