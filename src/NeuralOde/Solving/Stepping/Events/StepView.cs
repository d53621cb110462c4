namespace NeuralOde;

/// <summary>The dense output of one sample's step, gathered from the batch to be evaluated many times.</summary>
internal sealed class StepView(SolveContext context, Stepper stepper)
{
    private readonly int _dimension = context.Dimension;
    private readonly double[] _slopes = new double[ArrayLength.Of((stepper.Interpolant.Rows, "slopes"), (context.Dimension, "components"))];
    private readonly double[] _weights = new double[stepper.Interpolant.Rows];
    private readonly double[] _startState = new double[context.Dimension];
    private readonly double[] _endState = new double[context.Dimension];
    private readonly double[] _state = new double[context.Dimension];

    public double Start { get; private set; }

    public double End { get; private set; }

    /// <summary>Signed length, the unit of θ.</summary>
    public double Step { get; private set; }

    public void Load(StepRound round, int sample)
    {
        BatchLayout layout = context.Layout;
        Start = round.StartTimes[sample];
        End = round.EndTimes[sample];
        Step = round.Steps[sample];
        layout.Gather(round.StartStates, sample, _startState);
        layout.Gather(round.EndStates, sample, _endState);
        ReadOnlySpan<double> slopes = stepper.Slopes;
        for (int row = 0; row < _weights.Length; row++)
            layout.Gather(slopes.Slice(row * context.StateLength, context.StateLength), sample, _slopes.AsSpan(row * _dimension, _dimension));
    }

    /// <summary>The state at a time in the step; good until the next call.</summary>
    public ReadOnlySpan<double> StateAt(double time)
    {
        if (time == End)
            return _endState;
        stepper.Interpolant.Weights((time - Start) / Step, _weights);
        for (int i = 0; i < _dimension; i++)
        {
            double sum = 0.0;
            for (int row = 0; row < _weights.Length; row++)
                sum += _weights[row] * _slopes[row * _dimension + i];
            _state[i] = _startState[i] + Step * sum;
        }

        return _state;
    }
}
