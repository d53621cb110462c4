namespace NeuralOde;

/// <summary>
/// The gradient engines of a model's last calls, so that a loop that calls again and again, also with a few batch sizes in turn, allocates them once.
/// An engine is handed to one call at a time.
/// </summary>
internal sealed class EngineCache
{
    /// <summary>Engines that are kept.</summary>
    public const int Capacity = 4;

    private readonly Lock _lock = new();
    private readonly List<Entry> _entries = new(Capacity);
    private int _releases;

    /// <summary>An idle engine that fits, or a new one.</summary>
    public Lease Rent(NeuralOdeModel model, int samples)
    {
        int releases;
        lock (_lock)
        {
            releases = _releases;
            for (int i = _entries.Count - 1; i >= 0; i--)
            {
                Entry entry = _entries[i];
                if (entry.Engine.Layout.Samples != samples || entry.Solver != model.Solver || entry.Gradient != model.Gradient)
                    continue;
                _entries.RemoveAt(i);
                return new Lease(entry, releases);
            }
        }

        SampleInputs? inputs = model.InputDimension == 0 ? null : SampleInputs.Slots(model.InputDimension, samples);
        return new Lease(new Entry(model.CreateEngine(samples, inputs), inputs, model.Solver, model.Gradient), releases);
    }

    /// <summary>Takes an engine back; the one that was used the longest time ago makes room for it.</summary>
    public void Return(Lease lease)
    {
        lock (_lock)
        {
            // What was lent before a release is not to stay after it.
            if (lease.Releases != _releases)
                return;
            if (_entries.Count == Capacity)
                _entries.RemoveAt(0);
            _entries.Add(lease.Entry);
        }
    }

    /// <summary>Lets go of all engines.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _entries.Clear();
            _releases++;
        }
    }

    /// <summary>An engine and what it was made for; with slots for the inputs of its samples where the model needs such.</summary>
    internal sealed record Entry(GradientEngine Engine, SampleInputs? Inputs, OdeSolverOptions Solver, GradientMethod Gradient);

    /// <summary>An engine that a call has for itself.</summary>
    internal readonly record struct Lease(Entry Entry, int Releases);
}
