using System.Reflection;

namespace NeuralOde.Tests.Documentation;

/// <summary>Every program that README.md, docs/ and the library's own examples show compiles and runs.</summary>
public class SnippetTests
{
    private static readonly Lazy<Dictionary<string, Snippet>> All = new(() => FromRepository().ToDictionary(snippet => snippet.Name));

    public static TheoryData<string> Names => [.. All.Value.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_the_documentation_shows_compiles_and_runs(string name) => SnippetProgram.Check(All.Value[name]);

    [Fact]
    public void The_readme_shows_a_program_that_runs() =>
        All.Value.Values.Should().Contain(snippet => snippet.Runs && snippet.Name.StartsWith("README.md:", StringComparison.Ordinal));

    private static IEnumerable<Snippet> FromRepository()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "NeuralOde.sln")))
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("The tests run inside the repository.");
        string docs = Path.Combine(root, "docs");
        IEnumerable<string> pages = Directory.Exists(docs) ? Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
        return pages.Prepend(Path.Combine(root, "README.md"))
            .SelectMany(page => Snippet.FromMarkdown(Path.GetRelativePath(root, page).Replace('\\', '/'), File.ReadAllText(page)))
            .Concat(Snippet.FromXmlDocumentation(File.ReadAllText(Path.ChangeExtension(Assembly.Load("NeuralOde").Location, ".xml"))));
    }
}
