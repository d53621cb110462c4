namespace NeuralOde.Tests.Solving;

/// <summary>Solutions that are known, to look for events on.</summary>
internal static class EventProblems
{
    public const double Gravity = 9.81;

    /// <summary>Height and velocity of a ball; solutions are parabolas, which methods of second order and above follow exactly in steps of any length.</summary>
    public static VectorField Fall { get; } = Throw(Gravity);

    /// <summary>y1' = y2, y2' = −y1.</summary>
    public static VectorField Oscillator { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = -y[0];
    });

    /// <summary>y' = p'(t) for the polynomial p with these coefficients of 1, t, t², …</summary>
    public static VectorField Polynomial(params double[] coefficients) => VectorField.FromFunction(1, (t, y, dydt) =>
    {
        double sum = 0;
        for (int power = coefficients.Length - 1; power > 0; power--)
            sum = sum * t + power * coefficients[power];
        dydt[0] = sum;
    });

    public static VectorField Throw(double gravity) => VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = -gravity;
    });

    public static OdeEvent Bounce(double restitution, double ground = 0.0, bool resetsHeight = false) =>
        new((t, y) => y[0] - ground, EventDirection.Falling, stateChange: (t, y) =>
        {
            if (resetsHeight)
                y[0] = ground;
            y[1] *= -restitution;
        }, name: "bounce");

    public static double[] EventTimes(OdeSolution solution) => [.. solution.Events.Select(occurrence => occurrence.Time)];
}
