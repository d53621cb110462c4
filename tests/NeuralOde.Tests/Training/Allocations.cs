namespace NeuralOde.Tests.Training;

internal static class Allocations
{
    /// <summary>The bytes that this thread allocates while <paramref name="action"/> runs, once whatever it needs the first time is there.</summary>
    public static long During(Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
