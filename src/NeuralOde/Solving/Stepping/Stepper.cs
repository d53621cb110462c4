namespace NeuralOde;

/// <summary>
/// One method's arithmetic over a batch: makes a trial step for every sample and says how large its error is. Owns the
/// method's memory and, for methods with a history, that of every sample. The loop around it is <see cref="Integrator"/>.
/// </summary>
/// <remarks>
/// Whatever the method, its dense output over a step is u(θ) = y + h Σ_i b_i(θ) s_i with rows s_i of "slopes" that the
/// stepper fills and fixed polynomials b_i, the <see cref="Interpolant"/>: stages for Runge–Kutta methods, differences or
/// polynomial coefficients for methods with a history.
/// </remarks>
internal abstract class Stepper(SolveContext context)
{
    protected SolveContext Context { get; } = context;

    /// <summary>The dense output of a step.</summary>
    public abstract Interpolant Interpolant { get; }

    /// <summary>Rows of <see cref="Interpolant"/>, one component-major batch after the other, of the last round.</summary>
    public abstract ReadOnlySpan<double> Slopes { get; }

    /// <summary>f at the start of the round: written by the loop at the start and after a discontinuity, else kept by <see cref="Advance"/>.</summary>
    public abstract Span<double> StartSlopes { get; }

    /// <summary>The power of the step size that the error estimate is proportional to; of the first step for a method of variable order.</summary>
    public abstract int ErrorOrder { get; }

    /// <summary>Whether a discontinuity wants a new estimate of the first step, as methods of variable order do.</summary>
    public virtual bool RestartsWithFirstStep => false;

    /// <summary>Whether <see cref="StepAfterAcceptance"/> and <see cref="StepAfterRejection"/> take the place of the step-size controller.</summary>
    public virtual bool HasOwnControl => false;

    /// <summary>A step is not made longer by less than this factor, because a method works less when its step stays the same.</summary>
    public virtual double SmallestGrowth => 1.0;

    /// <summary>Memory of a round: two stages, start and end, unless the method has more to keep.</summary>
    /// <param name="records">Whether the round holds what the vector field records at its stages.</param>
    public virtual StepRound CreateRound(bool records = false) => new(Context.Layout, Context.Dimension, stages: 2, endStage: 1, recordLength: 0);

    /// <summary>Begins a solve: forgets everything.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>A sample begins, or goes on after a discontinuity: forget its history. <see cref="StartSlopes"/> are those of the new state.</summary>
    public virtual void Restart(int sample)
    {
    }

    /// <summary>
    /// Makes a trial step for every sample whose step is not 0: <see cref="StepRound.EndStates"/>, and the error in tolerances
    /// (not finite where something in the step is not). A sample whose equations could not be solved is marked in
    /// <see cref="SampleLanes.StageFailed"/>.
    /// </summary>
    public abstract void Attempt(StepRound round, Span<double> errors);

    /// <summary>Turns rejected samples' trials into steps of length zero. Their steps are 0 already.</summary>
    public virtual void Hold(StepRound round, ReadOnlySpan<double> rejected)
    {
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, rejected, round.StartStates, round.EndStates);
    }

    /// <summary>The component that made a sample's trial not finite, or −1 where only its error estimate overflowed.</summary>
    public virtual int FindNonFinite(StepRound round, int sample) => FindNonFinite(round, Slopes, sample);

    /// <summary>Completes <see cref="Slopes"/> where interior points of a step are wanted.</summary>
    /// <param name="round">The round.</param>
    /// <param name="samples">Whose interior is wanted; their steps will be accepted where what they take here is finite.</param>
    public virtual void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
    }

    /// <summary>Whether everything that <see cref="PrepareInterpolation"/> evaluated for a sample is finite.</summary>
    public virtual bool IsInteriorFinite(int sample) => true;

    /// <summary>
    /// The error that <see cref="PrepareInterpolation"/> left inside a sample's step, counted as an error at the step's end that wants the same
    /// change of the step: above 1 the step is not accepted after all. NaN where the vector field was not finite.
    /// </summary>
    public virtual double InteriorError(int sample) => 0.0;

    /// <summary>
    /// After a solve: marks the samples whose failure another way of solving them from the start may survive, and goes that way in the next solve.
    /// </summary>
    /// <param name="again">Becomes true for these samples.</param>
    /// <returns>Whether there are any.</returns>
    public virtual bool PrepareSecondTry(Span<bool> again) => false;

    /// <summary>Moves the samples that moved on to the next round, which already has its start.</summary>
    public abstract void Advance(StepRound round, StepRound next);

    /// <summary>The signed step to propose after an accepted one; see <see cref="HasOwnControl"/>.</summary>
    public virtual double StepAfterAcceptance(int sample, double step, double error) => throw new InvalidOperationException();

    /// <summary>The signed step to propose after a rejected one; see <see cref="HasOwnControl"/>.</summary>
    public virtual double StepAfterRejection(int sample, double step, double error) => throw new InvalidOperationException();

    /// <summary>The component in which a sample's end state or one of the rows given is not finite, or −1.</summary>
    protected int FindNonFinite(StepRound round, ReadOnlySpan<double> rows, int sample)
    {
        int component = Context.Layout.FindNonFinite(round.EndStates, Context.Dimension, sample);
        for (int row = 0; row < rows.Length && component < 0; row += Context.StateLength)
            component = Context.Layout.FindNonFinite(rows.Slice(row, Context.StateLength), Context.Dimension, sample);
        return component;
    }
}
