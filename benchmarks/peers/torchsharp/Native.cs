using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralOde.Peers;

/// <summary>Loads what preload.cpp holds, where build.sh has put it.</summary>
internal static partial class Native
{
    private const int Now = 2;
    private const int Global = 0x100;
    private const int StartOfGenuineIntel = 0x756E6547;

    /// <summary>Whether MKL would have taken slower code than the processor has.</summary>
    public static bool AnswersMkl => File.Exists(Library) && X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx != StartOfGenuineIntel;

    private static string Library => Path.Combine(AppContext.BaseDirectory, "libpreload.so");

    /// <summary>Its functions must be visible to all libraries loaded later, which <see cref="NativeLibrary"/> cannot ask for.</summary>
    public static void LoadBeforeLibtorch()
    {
        if (OperatingSystem.IsLinux() && File.Exists(Library) && Open(Library, Now | Global) == 0)
            throw new DllNotFoundException($"{Library} does not load.");
    }

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
