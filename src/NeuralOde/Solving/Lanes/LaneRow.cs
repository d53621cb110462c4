namespace NeuralOde;

/// <summary>What <see cref="LaneMemory{TField}"/> holds of every trajectory besides its state, slopes and parameters: one row each per group of lanes.</summary>
internal enum LaneRow
{
    /// <summary>Where the step in progress starts.</summary>
    Time,

    /// <summary>Where it ends.</summary>
    End,

    /// <summary>When the present stage is evaluated.</summary>
    StageTime,

    /// <summary>The step's signed length; 0 in lanes without a trajectory.</summary>
    Step,

    /// <summary>The error of the step in tolerances; not finite where the new state or a slope is not.</summary>
    Error,

    /// <summary>All bits set where the step was accepted.</summary>
    IsAccepted,

    /// <summary>The initial time.</summary>
    First,

    /// <summary>The last output time.</summary>
    Last,

    /// <summary>The output time to come; infinitely far where none does.</summary>
    NextOutput,

    /// <summary>The signed step that the controller proposes.</summary>
    Proposed,

    /// <summary>Binary logarithm of the last accepted step's error.</summary>
    PreviousError,

    /// <summary>That of the accepted step before.</summary>
    EarlierError,

    /// <summary>All bits set in lanes with a trajectory.</summary>
    Active,

    /// <summary>All bits set where the last step was rejected for a number that is not finite.</summary>
    MetNonFinite,

    /// <summary>Rejected steps since the last accepted one.</summary>
    ConsecutiveRejections,

    /// <summary>Accepted steps.</summary>
    Accepted,

    /// <summary>Rejected steps.</summary>
    Rejected,

    /// <summary>How many rows there are.</summary>
    Count,
}
