using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Memory for the kernels' loops that begins on a line of the cache: a vector that straddles two lines takes twice as long to load or store.</summary>
internal static class AlignedMemory
{
    private const int BytesOfLine = 64;

    /// <summary>Zeroed memory that stays where it is, for buffers as long-lived as a solve or a trainer.</summary>
    public static ArraySegment<T> Allocate<T>(int length)
        where T : unmanaged
    {
        if (length == 0)
            return ArraySegment<T>.Empty;
        int perLine = BytesOfLine / Unsafe.SizeOf<T>();
        T[] array = GC.AllocateArray<T>(length + perLine - 1, pinned: true);
        long address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        return new ArraySegment<T>(array, (int)(-(address / Unsafe.SizeOf<T>()) & (perLine - 1)), length);
    }
}
