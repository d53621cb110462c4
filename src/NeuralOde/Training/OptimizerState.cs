namespace NeuralOde;

/// <summary>
/// What an optimizer remembers between steps. It belongs to one training run. Copying <see cref="Buffers"/> and <see cref="StepCount"/> into a
/// fresh state of the same optimizer continues the run bit for bit.
/// </summary>
internal abstract class OptimizerState
{
    private readonly int _parameterCount;

    protected OptimizerState(int parameterCount, params (string Name, double[] Values)[] buffers)
    {
        _parameterCount = parameterCount;
        Buffers = buffers;
    }

    /// <summary>The live buffers, to be written to and read from checkpoints; each has one value for each parameter.</summary>
    public IReadOnlyList<(string Name, double[] Values)> Buffers { get; }

    /// <summary>Whether a buffer holds averages of squares, which no step makes negative and whose root the next one takes.</summary>
    public static bool HoldsSquares(string buffer) => buffer is "exp_avg_sq" or "square_avg";

    /// <summary>The number of steps taken so far.</summary>
    public long StepCount
    {
        get;
        set => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"StepCount must be at least 0, but it is {value}.");
    }

    /// <summary>Moves <paramref name="parameters"/> one step down the <paramref name="gradient"/>. Allocates nothing.</summary>
    /// <param name="parameters">The parameters, changed in place.</param>
    /// <param name="gradient">∂L/∂parameters. It must be finite: one NaN would stay in the buffers for good.</param>
    /// <param name="learningRate">The learning rate of this step: the optimizer's times the schedule's factor.</param>
    /// <exception cref="ArgumentException">A span is not as long as the state was created for.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="learningRate"/> is negative or not finite.</exception>
    public void Step(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        RequireLength(parameters.Length, nameof(parameters));
        RequireLength(gradient.Length, nameof(gradient));
        TrainingArguments.NonNegative(learningRate);
        StepCount++;
        Update(parameters, gradient, learningRate);
    }

    /// <summary>The update rule; <see cref="StepCount"/> already counts this step.</summary>
    protected abstract void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate);

    private void RequireLength(int length, string name)
    {
        if (length != _parameterCount)
            throw new ArgumentException($"{name} has {length} elements, but the optimizer state was created for {_parameterCount}.", name);
    }
}
