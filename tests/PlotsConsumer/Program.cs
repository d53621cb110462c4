// What someone who installed the package draws on the first day. Any wrong result ends with exit code 1.
using NeuralOde;
using NeuralOde.Plots;

bool allRight = true;
string folder = Directory.CreateTempSubdirectory("neuralode-plots-").FullName;
try
{
    VectorField spiral = VectorField.FromFunction(dimension: 2, (t, z, dzdt) =>
    {
        dzdt[0] = -0.1 * z[0] - z[1];
        dzdt[1] = z[0] - 0.1 * z[1];
    });
    OdeSolution solution = OdeSolver.Solve(spiral, [2.0, 0.0], t0: 0, t1: 25);
    Curve curve = Curve.FromSolution("spiral", solution);

    string png = Path.Combine(folder, "spiral.png"), svg = Path.Combine(folder, "steps.svg");
    Figure.PhasePortrait(spiral, [curve]).Save(png);
    Figure.Steps(solution).Save(svg);

    Check($"a portrait is a PNG of {new FileInfo(png).Length} bytes", File.ReadAllBytes(png).AsSpan(1).StartsWith("PNG"u8) && new FileInfo(png).Length > 10_000);
    Check($"the steps are an SVG that counts {solution.Statistics.AcceptedSteps}", File.ReadAllText(svg).Contains($"{solution.Statistics.AcceptedSteps} steps", StringComparison.Ordinal));
    Check("nothing else was written", Directory.GetFiles(folder).Length == 2);
}
finally
{
    Directory.Delete(folder, recursive: true);
}
return allRight ? 0 : 1;

void Check(string statement, bool holds)
{
    Console.WriteLine($"{(holds ? "right" : "WRONG")}: {statement}");
    allRight &= holds;
}
