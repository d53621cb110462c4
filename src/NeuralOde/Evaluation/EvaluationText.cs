using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>An evaluation in words and tables.</summary>
internal static class EvaluationText
{
    /// <summary>Ratios so near to 1 are no difference worth a name.</summary>
    private const double Even = 0.02;

    private const double Rare = 0.05;

    private static readonly string[] Headings = ["NRMSE", "RMSE", "MAE", "bias", "R²", "MASE", "numbers"];

    public static string Write(ForecastEvaluation evaluation)
    {
        var text = new StringBuilder();
        WriteOrigins(text, evaluation);
        ForecastScore[] scores = [evaluation.Model, .. evaluation.Baselines];
        int components = evaluation.ComponentNames.Count;
        if (components > 1)
            WriteTable(text, "all components", scores, score => score.Overall);
        for (int i = 0; i < components; i++)
        {
            int component = i;
            WriteTable(text, evaluation.ComponentNames[i], scores, score => score.Components[component]);
        }

        text.AppendLine();
        if (!evaluation.HasTraining)
            text.AppendLine("MASE needs the training data.");
        foreach (string absent in evaluation.NotCompared)
            text.AppendLine(CultureInfo.InvariantCulture, $"Not compared: {absent}.");
        text.AppendLine(Verdict(evaluation));
        text.AppendLine();
        text.AppendLine("Residuals of the model, first observation after each origin:");
        for (int i = 0; i < components; i++)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {evaluation.ComponentNames[i]}: {Describe(evaluation.Residuals[i])}");
        return text.Replace("\r\n", "\n").ToString().TrimEnd('\n');
    }

    private static void WriteOrigins(StringBuilder text, ForecastEvaluation evaluation)
    {
        string horizon = evaluation.HorizonTime is { } time ? Invariant($"{time:g6} units of time") : Count(evaluation.Horizon!.Value, "observation");
        string stride = evaluation.OriginStride == 1 ? "every observation is one" : Invariant($"one in {evaluation.OriginStride} observations");
        text.AppendLine(CultureInfo.InvariantCulture, $"Forecasts {horizon} ahead from {Count(evaluation.Origins, "origin")} ({stride}) in {Trajectories(evaluation.Trajectories)}.");
        text.AppendLine(CultureInfo.InvariantCulture, $"{Count(evaluation.ObservedNumbers, "observed number")} to forecast; {evaluation.Gaps} not observed and left out.");
        if (evaluation.HasInputs)
            text.AppendLine(evaluation.TakesInputs ? "The model is given the inputs of the data; the baselines use none." : "The data have inputs; neither the model nor the baselines use them.");
        Note(evaluation.TrajectoriesWithHistory, count => $"With the training data as history, so that forecasts begin at their end: {Trajectories(count)}.");
        Note(evaluation.TrajectoriesInSample, count => $"Training data themselves, whose errors are those of a fit, not of forecasts: {Trajectories(count)}.");
        Note(evaluation.TrajectoriesWithoutForecast, count => $"Without anything to forecast: {Trajectories(count)}.");
        Note(evaluation.ShortenedForecasts, count => $"Ending before the horizon, with the data: {Count(count, "forecast")}.");
        Note(evaluation.OriginsWithoutStart, count => $"Left out, because too little was observed before to start from: {Count(count, "origin")}.");
        Note(evaluation.FittedStarts, count => $"Started in a state fitted to the last observations: {Count(count, "forecast")}.");
        Note(evaluation.DoubtfulStarts, count => $"Of these, with a fit that did not settle or that the observations do not determine: {Count(count, "forecast")}.");
        Note(evaluation.FailedForecasts, count => $"FAILED: {Count(count, "forecast")} of the model, {evaluation.Model.Missing} numbers missing below. The last: {evaluation.LastFailure?.Message}");

        void Note(int count, Func<int, string> note)
        {
            if (count > 0)
                text.AppendLine(note(count));
        }
    }

    private static void WriteTable(StringBuilder text, string title, ForecastScore[] scores, Func<ForecastScore, ForecastMetrics> choose)
    {
        string[][] rows = [[title, .. Headings], .. scores.Select(score => Row(score.Name, choose(score)))];
        text.AppendLine();
        foreach (string[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                int width = rows.Max(other => other[column].Length);
                text.Append(column == 0 ? row[column].PadRight(width) : "  " + row[column].PadLeft(width));
            }

            text.AppendLine();
        }
    }

    private static string[] Row(string name, ForecastMetrics metrics) =>
    [
        name, Number(metrics.NormalizedRmse), Number(metrics.Rmse), Number(metrics.MeanAbsoluteError), Number(metrics.Bias), Number(metrics.R2), Number(metrics.Mase),
        metrics.Count.ToString(CultureInfo.InvariantCulture),
    ];

    private static string Verdict(ForecastEvaluation evaluation)
    {
        if (evaluation.FailedForecasts > 0)
            return "No verdict: the measures of the model leave its failed forecasts out.";
        if (evaluation.BestBaseline is not { } best)
            return "No verdict: there is no baseline to compare with.";
        string others = best.Missing > 0 ? " on the numbers that both forecast" : "";
        double ratio = best.ModelRatio;
        if (Math.Abs(ratio - 1.0) <= Even)
            return $"The model is about as good as the best baseline, {best.Name}{others}.";
        return ratio < 1.0
            ? Invariant($"The model is best: its error (NRMSE) is {Percent(1.0 - ratio)} smaller than that of the best baseline, {best.Name}{others}.")
            : Invariant($"A baseline is better: the error (NRMSE) of {best.Name} is {Percent(1.0 - (1.0 / ratio))} smaller than the model's{others}.");
    }

    private static string Describe(ResidualDiagnostics residuals)
    {
        if (residuals.Count == 0)
            return "none";
        var parts = new List<string> { Invariant($"mean {Number(residuals.Mean)} ± {Number(residuals.StandardError)}") };
        if (Math.Abs(residuals.Mean) > 2.0 * residuals.StandardError)
            parts[0] += residuals.Mean > 0.0 ? " (forecasts are too low)" : " (forecasts are too high)";
        if (!double.IsNaN(residuals.LjungBoxProbability))
        {
            string memory = residuals.LjungBoxProbability < Rare ? "they remember earlier ones" : "no memory seen";
            parts.Add(Invariant($"{memory} (Ljung–Box p = {residuals.LjungBoxProbability:g2}, {Count(residuals.Lags, "lag")})"));
        }

        if (!double.IsNaN(residuals.JarqueBeraProbability))
        {
            string shape = residuals.JarqueBeraProbability < Rare ? "not normal" : "normal as far as seen";
            parts.Add(Invariant($"{shape} (Jarque–Bera p = {residuals.JarqueBeraProbability:g2})"));
        }

        return $"{string.Join("; ", parts)}; {Count(residuals.Count, "residual")}";
    }

    private static string Number(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    private static string Percent(double part) => Invariant($"{100.0 * part:g3} %");

    private static string Count(long count, string what) => Invariant($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Trajectories(int count) => Invariant($"{count} {(count == 1 ? "trajectory" : "trajectories")}");
}
