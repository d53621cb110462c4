namespace NeuralOde;

/// <summary>All rounds of a solve in order, for a backward pass over them. The memory is reused from one solve to the next.</summary>
/// <param name="createRound">Makes a round, with records or without.</param>
/// <param name="recordedRounds">Rounds that have records: the first ones.</param>
internal sealed class StepTape(Func<bool, StepRound> createRound, long recordedRounds)
{
    private readonly List<StepRound> _rounds = [];

    /// <summary>Rounds of the last solve.</summary>
    public int Count { get; private set; }

    public StepRound this[int index] => _rounds[index];

    /// <summary>Rounds there is memory for.</summary>
    public int Capacity => _rounds.Count;

    public void Clear() => Count = 0;

    /// <summary>Makes memory for so many rounds.</summary>
    public void Reserve(int rounds)
    {
        while (_rounds.Count < rounds)
            _rounds.Add(createRound(_rounds.Count < recordedRounds));
    }

    /// <summary>The next round to write.</summary>
    public StepRound Add()
    {
        if (Count == _rounds.Count)
            _rounds.Add(createRound(Count < recordedRounds));
        return _rounds[Count++];
    }

    /// <summary>Takes back the last round: nobody moved in it.</summary>
    public void RemoveLast() => Count--;
}
