namespace NeuralOde;

/// <summary>Where a plan's training stands, beside the model's parameters and the counters that all training has: what its checkpoint holds.</summary>
internal sealed class PlanState(TrainingState counters)
{
    public TrainingState Counters { get; } = counters;

    /// <summary>The stage in progress, or the number of stages.</summary>
    public int Stage { get; set; }

    /// <summary>Iterations done in it.</summary>
    public int StageIteration { get; set; }

    /// <summary>Its loss at the outset and after the last iteration.</summary>
    public double FirstLoss { get; set; } = double.NaN;

    public double LastLoss { get; set; } = double.NaN;

    /// <summary>The learned states at the starts of the segments of the stage that learned them last; empty before.</summary>
    public double[] Starts { get; set; } = [];

    /// <summary>The stage that learned them, or −1.</summary>
    public int StartsStage { get; set; } = -1;

    public LimitedMemoryBfgs? Bfgs { get; set; }

    public OptimizerState? Optimizer { get; set; }

    /// <summary>The stage whose optimizer that is, or −1.</summary>
    public int OptimizerStage { get; set; } = -1;

    public List<TrainingStageResult> Results { get; } = [];
}
