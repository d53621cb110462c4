namespace NeuralOde;

/// <summary>The baselines of an evaluation, and why others are not among them.</summary>
internal sealed record BaselineSet(IReadOnlyList<Baseline> Fitted, IReadOnlyList<string> Absent)
{
    public static BaselineSet Choose(EvaluationOptions options, int horizon)
    {
        if (options.Baselines is { } given)
            return new BaselineSet(given, []);
        if (options.Training is not { } training)
            return new BaselineSet([Baseline.Persistence], ["seasonal, linear ODE, autoregression: they need the training data"]);
        var fitted = new List<Baseline> { Baseline.Persistence };
        var absent = new List<string>();
        Add("seasonal", () => Baseline.Seasonal(training));
        Add("linear ODE", () => Baseline.LinearOde(training, horizon));
        Add("autoregression", () => Baseline.Autoregression(training));
        return new BaselineSet(fitted, absent);

        void Add(string name, Func<Baseline> fit)
        {
            try
            {
                fitted.Add(fit());
            }
            catch (ArgumentException refusal)
            {
                absent.Add($"{name}: {WithoutParameter(refusal)}");
            }
        }
    }

    private static string WithoutParameter(ArgumentException refusal)
    {
        int end = refusal.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return (end < 0 ? refusal.Message : refusal.Message[..end]).TrimEnd('.');
    }
}
