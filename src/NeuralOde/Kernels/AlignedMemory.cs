using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Memory for the kernels' loops that begins on a line of the cache: a vector that straddles two lines takes twice as long to load or store.</summary>
internal static class AlignedMemory
{
    private const int BytesOfLine = 64;

    /// <summary>Zeroed memory that begins on a line of the cache.</summary>
    /// <param name="length">How many numbers.</param>
    /// <param name="isPinned">
    /// Whether it stays where it is: for what lives as long as a trainer, since the collector looks for such memory seldom. Other memory leaves its line when the collector moves it, which it
    /// seldom does within a solve.
    /// </param>
    public static ArraySegment<T> Allocate<T>(int length, bool isPinned)
        where T : unmanaged
    {
        if (length == 0)
            return ArraySegment<T>.Empty;
        int perLine = BytesOfLine / Unsafe.SizeOf<T>();
        T[] array = GC.AllocateArray<T>(length + perLine - 1, isPinned);
        // Of an array that is not pinned the address is a guess, which only costs time where it is wrong.
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        return new ArraySegment<T>(array, (int)(-(address / Unsafe.SizeOf<T>()) & (perLine - 1)), length);
    }
}
