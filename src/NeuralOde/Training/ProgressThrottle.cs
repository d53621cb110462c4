using System.Diagnostics;

namespace NeuralOde;

/// <summary>Reports iterations no more often than every so much time, and the first and last of every stage.</summary>
internal sealed class ProgressThrottle(IProgress<TrainingProgress>? progress, TimeSpan interval)
{
    private long _reported;
    private bool _isPending;
    private TrainingProgress _last;

    public void Report(in TrainingProgress step)
    {
        if (progress is null)
            return;
        if (_isPending && step.Stage != _last.Stage)
            Flush();
        bool isDue = _reported == 0 || step.Stage != _last.Stage || Stopwatch.GetElapsedTime(_reported) >= interval;
        (_last, _isPending) = (step, !isDue);
        if (!isDue)
            return;
        _reported = Stopwatch.GetTimestamp();
        progress.Report(step);
    }

    /// <summary>Reports the last iteration if it was not.</summary>
    public void Flush()
    {
        if (_isPending)
            progress!.Report(_last);
        _isPending = false;
    }
}
