namespace NeuralOde.Fuzzing;

/// <summary>What fuzzers draw from a generator.</summary>
public static class Draw
{
    /// <summary>A generator that gives the same numbers for the same seed on every machine.</summary>
    public static Random Generator(int seed) => new MathNet.Numerics.Random.Xoshiro256StarStar(seed, threadSafe: false);

    /// <summary>A number between two others.</summary>
    public static double Between(this Random random, double low, double high) => low + (high - low) * random.NextDouble();

    /// <summary>10 to a power between two others.</summary>
    public static double PowerOfTen(this Random random, double low, double high) => Math.Pow(10.0, random.Between(low, high));

    /// <summary>True with a probability.</summary>
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;

    /// <summary>One of several.</summary>
    public static T One<T>(this Random random, params IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>Numbers between two others.</summary>
    public static double[] Many(this Random random, int count, double low, double high)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = random.Between(low, high);
        return values;
    }

    /// <summary>The floating-point number so many after another, or before it.</summary>
    public static double Roundings(double value, int count)
    {
        for (int i = 0; i < Math.Abs(count); i++)
            value = count > 0 ? Math.BitIncrement(value) : Math.BitDecrement(value);
        return value;
    }
}
