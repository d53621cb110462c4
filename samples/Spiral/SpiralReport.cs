using MathNet.Numerics.LinearAlgebra;
using static System.FormattableString;

namespace NeuralOde.Samples;

/// <summary>What is printed and written at the end.</summary>
internal static class SpiralReport
{
    /// <summary>Writes the picture, two tables and the model.</summary>
    public static void WriteFiles(SpiralResult result, string folder)
    {
        SpiralPlot.Save(result, Path.Combine(folder, "spiral.png"));
        WriteTrajectory(result, Path.Combine(folder, "trajectory.csv"));
        WriteLoss(result, Path.Combine(folder, "loss.csv"));
        result.Model.Save(Path.Combine(folder, "spiral.safetensors"));
    }

    public static void Print(SpiralResult result, string folder)
    {
        Console.WriteLine();
        if (result.IsInterrupted)
            Console.WriteLine($"Interrupted after {result.History.Count} iterations: this is the model so far.");
        if (result.Prediction.Failure is { } failure)
            Console.WriteLine($"The prediction failed: {failure.Message}");
        Console.WriteLine(Invariant($"RMSE on [0, 25], seen in training  {result.RmseTraining:f5}"));
        Console.WriteLine(Invariant($"RMSE on (25, 50], unseen           {result.RmseExtrapolation:f5}"));
        Console.WriteLine(Invariant($"Evaluations                        {result.EvaluationsForward} forward, {result.EvaluationsBackward} backward"));
        Console.WriteLine(Invariant($"Training                           {result.SecondsTraining:f1} s, {result.History.Count} iterations"));
        if (result.LearnedMatrix is { } learned)
        {
            Console.WriteLine($"W2·W1                              {Describe(learned)}");
            Console.WriteLine($"A                                  {Describe(result.Problem.A)}");
        }

        Console.WriteLine($"Picture, tables and model          {Path.GetFullPath(folder)}");
    }

    public static void PrintJson(SpiralResult result) => JsonLine.Print(json =>
    {
        json.WriteNumber("iterations", result.History.Count);
        json.WriteBoolean("interrupted", result.IsInterrupted);
        json.WriteFinite("finalLoss", result.FinalLoss);
        json.WriteFinite("rmseTraining", result.RmseTraining);
        json.WriteFinite("rmseExtrapolation", result.RmseExtrapolation);
        json.WriteNumber("evaluationsForward", result.EvaluationsForward);
        json.WriteNumber("evaluationsBackward", result.EvaluationsBackward);
        json.WriteNumber("vectorJacobianProducts", result.VectorJacobianProducts);
        json.WriteNumber("skippedMinibatches", result.History.Count(step => step.IsSkipped));
        if (result.MatrixError is { } matrixError)
            json.WriteFinite("matrixError", matrixError);
        json.WriteFinite("secondsToFirstIteration", result.SecondsToFirstIteration);
        json.WriteFinite("secondsTraining", result.SecondsTraining);
        json.WriteFinite("seconds", ProcessClock.Seconds);
    });

    private static void WriteTrajectory(SpiralResult result, string path)
    {
        int count = result.Prediction.Count;
        Matrix<double> truth = result.Truth.ToMatrix().SubMatrix(0, count, 0, 2);
        var table = new Trajectory(result.Prediction.Times, truth.Append(result.Prediction.ToMatrix()));
        table.WriteCsv(path, new CsvOptions { TimeColumn = "time", StateColumns = ["true_x", "true_y", "predicted_x", "predicted_y"] });
    }

    private static void WriteLoss(SpiralResult result, string path)
    {
        using var file = new StreamWriter(path);
        file.Write("iteration,loss,learning_rate,evaluations_forward,evaluations_backward\n");
        foreach (TrainingProgress step in result.History)
            file.Write(Invariant($"{step.Iteration},{step.Loss:R},{step.LearningRate:R},{step.ForwardStatistics.Evaluations},{step.BackwardStatistics.Evaluations}\n"));
    }

    private static string Describe(Matrix<double> m) => Invariant($"[{m[0, 0]:f4} {m[0, 1]:f4}; {m[1, 0]:f4} {m[1, 1]:f4}]");
}
