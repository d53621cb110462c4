using System.Xml.Linq;

namespace NeuralOde.Tests.Documentation;

/// <summary>One piece of C# that the documentation shows: where it stands and what happens to it.</summary>
/// <param name="Name">What the test case is called, such as <c>README.md:12</c>.</param>
/// <param name="Parts">The code, after the code that it continues; each part knows where it stands, for compiler messages.</param>
/// <param name="Runs">Whether it is run after it was compiled.</param>
internal sealed record Snippet(string Name, IReadOnlyList<SnippetPart> Parts, bool Runs)
{
    private static readonly SnippetPart Usings = new("usings", 1, "using NeuralOde;");

    /// <summary>The <c>csharp</c> fences of a Markdown text.</summary>
    /// <remarks>
    /// A fence is a whole program, as after <c>dotnet new console</c>. The words after the language change that: <c>no-run</c> compiles
    /// it only, and <c>continued</c> puts the file's earlier fences, back to the last one without the word, in front of it.
    /// </remarks>
    public static IEnumerable<Snippet> FromMarkdown(string file, string text)
    {
        List<SnippetPart> story = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string opening = lines[i].TrimStart();
            if (!opening.StartsWith("```", StringComparison.Ordinal))
                continue;
            int indent = lines[i].Length - opening.Length;
            string ticks = opening[..opening.TakeWhile(c => c == '`').Count()];
            string[] words = opening[ticks.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int first = i + 1;
            do i++; while (i < lines.Length && lines[i].Trim() != ticks);
            if (i == lines.Length)
                throw new FormatException($"{file}:{first}: the fence is never closed.");
            if (words is not ["csharp" or "cs" or "c#", ..])
                continue;
            if (words[1..].Except(["no-run", "continued"]).FirstOrDefault() is { } unknown)
                throw new FormatException($"{file}:{first}: a csharp fence may say 'no-run' or 'continued', not '{unknown}'.");
            if (!words.Contains("continued"))
                story = [];
            string code = string.Join('\n', lines[first..i].Select(line => line[Math.Min(indent, line.Length - line.TrimStart().Length)..]));
            story.Add(new SnippetPart(file, first + 1, code));
            yield return new Snippet($"{file}:{first}", [.. story], Runs: !words.Contains("no-run"));
        }
    }

    /// <summary>The code of each <c>&lt;example&gt;</c> in the documentation file that the compiler writes; <c>&lt;code class="no-run"&gt;</c> is compiled only.</summary>
    /// <remarks>Such an example is a whole program too, less the <c>using</c> of the namespace that it documents.</remarks>
    public static IEnumerable<Snippet> FromXmlDocumentation(string xml)
    {
        foreach (XElement member in XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Descendants("member"))
        {
            string name = member.Attribute("name")!.Value;
            int number = 0;
            foreach (XElement code in member.Descendants("example").Descendants("code"))
                yield return new Snippet($"{name} #{++number}", [Usings, new SnippetPart(name, 1, code.Value)], Runs: code.Attribute("class")?.Value != "no-run");
        }
    }
}

/// <summary>A run of lines of C# and the place in the documentation where the first of them stands.</summary>
internal sealed record SnippetPart(string File, int Line, string Code);
