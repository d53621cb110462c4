using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Samples;

/// <summary>What came out of training.</summary>
internal sealed record SpiralResult
{
    public required SpiralOptions Options { get; init; }

    public required SpiralProblem Problem { get; init; }

    public required NeuralOdeModel Model { get; init; }

    public required Trajectory Observations { get; init; }

    /// <summary>Every iteration, skipped ones included.</summary>
    public required IReadOnlyList<TrainingProgress> History { get; init; }

    /// <summary>Whether Ctrl-C ended training early.</summary>
    public required bool IsInterrupted { get; init; }

    /// <summary>From the start of the process to the end of the first iteration.</summary>
    public required double SecondsToFirstIteration { get; init; }

    /// <summary>The states behind the observations, without noise, at <see cref="SpiralProblem.Times"/>.</summary>
    public required OdeSolution Truth { get; init; }

    /// <summary>One solve of the learned equation from the true initial state, over the same times.</summary>
    public required OdeSolution Prediction { get; init; }

    /// <summary>W₂W₁, which should be A; null for a network that is not linear.</summary>
    public required Matrix<double>? LearnedMatrix { get; init; }

    /// <summary>Loss of the last minibatch.</summary>
    public double FinalLoss => History.Count > 0 ? History[^1].Loss : double.NaN;

    public double SecondsTraining => History.Count > 0 ? History[^1].Elapsed.TotalSeconds : 0;

    /// <summary>Evaluations of the vector field in all forward solves; one of a whole minibatch counts once.</summary>
    public long EvaluationsForward => History.Sum(step => step.ForwardStatistics.Evaluations);

    /// <summary>Evaluations of the vector field in all backward passes.</summary>
    public long EvaluationsBackward => History.Sum(step => step.BackwardStatistics.Evaluations);

    public long VectorJacobianProducts => History.Sum(step => step.BackwardStatistics.VectorJacobianProducts);

    /// <summary>On [0, 25], where the observations are.</summary>
    public double RmseTraining => Rmse(0, SpiralProblem.ObservedTimes);

    /// <summary>On (25, 50].</summary>
    public double RmseExtrapolation => Rmse(SpiralProblem.ObservedTimes, SpiralProblem.Times.Length);

    /// <summary>The largest difference of an entry of W₂W₁ from that of A.</summary>
    public double? MatrixError => LearnedMatrix?.Subtract(Problem.A).Enumerate().Max(Math.Abs);

    /// <summary>Root mean square of prediction − truth over times and components; NaN if the prediction does not get there.</summary>
    private double Rmse(int start, int end)
    {
        if (Prediction.Count < end)
            return double.NaN;
        double squares = 0;
        for (int n = start; n < end; n++)
        {
            for (int i = 0; i < Truth.Dimension; i++)
                squares += Math.Pow(Prediction[n, i] - Truth[n, i], 2);
        }

        return Math.Sqrt(squares / ((end - start) * Truth.Dimension));
    }
}
