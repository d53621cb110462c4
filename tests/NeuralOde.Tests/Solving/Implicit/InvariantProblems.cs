namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>Problems whose solution keeps sums of components, or loses them slowly.</summary>
internal static class InvariantProblems
{
    private const double A = 7.89e-10, B = 1.1e7, C = 1.13e3, M = 1e6;

    /// <summary>Problem E5 of the test set of Hairer and Wanner: four reactants, y2 = y3 + y4.</summary>
    public static double[] E5State { get; } = [1.76e-3, 0, 0, 0];

    /// <summary>Times with the states of E5, by an implicit Runge–Kutta method of order nine (Radau IIA) with 24 steps a decade in 40 digits.</summary>
    public static (double Time, double[] State)[] E5Reference { get; } =
    [
        (1e1, [0.0017599259497677897, 1.3846281519376516e-11, 7.6370038530073911e-13, 1.3082581134075777e-11]),
        (1e3, [0.0016180769999072941, 1.3822370304983569e-10, 8.251573500683735e-12, 1.2997212954915196e-10]),
        (1e5, [7.4813208223591607e-6, 2.3734781515936898e-12, 2.2123586647399497e-12, 1.6111948685374013e-13]),
        (1e7, [4.71503336301326e-10, 1.8188895839589464e-14, 1.8188812355569266e-14, 8.3484020198460322e-20]),
        (1e9, [3.1317148329080328e-14, 1.4840957926076257e-16, 1.4840957921551885e-16, 4.524372819770007e-26]),
        (1e11, [0, 1.0192582568130552e-20, 1.0192582568130552e-20, 0]),
        (1e13, [0, 8.8612335212909924e-23, 8.8612335212909924e-23, 0]),
    ];

    /// <summary>E5. Either y3' is y2' − y4', or the sum of its four rates, in whose rounding the invariant is lost but for the solver.</summary>
    /// <param name="isSum">Whether the rates are summed.</param>
    /// <param name="withJacobian">Whether the Jacobian is given.</param>
    /// <param name="units">How many of a component's units are one of E5's; null for one.</param>
    public static VectorField E5(bool isSum, bool withJacobian, double[]? units = null)
    {
        double[] u = units ?? [1, 1, 1, 1];
        return VectorField.FromFunction(4, Function, withJacobian ? Jacobian : null, isAutonomous: true);

        void Function(double t, ReadOnlySpan<double> y, Span<double> dydt)
        {
            double y1 = y[0] / u[0], y2 = y[1] / u[1], y3 = y[2] / u[2], y4 = y[3] / u[3];
            double first = A * y1, second = B * y1 * y3, third = M * C * y2 * y3, fourth = C * y4;
            dydt[0] = u[0] * (-first - second);
            dydt[1] = u[1] * (first - third);
            dydt[2] = u[2] * (isSum ? first - second - third + fourth : first - third - (second - fourth));
            dydt[3] = u[3] * (second - fourth);
        }

        void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian)
        {
            double y1 = y[0] / u[0], y2 = y[1] / u[1], y3 = y[2] / u[2];
            double[] rows =
            [
                -A - B * y3, 0, -B * y1, 0,
                A, -M * C * y3, -M * C * y2, 0,
                A - B * y3, -M * C * y3, -B * y1 - M * C * y2, C,
                B * y3, 0, B * y1, -C,
            ];
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < 4; j++)
                    jacobian[4 * i + j] = rows[4 * i + j] * u[i] / u[j];
            }
        }
    }

    /// <summary>An exchange at a rate between two components, of which the second leaks, with an inflow into the first.</summary>
    public static VectorField Exchange(double rate, double leak, Func<double, double> inflow, bool withJacobian) =>
        VectorField.FromFunction(
            2,
            (t, y, dydt) =>
            {
                double exchange = rate * (y[0] - y[1]);
                dydt[0] = inflow(t) - exchange;
                dydt[1] = exchange - leak * y[1];
            },
            withJacobian ? (t, y, jacobian) => (jacobian[0], jacobian[1], jacobian[2], jacobian[3]) = (-rate, rate, rate, -rate - leak) : null);

    /// <summary>Random reactions of one or two molecules each, whose rates span ten orders of magnitude; they keep the number of molecules.</summary>
    public static (VectorField Field, double[] State) Network(int seed, bool withJacobian)
    {
        var random = new Random(seed);
        int n = random.Next(3, 9);
        (double Rate, int[] From, int[] To)[] reactions = [.. Enumerable.Range(0, 2 * n).Select(_ =>
        {
            int molecules = random.Next(1, 3);
            return (Math.Pow(10, 10 * random.NextDouble() - 5), Molecules(molecules), Molecules(molecules));
        })];
        double[] state = [.. Enumerable.Range(0, n).Select(i => i == 0 ? 1.0 : random.Next(2) * Math.Pow(10, -4 * random.NextDouble()))];
        return (VectorField.FromFunction(n, Function, withJacobian ? Jacobian : null, isAutonomous: true), state);

        int[] Molecules(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(n))];

        void Function(double t, ReadOnlySpan<double> y, Span<double> dydt)
        {
            dydt.Clear();
            foreach ((double rate, int[] from, int[] to) in reactions)
            {
                double flux = rate;
                foreach (int i in from)
                    flux *= y[i];
                foreach (int i in from)
                    dydt[i] -= flux;
                foreach (int i in to)
                    dydt[i] += flux;
            }
        }

        void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian)
        {
            foreach ((double rate, int[] from, int[] to) in reactions)
            {
                for (int k = 0; k < from.Length; k++)
                {
                    double slope = rate * (from.Length > 1 ? y[from[1 - k]] : 1.0);
                    foreach (int i in from)
                        jacobian[i * n + from[k]] -= slope;
                    foreach (int i in to)
                        jacobian[i * n + from[k]] += slope;
                }
            }
        }
    }
}
