namespace NeuralOde;

/// <summary>
/// What an optimizer remembers between steps. It belongs to one training run. Copying <see cref="Buffers"/> and <see cref="StepCount"/> into a
/// fresh state of the same optimizer continues the run bit for bit.
/// </summary>
internal abstract class OptimizerState
{
    private readonly int _parameterCount;
    private readonly double[] _parametersBefore;
    private readonly double[][] _buffersBefore;

    protected OptimizerState(int parameterCount, params (string Name, double[] Values)[] buffers)
    {
        _parameterCount = parameterCount;
        Buffers = buffers;
        _parametersBefore = new double[parameterCount];
        _buffersBefore = [.. buffers.Select(_ => new double[parameterCount])];
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

    /// <summary>
    /// Moves <paramref name="parameters"/> one step down the <paramref name="gradient"/>, or nothing at all where the step would leave a
    /// parameter or a number of the buffers NaN or infinite. Allocates nothing.
    /// </summary>
    /// <param name="parameters">The parameters, changed in place.</param>
    /// <param name="gradient">∂L/∂parameters. It must be finite: one NaN would stay in the buffers for good.</param>
    /// <param name="learningRate">The learning rate of this step: the optimizer's times the schedule's factor.</param>
    /// <returns>Whether the step was taken.</returns>
    /// <exception cref="ArgumentException">A span is not as long as the state was created for.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="learningRate"/> is negative or not finite.</exception>
    public bool Step(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        RequireLength(parameters.Length, nameof(parameters));
        RequireLength(gradient.Length, nameof(gradient));
        TrainingArguments.NonNegative(learningRate);
        parameters.CopyTo(_parametersBefore);
        for (int i = 0; i < _buffersBefore.Length; i++)
            Buffers[i].Values.CopyTo(_buffersBefore[i], 0);
        StepCount++;
        Update(parameters, gradient, learningRate);
        bool isFinite = Guard.IsFinite(parameters);
        for (int i = 0; i < _buffersBefore.Length && isFinite; i++)
            isFinite = Guard.IsFinite(Buffers[i].Values);
        if (!isFinite)
            Undo(parameters);
        return isFinite;
    }

    /// <summary>The update rule; <see cref="StepCount"/> already counts this step.</summary>
    protected abstract void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate);

    private void Undo(Span<double> parameters)
    {
        StepCount--;
        _parametersBefore.CopyTo(parameters);
        for (int i = 0; i < _buffersBefore.Length; i++)
            _buffersBefore[i].CopyTo(Buffers[i].Values, 0);
    }

    private void RequireLength(int length, string name)
    {
        if (length != _parameterCount)
            throw new ArgumentException($"{name} has {length} elements, but the optimizer state was created for {_parameterCount}.", name);
    }
}
