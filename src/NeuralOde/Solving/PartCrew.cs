using System.Runtime.ExceptionServices;

namespace NeuralOde;

/// <summary>
/// Does something for every part of a whole, on the calling thread and on others of the pool beside it. Made once and used again and
/// again, for one whole at a time, without allocating.
/// </summary>
/// <remarks>
/// Parts are taken in order, so that whoever fails, everything before it is done: an exception ends the parts behind it, and of several, that
/// of the foremost part is thrown, which does not depend on the number of threads. Where the pool is busy the caller does not wait for it, but does all parts
/// itself.
/// </remarks>
/// <param name="maxThreads">Threads to use at most, the caller's among them.</param>
internal sealed class PartCrew(int maxThreads) : IThreadPoolWorkItem
{
    // System.Threading.Lock cannot be waited on.
    private readonly object _lock = new();
    private Action<int>? _work;
    private ExecutionContext? _context;
    private ExceptionDispatchInfo? _failure;
    private int _count;
    private int _next;
    private int _failedPart;
    private int _running;
    private int _helpers;

    /// <summary>Threads to use at most, the caller's among them.</summary>
    public int MaxThreads => maxThreads;

    /// <summary>Does the work for every part from 0. Returns when all are done.</summary>
    /// <param name="count">Parts.</param>
    /// <param name="work">What to do for a part.</param>
    /// <param name="alone">Whether the caller's thread is to do it all.</param>
    public void ForEach(int count, Action<int> work, bool alone = false)
    {
        int helpers = alone ? 0 : Math.Min(maxThreads, count) - 1;
        if (helpers <= 0)
        {
            for (int part = 0; part < count; part++)
                work(part);
            return;
        }

        int missing;
        lock (_lock)
        {
            (_work, _context, _failure) = (work, ExecutionContext.Capture(), null);
            (_count, _next, _failedPart) = (count, 0, int.MaxValue);
            // Helpers that were asked for before and came too late then are there now.
            missing = Math.Max(helpers - _helpers, 0);
            _helpers += missing;
        }

        for (int i = 0; i < missing; i++)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        while (TryTake(isHelper: false, out int part))
            Do(part, isHelper: false);
        ExceptionDispatchInfo? failure;
        lock (_lock)
        {
            while (_running > 0)
                Monitor.Wait(_lock);
            failure = _failure;
            (_work, _context, _failure) = (null, null, null);
        }

        failure?.Throw();
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(isHelper: true, out int part))
            Do(part, isHelper: true);
    }

    private bool TryTake(bool isHelper, out int part)
    {
        lock (_lock)
        {
            part = _next;
            if (part < _count && _failure is null)
            {
                _next++;
                _running++;
                return true;
            }

            _count = 0;
            if (isHelper)
                _helpers--;
            return false;
        }
    }

    private void Do(int part, bool isHelper)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            // Asynchronous locals and the culture are the caller's on every thread; the pool puts its own back.
            if (isHelper && _context is { } context)
                ExecutionContext.Restore(context);
            _work!(part);
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }

        lock (_lock)
        {
            if (failure is not null && part < _failedPart)
                (_failedPart, _failure) = (part, failure);
            if (--_running == 0)
                Monitor.PulseAll(_lock);
        }
    }
}
