namespace NeuralOde;

/// <summary>All rounds of a solve in order, for a backward pass over them. The memory is reused from one solve to the next.</summary>
internal sealed class StepTape(Func<StepRound> createRound)
{
    private readonly List<StepRound> _rounds = [];

    /// <summary>Rounds of the last solve.</summary>
    public int Count { get; private set; }

    public StepRound this[int index] => _rounds[index];

    public void Clear() => Count = 0;

    /// <summary>The next round to write.</summary>
    public StepRound Add()
    {
        if (Count == _rounds.Count)
            _rounds.Add(createRound());
        return _rounds[Count++];
    }

    /// <summary>Takes back the last round: nobody moved in it.</summary>
    public void RemoveLast() => Count--;
}
