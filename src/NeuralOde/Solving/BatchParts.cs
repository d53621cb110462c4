using System.Runtime.ExceptionServices;

namespace NeuralOde;

/// <summary>How a large batch is divided into parts that are solved apart: by its size alone, so that nothing depends on the number of threads.</summary>
/// <param name="samples">Samples in the batch.</param>
/// <param name="size">Samples in every part but the last.</param>
internal readonly struct BatchParts(int samples, int size = BatchParts.Size)
{
    /// <summary>
    /// Samples in every part but the last: enough to fill vectors many times over, few enough for the stages to stay in the nearer caches
    /// and for a slow sample to hold few others.
    /// </summary>
    public const int Size = 64;

    /// <summary>
    /// Samples in every part but the last where lanes that have finished take the next sample: enough for few lanes to be free for long at the end of a part.
    /// </summary>
    public const int SizeInLanes = 256;

    public int Count => (samples + size - 1) / size;

    public int First(int part) => part * size;

    public int Length(int part) => Math.Min(size, samples - part * size);

    /// <summary>Does something for every part, on this thread and at most so many less one others.</summary>
    /// <remarks>
    /// An exception ends the parts behind it; of several, that of the foremost part is thrown, which does not depend on the number of threads.
    /// </remarks>
    public void ForEach(int maxDegreeOfParallelism, Action<int> solve) => ForEach(maxDegreeOfParallelism, () => solve);

    /// <inheritdoc cref="ForEach(int, Action{int})"/>
    /// <param name="maxDegreeOfParallelism">Threads, this one included.</param>
    /// <param name="createSolve">Makes what a thread does for every part that it takes.</param>
    public void ForEach(int maxDegreeOfParallelism, Func<Action<int>> createSolve)
    {
        int count = Count;
        int helpers = Math.Min(maxDegreeOfParallelism, count) - 1;
        if (helpers <= 0)
        {
            Action<int> solve = createSolve();
            for (int part = 0; part < count; part++)
                solve(part);
            return;
        }

        var work = new Work(count, createSolve);
        var tasks = new Task[helpers];
        for (int i = 0; i < helpers; i++)
            tasks[i] = Task.Run(work.Run);
        work.Run();
        Task.WaitAll(tasks);
        work.Throw();
    }

    private sealed class Work(int count, Func<Action<int>> createSolve)
    {
        private readonly Lock _lock = new();
        private int _next = -1;
        private volatile int _failedPart = int.MaxValue;
        private ExceptionDispatchInfo? _failure;

        public void Run()
        {
            Action<int>? solve = null;
            for (int part = Interlocked.Increment(ref _next); part < count && part < _failedPart; part = Interlocked.Increment(ref _next))
            {
                try
                {
                    solve ??= createSolve();
                    solve(part);
                }
                catch (Exception e)
                {
                    lock (_lock)
                    {
                        if (part >= _failedPart)
                            continue;
                        _failedPart = part;
                        _failure = ExceptionDispatchInfo.Capture(e);
                    }
                }
            }
        }

        public void Throw() => _failure?.Throw();
    }
}
