using System.Globalization;

namespace NeuralOde.Tests.Training;

internal static class Cultures
{
    /// <summary>Runs <paramref name="function"/> where 1.5 is written "1,5". No named culture is needed, so it works in invariant mode too.</summary>
    public static T WithDecimalComma<T>(Func<T> function)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = culture;
            return function();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
