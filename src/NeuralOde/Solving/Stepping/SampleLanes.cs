namespace NeuralOde;

/// <summary>What the stepping loop knows of every sample: where it stops next, how it fares, how it ended.</summary>
internal sealed class SampleLanes(int samples, int rowLength)
{
    /// <summary>Samples still being integrated.</summary>
    public bool[] Active { get; } = new bool[samples];

    /// <summary>The time the sample must land on next.</summary>
    public double[] Stop { get; } = new double[samples];

    /// <summary>Where the observer wants the sample next; <see cref="Stop"/> may be a jump time before it.</summary>
    public double[] Destination { get; } = new double[samples];

    /// <summary>Whether <see cref="Destination"/> is set.</summary>
    public bool[] HasDestination { get; } = new bool[samples];

    /// <summary>Whether the vector field jumps at <see cref="Stop"/>.</summary>
    public bool[] StopsAtJump { get; } = new bool[samples];

    /// <summary>The signed step that the controller proposes; 0 wants an estimate.</summary>
    public double[] Proposed { get; } = new double[samples];

    /// <summary>Whether the proposal is still the first estimate, made over a way to the stop that was too short to tell much.</summary>
    public bool[] IsCutEstimate { get; } = new bool[samples];

    /// <summary>Whether the step in progress ends on the stop.</summary>
    public bool[] Lands { get; } = new bool[samples];

    /// <summary>Error of the last accepted step in tolerances, one per lane for the controller's kernel.</summary>
    public double[] PreviousErrors { get; } = new double[rowLength];

    /// <summary>Error of the accepted step before that.</summary>
    public double[] EarlierErrors { get; } = new double[rowLength];

    public OdeStatus[] Status { get; } = new OdeStatus[samples];

    /// <summary>The failure's component that is not finite, or −1.</summary>
    public int[] Component { get; } = new int[samples];

    /// <summary>The sample that <see cref="Component"/> belongs to: itself, unless another spoiled the step of all.</summary>
    public int[] ComponentSample { get; } = new int[samples];

    /// <summary>Whether the sample ended because the tolerances ask for a step below the shortest allowed.</summary>
    public bool[] IsAtMinStep { get; } = new bool[samples];

    /// <summary>Signed length of the last step tried.</summary>
    public double[] LastStep { get; } = new double[samples];

    public int[] Accepted { get; } = new int[samples];

    public int[] Rejected { get; } = new int[samples];

    /// <summary>Evaluations that this sample alone would have cost.</summary>
    public int[] Evaluations { get; } = new int[samples];

    /// <summary>Evaluations of the Jacobian.</summary>
    public int[] Jacobians { get; } = new int[samples];

    /// <summary>Matrices factorized.</summary>
    public int[] Factorizations { get; } = new int[samples];

    /// <summary>Steps whose implicit equations could not be solved.</summary>
    public int[] NewtonFailures { get; } = new int[samples];

    /// <summary>Changes between an explicit and an implicit method.</summary>
    public int[] MethodSwitches { get; } = new int[samples];

    /// <summary>Whether the implicit equations of the step in progress could not be solved; set by the stepper, cleared by the loop.</summary>
    public bool[] StageFailed { get; } = new bool[samples];

    public int[] ConsecutiveRejections { get; } = new int[samples];

    /// <summary>Whether the last rejection was for a number that is not finite.</summary>
    public bool[] MetNonFinite { get; } = new bool[samples];

    /// <summary>Whether the last rejection was for implicit equations that could not be solved.</summary>
    public bool[] LastRejectionWasNewton { get; } = new bool[samples];

    /// <summary>Where the stretch to the present stop began, and the steps taken on it.</summary>
    public double[] GridStart { get; } = new double[samples];

    public int[] GridIndex { get; } = new int[samples];

    /// <summary>Steps tried on the stretch, rejected ones included.</summary>
    public int[] StepsOnStretch { get; } = new int[samples];

    /// <summary>Longest step of every sample. Outlives a solve.</summary>
    public double[] StepLimit { get; } = new double[samples];

    /// <summary>The steps to take, or null to choose them. Outlives a solve.</summary>
    public StepScript? Script { get; set; }

    public int ActiveCount { get; private set; }

    /// <summary>Forgets everything.</summary>
    /// <param name="errorBeforeFirst">What stands for the error before the first.</param>
    public void Reset(double errorBeforeFirst)
    {
        ActiveCount = Active.Length;
        Active.AsSpan().Fill(true);
        HasDestination.AsSpan().Clear();
        Proposed.AsSpan().Clear();
        IsCutEstimate.AsSpan().Clear();
        PreviousErrors.AsSpan().Fill(errorBeforeFirst);
        EarlierErrors.AsSpan().Fill(errorBeforeFirst);
        Status.AsSpan().Clear();
        Component.AsSpan().Fill(-1);
        IsAtMinStep.AsSpan().Clear();
        LastStep.AsSpan().Clear();
        Accepted.AsSpan().Clear();
        Rejected.AsSpan().Clear();
        Evaluations.AsSpan().Clear();
        Jacobians.AsSpan().Clear();
        Factorizations.AsSpan().Clear();
        NewtonFailures.AsSpan().Clear();
        MethodSwitches.AsSpan().Clear();
        StageFailed.AsSpan().Clear();
        ConsecutiveRejections.AsSpan().Clear();
        MetNonFinite.AsSpan().Clear();
        LastRejectionWasNewton.AsSpan().Clear();
        GridIndex.AsSpan().Clear();
    }

    /// <summary>Takes a sample out of the loop.</summary>
    public void Finish(int sample, OdeStatus status)
    {
        Status[sample] = status;
        Active[sample] = false;
        ActiveCount--;
    }
}
