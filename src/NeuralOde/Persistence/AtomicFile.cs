using System.Security.Cryptography;
using System.Text;

namespace NeuralOde;

/// <summary>Replaces a file in one step: a reader, or a crash, sees the old content or the new, never a part.</summary>
/// <remarks>
/// The new content is written beside the file, flushed, and renamed over it. So the file keeps its mode and stays where symbolic links lead, but its owner
/// becomes whoever writes, and a hard link to it keeps the old content.
/// </remarks>
internal static class AtomicFile
{
    private const string Suffix = ".neuralode.tmp";
    private const int Attempts = 5;

    /// <summary>Writes a temporary file beside <paramref name="path"/>, flushes it to the disk, renames it over <paramref name="path"/>, and flushes the folder.</summary>
    /// <param name="path">The file to create or replace, or a symbolic link to it; its folder exists. The mode of an existing file is kept.</param>
    /// <param name="write">Writes the content. If it throws, the old file stays as it was and the temporary file is deleted.</param>
    /// <exception cref="IOException">The folder does not exist, something may not be written, or the path leads to something that is no regular file.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            string target = FileKind.Resolve(path);
            UnixFileMode? mode = RequireReplaceable(path, target);
            string folder = Folder(target);
            DeleteLeftovers(folder, target);
            Replace(target, mode, write);
            FolderFlush.Try(folder);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>A name for a temporary file that later writes of the same file recognise, should this one be killed.</summary>
    internal static string TemporaryPath(string target) =>
        Path.Combine(Folder(target), $"{TemporaryPrefix(target)}{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}{Suffix}");

    /// <summary>The mode of the file that is to be replaced, or null if there is none.</summary>
    private static UnixFileMode? RequireReplaceable(string path, string target)
    {
        const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        if (Directory.Exists(target))
            throw new IOException($"{path} cannot be written: it is a folder.");
        if (Path.GetDirectoryName(target) is { } parent && !Directory.Exists(parent))
            throw new DirectoryNotFoundException($"{path} cannot be written: the folder {parent} does not exist.");
        if (!File.Exists(target))
            return null;
        if (!FileKind.IsRegular(target))
            throw new IOException($"{path} cannot be written: it is not a regular file, which could be replaced in one step.");
        if (OperatingSystem.IsWindows())
            return (File.GetAttributes(target) & FileAttributes.ReadOnly) == 0 ? null : throw ReadOnly();

        // The superuser may write to any file; that this one is marked as read-only counts all the same.
        UnixFileMode mode = File.GetUnixFileMode(target);
        return (mode & AnyWrite) != 0 && MayBeWritten(target) ? mode : throw ReadOnly();

        IOException ReadOnly() => new($"{path} cannot be written: it is read-only.");
    }

    private static bool MayBeWritten(string target)
    {
        try
        {
            File.OpenHandle(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // In use: that stands in the way of writing to it, not of replacing it.
            return true;
        }
    }

    private static void Replace(string target, UnixFileMode? mode, Action<Stream> write)
    {
        using FileStream stream = CreateTemporary(target, isPrivate: mode is not null);
        try
        {
            if (mode is { } kept && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(stream.SafeFileHandle, kept);
            write(stream);
            stream.Flush(flushToDisk: true);
            // Still open, and so locked: nobody takes it for a leftover.
            File.Move(stream.Name, target, overwrite: true);
        }
        catch
        {
            DeleteQuietly(stream.Name);
            throw;
        }
    }

    /// <summary>In the same folder, because a rename is atomic only within one file system; locked until it is closed.</summary>
    private static FileStream CreateTemporary(string target, bool isPrivate)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            // Windows moves an open file only if that is shared; elsewhere the lock does not matter to a move.
            Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None,
        };
        if (isPrivate && !OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (int attempt = 1; ; attempt++)
        {
            // Between its creation and its lock someone else may take the file for a leftover: then it is locked or gone.
            try
            {
                var stream = new FileStream(TemporaryPath(target), options);
                if (File.Exists(stream.Name) || attempt == Attempts)
                    return stream;
                stream.Dispose();
            }
            catch (IOException) when (attempt < Attempts)
            {
            }
        }
    }

    /// <summary>Deletes what killed writers of the same file left behind: temporary files that nobody has locked.</summary>
    private static void DeleteLeftovers(string folder, string target)
    {
        // A folder that may be written to but not listed is no obstacle; names that begin with a point count as hidden.
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = 0 };
        foreach (string leftover in Directory.EnumerateFiles(folder, $"{TemporaryPrefix(target)}*{Suffix}", options))
        {
            try
            {
                new FileStream(leftover, FileMode.Open, FileAccess.Read, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose).Dispose();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use, or somebody else's.
            }
        }
    }

    private static string Folder(string target) => Path.GetDirectoryName(target) ?? target;

    private static string TemporaryPrefix(string target) =>
        $".{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(target))), 0, 8)}-";

    /// <summary>A failure to clean up must not hide the failure that made cleaning up necessary.</summary>
    private static void DeleteQuietly(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
