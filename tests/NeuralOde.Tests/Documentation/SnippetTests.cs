using System.Reflection;
using System.Text.RegularExpressions;

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

    [Fact]
    public void Links_and_pictures_lead_to_files_that_exist()
    {
        foreach (string page in Pages(Root()))
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(page), @"\]\((?!https?:|#)([^)#\s]+)[^)]*\)"))
                File.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value)).Should().BeTrue("{0} links to {1}", Path.GetFileName(page), link.Groups[1].Value);
        }
    }

    [Theory]
    [InlineData("NeuralOde")]
    [InlineData("NeuralOde.Plots")]
    public void A_librarys_documentation_tells_of_public_types_only(string name)
    {
        Assembly library = Assembly.Load(name);
        string[] symbols = [.. Regex.Matches(File.ReadAllText(Path.ChangeExtension(library.Location, ".xml")), "<member name=\"(.):([^\"(`#]*)").Select(match => match.Groups[1].Value + match.Groups[2].Value)];
        string[] types = [.. symbols.Where(symbol => symbol[0] == 'T').Select(symbol => symbol[1..])];
        types.Should().BeEquivalentTo(library.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.FullName));
        symbols.Where(symbol => !Array.Exists(types, type => symbol[1..].StartsWith(type, StringComparison.Ordinal))).Should().BeEmpty();
    }

    private static string Root()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "NeuralOde.sln")))
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("The tests run inside the repository.");
        return root;
    }

    private static IEnumerable<string> Pages(string root) =>
        Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Prepend(Path.Combine(root, "README.md"));

    private static IEnumerable<Snippet> FromRepository()
    {
        string root = Root();
        return Pages(root)
            .SelectMany(page => Snippet.FromMarkdown(Path.GetRelativePath(root, page).Replace('\\', '/'), File.ReadAllText(page)))
            .Concat(Snippet.FromXmlDocumentation(File.ReadAllText(Path.ChangeExtension(Assembly.Load("NeuralOde").Location, ".xml"))));
    }
}
