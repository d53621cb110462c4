using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>An event at a known time, which is recorded, ends the solve, or multiplies the state.</summary>
internal sealed class SolverEvent
{
    public SolverEvent(Random random, double[] times, double duration, bool mayTurn)
    {
        // Now and then an output time, or one next to it.
        Time = random.Chance(0.2) ? Draw.Roundings(random.One(times), random.Next(-2, 3)) : times[0] + random.Between(0.05, 0.95) * duration;
        Terminates = random.Chance(0.3);
        Factor = random.Chance(0.5) ? random.One(mayTurn ? -1.0 : 0.7, 0.5, 0.9) : null;
        double sign = random.One(-1.0, 1.0) * random.PowerOfTen(-3.0, 3.0), time = Time, factor = Factor ?? 1.0;
        bool isCubic = random.Chance(0.3);
        Event = new OdeEvent((t, y) => isCubic ? sign * Math.Pow((t - time) / duration, 3.0) + sign * (t - time) / duration : sign * (t - time), action: Terminates ? EventAction.Terminate : EventAction.Record,
            stateChange: Factor is null ? null : (t, y) =>
            {
                for (int i = 0; i < y.Length; i++)
                    y[i] *= factor;
            });
    }

    public OdeEvent Event { get; }

    public double Time { get; }

    public bool Terminates { get; }

    public double? Factor { get; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"event at {Time:R}{(Terminates ? " that terminates" : "")}{(Factor is { } factor ? $" times {factor}" : "")}");
}
