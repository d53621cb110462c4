using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Checks that let kernels walk over their buffers without looking at every index.</summary>
internal static class KernelArguments
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfShort(int length, int needed)
    {
        if (length < needed)
            Throw(length, needed);
    }

    [DoesNotReturn]
    private static void Throw(int length, int needed) => throw new ArgumentException($"A kernel was given {length} numbers where it needs {needed}.");
}
