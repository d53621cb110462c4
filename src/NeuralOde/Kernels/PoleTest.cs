using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// Whether a step has jumped over a pole, from slopes that it has evaluated anyway: a divided difference of slopes over the whole step, which is small where they vary
/// smoothly, beside the slopes at the step's ends. One number per lane; components enter by their largest, so that neither order nor width of vectors matters.
/// </summary>
/// <remarks>
/// Near a pole slopes are so large that every error estimate which is a single sum of them vanishes somewhere. The bounds stand between what was measured at a tolerance of
/// 1e-3 (docs/decisions/poles.md).
/// </remarks>
internal struct PoleTest<TVector>
    where TVector : unmanaged, IVector<double, TVector>
{
    // The divided difference, its weights' absolute values summing up to 1, exceeds this part of the larger slope at an end,
    private const double PartOfEnds = 0.25;

    // this part of the state, per step,
    private const double PartOfState = 0.03;

    // and as many tolerances: where stability limits steps, slopes are rough too, by what a few tolerances amount to.
    private const double LeastTolerances = 30.0;

    private TVector _difference;
    private TVector _ends;
    private TVector _state;

    /// <summary>Takes a component into account.</summary>
    /// <param name="difference">Divided difference of its slopes.</param>
    /// <param name="first">Its slope at the start.</param>
    /// <param name="last">Its slope at the end.</param>
    /// <param name="magnitude">The larger of its absolute values at both ends.</param>
    /// <param name="scale">One tolerance.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(TVector difference, TVector first, TVector last, TVector magnitude, TVector scale)
    {
        TVector perTolerance = TVector.Constant(1.0) / scale;
        _difference = TVector.Maximum(_difference, TVector.Abs(difference) * perTolerance);
        _ends = TVector.Maximum(_ends, TVector.Maximum(TVector.Abs(first), TVector.Abs(last)) * perTolerance);
        _state = TVector.Maximum(_state, magnitude * perTolerance);
    }

    /// <summary>Errors with those of accepted steps over a pole raised, so that they are rejected.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TVector Judge(TVector step, TVector errors)
    {
        TVector change = TVector.Abs(step) * _difference;
        TVector bound = TVector.Maximum(TVector.Constant(LeastTolerances), TVector.Constant(PartOfState) * _state);
        TVector isPole = TVector.LessThan(TVector.Constant(PartOfEnds) * _ends, _difference) & TVector.LessThan(bound, change);
        return TVector.Select(isPole & TVector.LessThanOrEqual(errors, TVector.Constant(1.0)), TVector.Constant(ErrorArithmetic<TVector>.OverPole), errors);
    }
}
