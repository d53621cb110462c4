namespace NeuralOde.Fuzzing;

/// <summary>A folder of its own, in memory where the system has such folders: on a disk, writing a file takes ten times as long as loading it.</summary>
internal static class MemoryFolder
{
    public static DirectoryInfo Create() => Directory.CreateDirectory(
        Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"neural-ode-fuzzing-{Guid.NewGuid():N}"));
}
