using NeuralOde.Fuzzing;

namespace NeuralOde.Tests.Fuzzing;

/// <summary>A short run of what `dotnet run -c Release --project tests/NeuralOde.Fuzzing solver` does at length.</summary>
public class SolverFuzzingTests
{
    [Fact]
    public void Random_solves_are_right_or_refused()
    {
        var findings = new List<Finding>();
        int judged = Enumerable.Range(1, 200).Count(seed => SolverFuzzer.RunCase(seed, findings.Add));
        findings.Should().BeEmpty();
        judged.Should().BeGreaterThan(160);
    }

    [Fact]
    public void A_case_is_the_same_every_time()
    {
        foreach (int seed in new[] { 1, 2, 3, int.MaxValue, int.MinValue })
            Draw.Generator(seed).NextDouble().Should().Be(Draw.Generator(seed).NextDouble());
        Draw.Generator(1).NextDouble().Should().NotBe(Draw.Generator(2).NextDouble());
        new Finding("solver", 17, "wrong end", "a\nb").ToString().Should().Be("solver --seed 17 --cases 1  [wrong end] a b");
    }
}
