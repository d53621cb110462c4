using System.Collections;

namespace NeuralOde;

/// <summary>
/// Lets one enumeration at a time use a trainer, and one thread at a time. A second enumeration, or a second thread in the middle of an
/// iteration, would mix its iteration with the other's. What is done between two iterations, like saving a checkpoint, may come from any thread: iterations wait for it.
/// </summary>
internal sealed class RunGate
{
    private const int Idle = 0, Iterating = 1, BetweenIterations = 2;

    private object? _owner;
    private int _use;
    private int _user;

    /// <summary>Wraps a run so that whoever enumerates it has the trainer for itself, from the first element to the end or to disposal.</summary>
    public IEnumerable<TrainingProgress> Guard(IEnumerable<TrainingProgress> run) => new GuardedRun(this, run);

    /// <summary>Does what needs the trainer between two iterations.</summary>
    /// <exception cref="InvalidOperationException">An iteration is in progress.</exception>
    public void Between(Action action)
    {
        Enter(BetweenIterations);
        try
        {
            action();
        }
        finally
        {
            Leave();
        }
    }

    private void Enter(int use)
    {
        int thread = Environment.CurrentManagedThreadId;
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref _use, use, Idle) is var present && present != Idle)
        {
            // Waiting for oneself would never end: a checkpoint calls the loss, which may be anybody's code.
            if (present == Iterating || Volatile.Read(ref _user) == thread)
                throw new InvalidOperationException("An iteration of this trainer is in progress, or a checkpoint, on another thread or further up the call stack. A trainer is used by one thread at a time.");
            wait.SpinOnce();
        }

        Volatile.Write(ref _user, thread);
    }

    private void Leave()
    {
        Volatile.Write(ref _user, 0);
        Volatile.Write(ref _use, Idle);
    }

    private sealed class GuardedRun(RunGate gate, IEnumerable<TrainingProgress> run) : IEnumerable<TrainingProgress>
    {
        public IEnumerator<TrainingProgress> GetEnumerator() => new Enumerator(gate, run.GetEnumerator());

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Enumerator(RunGate gate, IEnumerator<TrainingProgress> run) : IEnumerator<TrainingProgress>
    {
        public TrainingProgress Current => run.Current;

        object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            gate.Enter(Iterating);
            bool hasNext = false;
            try
            {
                if (gate._owner is not null && gate._owner != this)
                    throw new InvalidOperationException("Another run of this trainer is being enumerated. End it first: leave its foreach, or dispose of its enumerator.");
                gate._owner = this;
                hasNext = run.MoveNext();
                return hasNext;
            }
            finally
            {
                if (!hasNext)
                    Release();
                gate.Leave();
            }
        }

        public void Reset() => throw new NotSupportedException("A run cannot be reset; call Trainer.Run again, which goes on.");

        public void Dispose()
        {
            run.Dispose();
            Release();
        }

        private void Release() => Interlocked.CompareExchange(ref gate._owner, null, this);
    }
}
