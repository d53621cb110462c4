using System.Formats.Tar;

namespace NeuralOde;

/// <summary>Tells regular files from devices, pipes and sockets, which the framework does not.</summary>
internal static class FileKind
{
    private const int MostLinks = 40;

    /// <summary>Opens a file to read it.</summary>
    /// <exception cref="IOException">It cannot be opened, for whatever reason.</exception>
    public static FileStream OpenToRead(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path} cannot be read: {(Directory.Exists(path) ? "it is a folder." : e.Message)}", e);
        }
    }

    /// <summary>Whether a path leads to a regular file or to nothing, not to a device, a pipe or a socket.</summary>
    /// <remarks>
    /// Devices, pipes and sockets have length 0, so only files of that length are in doubt. The kind of a file is part of a tar archive: the framework's writer
    /// of archives, which opens regular files only, finds it out.
    /// </remarks>
    public static bool IsRegular(string path)
    {
        var file = new FileInfo(Resolve(path));
        if (OperatingSystem.IsWindows() || !file.Exists || file.Length > 0)
            return true;
        try
        {
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, leaveOpen: true))
                writer.WriteEntry(file.FullName, "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry() is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile };
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            // Archives do not hold sockets.
            return false;
        }
    }

    /// <summary>The full path of what a path leads to once all symbolic links are followed, whether that exists or not.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string Resolve(string path)
    {
        int links = 0;
        return Follow(Path.GetFullPath(path));

        string Follow(string full)
        {
            if (Path.GetDirectoryName(full) is not { } parent)
                return full;
            string folder = Follow(parent);
            string here = Path.Combine(folder, Path.GetFileName(full));
            if (new FileInfo(here).LinkTarget is not { } target)
                return here;
            if (++links > MostLinks)
                throw new IOException($"{path} leads through more than {MostLinks} symbolic links.");
            return Follow(Path.GetFullPath(target, folder));
        }
    }
}
