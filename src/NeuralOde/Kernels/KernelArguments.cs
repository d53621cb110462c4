namespace NeuralOde;

/// <summary>Checks that let kernels walk over their buffers without looking at every index.</summary>
internal static class KernelArguments
{
    public static void ThrowIfShort(int length, int needed)
    {
        if (length < needed)
            throw new ArgumentException($"A kernel was given {length} numbers where it needs {needed}.");
    }
}
