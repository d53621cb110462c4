namespace NeuralOde.Tests.Solving;

/// <summary>Classes A, B and D of the non-stiff test set of T. E. Hull et al., SIAM J. Numer. Anal. 9 (1972) 603–637.</summary>
internal static class Detest
{
    public static IReadOnlyList<string> Names { get; } = ["A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5", "D1", "D2", "D3", "D4", "D5"];

    public static double[] InitialState(string name) => name switch
    {
        "A5" => [4],
        "B1" => [1, 3],
        "B2" => [2, 0, 1],
        "B3" => [1, 0, 0],
        "B4" => [3, 0, 0],
        "B5" => [0, 1, 1],
        _ when name[0] == 'D' => [1 - Eccentricity(name), 0, 0, Math.Sqrt((1 + Eccentricity(name)) / (1 - Eccentricity(name)))],
        _ => [1],
    };

    public static VectorField Field(string name) => VectorField.FromFunction(InitialState(name).Length, name switch
    {
        "A1" => (t, y, f) => f[0] = -y[0],
        "A2" => (t, y, f) => f[0] = -y[0] * y[0] * y[0] / 2,
        "A3" => (t, y, f) => f[0] = y[0] * Math.Cos(t),
        "A4" => (t, y, f) => f[0] = y[0] / 4 * (1 - y[0] / 20),
        "A5" => (t, y, f) => f[0] = (y[0] - t) / (y[0] + t),
        "B1" => Conflict,
        "B2" => Chain,
        "B3" => Reaction,
        "B4" => Torus,
        "B5" => RigidBody,
        _ => Kepler,
    });

    private static double Eccentricity(string name) => (2 * (name[1] - '0') - 1) / 10.0;

    private static void Conflict(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        f[0] = 2 * (y[0] - y[0] * y[1]);
        f[1] = -(y[1] - y[0] * y[1]);
    }

    private static void Chain(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        f[0] = -y[0] + y[1];
        f[1] = y[0] - 2 * y[1] + y[2];
        f[2] = y[1] - y[2];
    }

    private static void Reaction(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        f[0] = -y[0];
        f[1] = y[0] - y[1] * y[1];
        f[2] = y[1] * y[1];
    }

    private static void RigidBody(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        f[0] = y[1] * y[2];
        f[1] = -y[0] * y[2];
        f[2] = -0.51 * y[0] * y[1];
    }

    private static void Torus(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        double r = Math.Sqrt(y[0] * y[0] + y[1] * y[1]);
        f[0] = -y[1] - y[0] * y[2] / r;
        f[1] = y[0] - y[1] * y[2] / r;
        f[2] = y[0] / r;
    }

    private static void Kepler(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        double r = Math.Pow(y[0] * y[0] + y[1] * y[1], 1.5);
        f[0] = y[2];
        f[1] = y[3];
        f[2] = -y[0] / r;
        f[3] = -y[1] / r;
    }
}
