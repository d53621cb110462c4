using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using MathNet.Numerics.LinearAlgebra;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace NeuralOde.Tests.Documentation;

/// <summary>Compiles a snippet as a reader's console project would, and runs it as a process of its own in an empty folder.</summary>
internal static class SnippetProgram
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    private static readonly string FrameworkDirectory = RuntimeEnvironment.GetRuntimeDirectory();

    /// <summary>What a reader's project references; not what this test project does.</summary>
    private static readonly string[] Libraries = [Path.Combine(AppContext.BaseDirectory, "NeuralOde.dll"), typeof(Matrix<>).Assembly.Location];

    /// <summary>What a project references besides that draws pictures.</summary>
    private static readonly string[] PlotLibraries =
        [.. new[] { "NeuralOde.Plots", "ScottPlot", "SkiaSharp", "SkiaSharp.HarfBuzz", "HarfBuzzSharp" }.Select(name => Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))];

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    /// <summary>The usings that the SDK gives a console project.</summary>
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    /// <summary>Compiles the snippet and, unless it is not to be, runs it.</summary>
    /// <returns>What the program wrote.</returns>
    /// <exception cref="InvalidOperationException">It does not compile, fails, or does not end in time; the message says where.</exception>
    public static string Check(Snippet snippet)
    {
        string folder = Directory.CreateTempSubdirectory("snippet-").FullName;
        try
        {
            string program = Path.Combine(folder, "Snippet.dll");
            Compile(snippet, program);
            return snippet.Runs ? Run(snippet, program) : "";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compile(Snippet snippet, string program)
    {
        string source = Source(snippet);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, ParseOptions), CSharpSyntaxTree.ParseText(source, ParseOptions)],
            Directory.EnumerateFiles(FrameworkDirectory, "*.dll").Where(IsManaged).Concat(LibrariesOf(snippet)).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        var result = compilation.Emit(program);
        if (!result.Success)
        {
            IEnumerable<Diagnostic> errors = result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new InvalidOperationException($"{snippet.Name} does not compile:\n{string.Join('\n', errors.Select(Describe))}");
        }
    }

    private static IEnumerable<string> LibrariesOf(Snippet snippet) => Draws(snippet) ? [.. Libraries, .. PlotLibraries] : Libraries;

    private static bool Draws(Snippet snippet) => snippet.Parts.Any(part => part.Code.Contains("using NeuralOde.Plots;", StringComparison.Ordinal));

    /// <summary>The drawing library's native code; the build leaves only this system's.</summary>
    private static IEnumerable<string> NativeLibraries() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "runtimes"), "*.*", SearchOption.AllDirectories).Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == "native");

    private static bool IsManaged(string file)
    {
        string name = Path.GetFileName(file);
        return name.StartsWith("System.", StringComparison.Ordinal) && !name.Contains(".Native", StringComparison.Ordinal)
            || name is "mscorlib.dll" or "netstandard.dll" or "Microsoft.CSharp.dll" or "Microsoft.Win32.Primitives.dll";
    }

    private static string Describe(Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage()}";
    }

    /// <summary>Usings of all parts first, then their statements, then their types: the order that C# wants. Line numbers stay the document's.</summary>
    private static string Source(Snippet snippet)
    {
        StringBuilder usings = new(), statements = new(), types = new();
        HashSet<string> seen = [];
        foreach (SnippetPart part in snippet.Parts)
        {
            CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(part.Code, ParseOptions).GetCompilationUnitRoot();
            foreach (UsingDirectiveSyntax directive in unit.Usings)
                if (seen.Add(directive.ToString()))
                    Append(usings, part, directive);
            foreach (MemberDeclarationSyntax member in unit.Members)
                Append(member is GlobalStatementSyntax ? statements : types, part, member);
            // What could not be parsed hangs on the last token: kept, so that the compiler complains about it.
            Append(types, part, unit.EndOfFileToken);
        }
        return $"{usings}{statements}{types}";

        static void Append(StringBuilder text, SnippetPart part, SyntaxNodeOrToken node)
        {
            int line = node.SyntaxTree!.GetLineSpan(node.FullSpan).StartLinePosition.Line;
            text.Append(null, $"#line {part.Line + line} \"{part.File}\"\n{node.ToFullString()}\n");
        }
    }

    private static string Run(Snippet snippet, string program)
    {
        string folder = Path.GetDirectoryName(program)!;
        string work = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName;
        foreach (string library in LibrariesOf(snippet).Concat(Draws(snippet) ? NativeLibraries() : []))
            File.Copy(library, Path.Combine(folder, Path.GetFileName(library)));
        File.WriteAllText(Path.ChangeExtension(program, ".runtimeconfig.json"), $$"""
            { "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version.ToString(3)}}" },
              "configProperties": { "System.Globalization.Invariant": true } } }
            """);
        string dotnet = Path.Combine(FrameworkDirectory, "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        using var process = Process.Start(new ProcessStartInfo(dotnet, [program])
        {
            WorkingDirectory = work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeLimit))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{snippet.Name} did not end within {TimeLimit.TotalSeconds} s. It wrote:\n{output.Result}");
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{snippet.Name} ended with exit code {process.ExitCode}. It wrote:\n{output.Result}{error.Result}");
        return output.Result;
    }
}
