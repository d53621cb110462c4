namespace NeuralOde;

/// <summary>On which data a stage of a <see cref="TrainingPlan"/> is run.</summary>
public enum TrainingStageCondition
{
    /// <summary>On all data.</summary>
    Always,

    /// <summary>On data in which no noise was recognised.</summary>
    CleanData,

    /// <summary>On data in which noise was recognised.</summary>
    NoisyData,
}
