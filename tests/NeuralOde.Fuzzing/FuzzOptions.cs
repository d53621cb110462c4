using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>What every command takes.</summary>
/// <param name="Seed">The seed of the first case.</param>
/// <param name="Cases">How many cases; null takes the command's own number.</param>
internal sealed record FuzzOptions(int Seed, int? Cases)
{
    public static FuzzOptions? Parse(string[] arguments)
    {
        var options = new FuzzOptions(Seed: 1, Cases: null);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length || !int.TryParse(arguments[i + 1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
                return null;
            if (arguments[i] == "--seed")
                options = options with { Seed = number };
            else if (arguments[i] == "--cases" && number > 0)
                options = options with { Cases = number };
            else
                return null;
        }

        return options;
    }
}
