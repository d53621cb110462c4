namespace NeuralOde;

/// <summary>The course of a run in at most 2000 points: when there are that many, every other one goes, and from there on only every other iteration is kept.</summary>
internal sealed class TrainingHistory
{
    private const int Most = 2000;
    private readonly List<TrainingProgress> _points = [];
    private int _every = 1;
    private int _seen;

    public IReadOnlyList<TrainingProgress> Points => _points;

    public void Add(in TrainingProgress step)
    {
        if (_seen++ % _every != 0)
            return;
        _points.Add(step);
        if (_points.Count < Most)
            return;
        for (int i = 0; 2 * i < Most; i++)
            _points[i] = _points[2 * i];
        _points.RemoveRange(Most / 2, Most / 2);
        _every *= 2;
    }
}
