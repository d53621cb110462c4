namespace NeuralOde;

/// <summary>A vector field with the memory to evaluate it on batches of one layout. Owned by one run; not thread-safe.</summary>
/// <remarks>
/// Times are one number per sample, because samples of a batch may be at different times. States and derivatives are
/// component-major (<see cref="BatchLayout"/>). What a later vector–Jacobian product at the same point can reuse goes into a
/// record that the caller keeps, and of which it can copy what belongs to some samples (<see cref="SelectRecord"/>).
/// </remarks>
internal abstract class VectorFieldEvaluator(int dimension, BatchLayout layout)
{
    public int Dimension { get; } = dimension;

    public BatchLayout Layout { get; } = layout;

    /// <summary>Components of the state that tolerances are given for: fewer than <see cref="Dimension"/> where a system repeats them, as the adjoint's does.</summary>
    public virtual int StateDimension => Dimension;

    /// <summary>Numbers in a record; 0 when there is nothing to keep.</summary>
    public virtual int RecordLength => 0;

    /// <summary>Whether f is known not to depend on time.</summary>
    public virtual bool IsAutonomous => false;

    /// <summary>derivatives = f(states, times) for every sample. An empty <paramref name="record"/> records nothing.</summary>
    public abstract void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record);

    /// <summary>Copies what a record holds of the samples whose mask is not zero; the others keep theirs.</summary>
    public virtual void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination) =>
        StageKernels.Widest.Select(Layout, Layout.Rows(source), mask, source, destination);

    /// <summary>Takes over parameters that have changed since the last solve. Called before every solve.</summary>
    public virtual void Refresh()
    {
    }

    /// <summary>Times at which the vector field of a sample jumps or has a kink, strictly ascending.</summary>
    public virtual ReadOnlyMemory<double> JumpTimes(int sample) => default;

    /// <summary>Changes whenever <see cref="JumpTimes"/> of a sample may have.</summary>
    public virtual int JumpTimesVersion => 0;

    /// <summary>
    /// Tells which samples still count. The derivatives of the others may be anything finite.
    /// Called before the first evaluation of a solve and whenever a sample finishes.
    /// </summary>
    public virtual void SetActive(ReadOnlySpan<bool> active)
    {
    }

    /// <summary>What gives Jacobians in the best way that the field allows.</summary>
    /// <param name="smallestScale">See <see cref="JacobianEvaluator.SmallestScale"/>; for fields that need differences.</param>
    public virtual JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => new DifferenceJacobian(this, smallestScale, JacobianEvaluator.RelativeIncrement);
}
