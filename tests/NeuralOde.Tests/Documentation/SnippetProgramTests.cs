namespace NeuralOde.Tests.Documentation;

/// <summary>The check of the documentation's programs catches what it is there to catch.</summary>
public class SnippetProgramTests
{
    [Fact]
    public void A_fence_is_a_program_with_the_usings_of_a_console_project() =>
        Run("""
            Some words.

            ```csharp
            using MathNet.Numerics.LinearAlgebra;

            var squares = new List<int> { 1, 4 }.Select(Twice);
            Console.WriteLine($"{squares.Sum()} {Vector<double>.Build.Dense(3, 1.0).Sum()}");
            static int Twice(int x) => 2 * x;
            ```
            """).Should().Equal("10 3\n");

    [Fact]
    public void A_continued_fence_runs_after_the_fences_it_continues() =>
        Run("""
            ```csharp
            using System.Text;
            var a = new StringBuilder("one");
            Console.Write(a);
            ```
            ```csharp continued
            using System.Text;
            a.Append(" two");
            Console.Write(a);
            ```
            ```csharp
            var a = "apart";
            Console.Write(a);
            ```
            """).Should().Equal("one", "oneone two", "apart");

    [Fact]
    public void Fences_of_other_languages_are_left_alone() =>
        Run("""
            ````markdown
            ```csharp
            not code
            ```
            ````
            ```sh
            dotnet test -c Release
            ```
            """).Should().BeEmpty();

    [Fact]
    public void A_no_run_fence_is_compiled_and_not_run() =>
        Run("""
            ```csharp no-run
            throw new Exception("run");
            ```
            """).Should().Equal("");

    [Fact]
    public void An_indented_fence_is_read_without_its_indent() =>
        Run("""
            - In a list:

              ```csharp
              Console.Write(@"a
                b");
              ```
            """).Should().Equal("a\n  b");

    [Fact]
    public void A_wrong_program_is_reported_at_its_line_of_the_document() =>
        Failure("""
            ```csharp no-run
            int one = 1;

            string two = one;
            ```
            """).Should().Contain("page.md:4: CS0029");

    [Fact]
    public void A_program_that_throws_is_reported_with_what_it_said() =>
        Failure("""
            ```csharp
            throw new InvalidDataException("the reason");
            ```
            """).Should().Contain("page.md:1 ended with exit code").And.Contain("the reason");

    [Fact]
    public void What_is_not_CSharp_is_reported() =>
        Failure("""
            ```csharp no-run
            int one = 1;
            }
            ```
            """).Should().Contain("page.md:3: CS1022");

    [Theory]
    [InlineData("```csharp norun\n```\n", "page.md:1: a csharp fence may say")]
    [InlineData("\n```csharp\nint one = 1;\n", "page.md:2: the fence is never closed")]
    public void A_mistaken_fence_is_reported(string text, string complaint) =>
        FluentActions.Invoking(() => Run(text)).Should().Throw<FormatException>().WithMessage($"{complaint}*");

    [Fact]
    public void An_example_of_the_XML_documentation_is_a_program() =>
        Snippet.FromXmlDocumentation("""
            <doc><members><member name="T:X"><example>Thus:
            <code>
            Console.Write(OdeStatus.Success &lt;= 0);
            </code>
            <code class="no-run">
            throw new Exception("run");
            </code></example></member></members></doc>
            """).Select(SnippetProgram.Check).Should().Equal("True", "");

    private static string[] Run(string text) => [.. Snippet.FromMarkdown("page.md", text).Select(SnippetProgram.Check)];

    private static string Failure(string text) =>
        FluentActions.Invoking(() => Run(text)).Should().Throw<InvalidOperationException>().Which.Message;
}
