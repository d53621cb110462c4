using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// Flushes a folder to the disk: until then a crash may undo that a file in it was renamed. The framework opens no folders, so this asks the C library,
/// with calls that are the same on every Unix; Windows has no such call.
/// </summary>
internal static class FolderFlush
{
    private const int ReadOnly = 0;

    /// <returns>False where the system cannot; the file is in its place then too, but a crash may yet bring back the old one.</returns>
    public static bool Try(string folder)
    {
        if (OperatingSystem.IsWindows())
            return false;
        try
        {
            int descriptor = Open(folder, ReadOnly);
            if (descriptor < 0)
                return false;
            bool isFlushed = Flush(descriptor) == 0;
            return Close(descriptor) == 0 && isFlushed;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
