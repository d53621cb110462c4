using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>What <see cref="StepControl"/> does with one sample after the other, for a vector of lanes at once and with the same bits.</summary>
/// <param name="options">Validated and resolved options.</param>
/// <param name="errorOrder">The power of the step size that the error is proportional to.</param>
/// <typeparam name="TVector">The vector.</typeparam>
/// <typeparam name="TField">The vector field, which says how many lanes a row has.</typeparam>
internal sealed class LaneControl<TVector, TField>(OdeSolverOptions options, int errorOrder)
    where TVector : unmanaged, IVector<double, TVector>
    where TField : struct, ILaneField
{
    private static readonly double SmallestLogarithm = Logarithm(StepControl.SmallestPreviousError);

    private readonly StepSizeController _controller = options.ResolvedController;
    private readonly double _beforeFirst = Logarithm(options.ResolvedController.ErrorBeforeFirst);
    private readonly double _exponent = -options.ResolvedController.Beta1 / errorOrder;
    private readonly double _previousExponent = -options.ResolvedController.Beta2 / errorOrder;
    private readonly double _earlierExponent = -options.ResolvedController.Beta3 / errorOrder;

    /// <summary>Makes a lane begin.</summary>
    public void Begin(LaneMemory<TField> memory, int lane)
    {
        memory.Number(lane, LaneRow.PreviousError) = _beforeFirst;
        memory.Number(lane, LaneRow.EarlierError) = _beforeFirst;
        memory.Number(lane, LaneRow.MetNonFinite) = 0.0;
        memory.Number(lane, LaneRow.ConsecutiveRejections) = 0.0;
        memory.Number(lane, LaneRow.Accepted) = 0.0;
        memory.Number(lane, LaneRow.Rejected) = 0.0;
        memory.Number(lane, LaneRow.Step) = 0.0;
    }

    /// <summary>Sets the steps of a group and the times they end at; 0 in lanes that have no trajectory.</summary>
    /// <param name="group">A group's rows.</param>
    /// <param name="exhausted">A bit for each lane that has made all the steps it may; its step is the last one tried.</param>
    /// <returns>A bit for each lane whose step is lost in the rounding of its time.</returns>
    public uint ChooseSteps(ref double group, out uint exhausted)
    {
        TVector zero = TVector.Constant(0.0);
        TVector time = Get(ref group, LaneRow.Time), last = Get(ref group, LaneRow.Last);
        TVector active = Get(ref group, LaneRow.Active);
        TVector tried = Get(ref group, LaneRow.Accepted) + Get(ref group, LaneRow.Rejected);
        TVector tooMany = active & TVector.LessThanOrEqual(TVector.Broadcast(options.MaxSteps), tried);
        exhausted = TVector.Bits(tooMany);

        TVector length = TVector.Minimum(TVector.Maximum(TVector.Abs(Get(ref group, LaneRow.Proposed)), TVector.Broadcast(options.MinStep)), TVector.Broadcast(options.MaxStep));
        TVector remaining = last - time;
        TVector distance = TVector.Abs(remaining);
        TVector isShort = TVector.LessThan(length * TVector.Constant(StepControl.Stretch), distance);
        TVector reaches = TVector.LessThanOrEqual(distance * TVector.Constant(1.0 - StepControl.Rounding), TVector.Broadcast(options.MaxStep));
        TVector end = TVector.Select(isShort, time + TVector.CopySign(length, remaining),
            TVector.Select(reaches, last, time + TVector.Constant(0.5) * remaining));
        TVector step = end - time;
        TVector smallest = TVector.Constant(StepControl.SmallestRelativeStep) * TVector.Maximum(TVector.Abs(Get(ref group, LaneRow.First)), TVector.Abs(time));
        TVector isLost = TVector.Without(active & (TVector.Equals(step, zero) | TVector.LessThan(TVector.Abs(step), smallest)), TVector.Equals(end, last) | tooMany);
        Set(ref group, LaneRow.Step, TVector.Select(tooMany, Get(ref group, LaneRow.Step), step & active));
        Set(ref group, LaneRow.End, TVector.Select(active, end, time));
        return TVector.Bits(isLost);
    }

    /// <summary>Accepts or rejects the steps of a group by their errors, counts them and proposes the next ones.</summary>
    /// <param name="group">A group's rows.</param>
    /// <param name="nonFinite">A bit for each lane that was rejected for a number that is not finite.</param>
    /// <param name="atMinStep">A bit for each lane that would need a step below the shortest allowed.</param>
    /// <param name="repeated">A bit for each lane that was rejected over and over.</param>
    public void Judge(ref double group, out uint nonFinite, out uint atMinStep, out uint repeated)
    {
        TVector zero = TVector.Constant(0.0), one = TVector.Constant(1.0);
        TVector active = Get(ref group, LaneRow.Active), step = Get(ref group, LaneRow.Step), proposed = Get(ref group, LaneRow.Proposed);
        TVector previous = Get(ref group, LaneRow.PreviousError), earlier = Get(ref group, LaneRow.EarlierError);
        TVector count = Get(ref group, LaneRow.Accepted), rejections = Get(ref group, LaneRow.ConsecutiveRejections);
        TVector error = Get(ref group, LaneRow.Error);
        TVector accepted = active & TVector.LessThanOrEqual(error, one);
        Set(ref group, LaneRow.IsAccepted, accepted);

        TVector logarithm = ErrorArithmetic<TVector>.Log2(error);
        TVector exponent = TVector.Broadcast(_exponent) * logarithm;
        TVector alone = exponent;
        if (_previousExponent != 0.0)
            exponent += TVector.Broadcast(_previousExponent) * previous;
        if (_earlierExponent != 0.0)
            exponent += TVector.Broadcast(_earlierExponent) * earlier;
        TVector safety = TVector.Broadcast(_controller.Safety), minimum = TVector.Broadcast(_controller.MinimumFactor);
        // Among several lanes one is often rejected and often not: to do its part in vain costs less than a branch foretold wrongly.
        TVector factor = safety * ErrorArithmetic<TVector>.PowerOfTwo(TVector.Select(accepted, exponent, alone));
        TVector growth = TVector.Minimum(TVector.Maximum(factor, minimum), TVector.Broadcast(_controller.MaximumFactor));
        TVector wasRejected = TVector.LessThan(zero, rejections);
        TVector next = step * TVector.Select(wasRejected, TVector.Minimum(growth, one), growth);
        // A step cut short to land on the end says nothing against the longer one proposed before.
        TVector lands = TVector.Equals(Get(ref group, LaneRow.End), Get(ref group, LaneRow.Last));
        TVector keeps = TVector.Without(lands & TVector.LessThan(TVector.Abs(next), TVector.Abs(proposed)), wasRejected);
        next = TVector.Select(keeps, proposed, next);

        // The first step's length was a guess, and its error shows no trend.
        TVector isGuess = _controller.CountsFirstError ? zero : TVector.Equals(count, zero);
        TVector floored = TVector.Select(TVector.LessThan(TVector.Constant(StepControl.SmallestPreviousError), error), logarithm, TVector.Broadcast(SmallestLogarithm));
        Set(ref group, LaneRow.PreviousError, TVector.Select(accepted, TVector.Select(isGuess, TVector.Broadcast(_beforeFirst), floored), previous));
        Set(ref group, LaneRow.EarlierError, TVector.Select(accepted, previous, earlier));
        Set(ref group, LaneRow.Accepted, count + (one & accepted));

        TVector rejected = TVector.Without(active, accepted);
        TVector isNonFinite = TVector.Without(rejected, TVector.LessThanOrEqual(error, TVector.Constant(double.MaxValue)));
        TVector shrinking = TVector.Minimum(TVector.Maximum(minimum, factor), TVector.Constant(StepControl.LeastShrinking));
        TVector shorter = step * TVector.Select(isNonFinite, minimum, shrinking);
        TVector tooShort = rejected & TVector.LessThan(TVector.Abs(shorter), TVector.Broadcast(options.MinStep));
        TVector isAtMinStep = tooShort & TVector.LessThanOrEqual(TVector.Minimum(TVector.Abs(step), TVector.Abs(proposed)), TVector.Broadcast(options.MinStep));
        shorter = TVector.Select(tooShort, TVector.CopySign(TVector.Broadcast(options.MinStep), step), shorter);
        rejections = (rejections + one) & rejected;
        Set(ref group, LaneRow.ConsecutiveRejections, rejections);
        Set(ref group, LaneRow.MetNonFinite, isNonFinite);
        Set(ref group, LaneRow.Rejected, Get(ref group, LaneRow.Rejected) + (one & rejected));
        Set(ref group, LaneRow.Proposed, TVector.Select(rejected, shorter, next));
        nonFinite = TVector.Bits(isNonFinite);
        atMinStep = TVector.Bits(isAtMinStep);
        TVector isRepeated = TVector.Without(TVector.LessThanOrEqual(TVector.Constant(StepControl.MaxConsecutiveRejections), rejections), isAtMinStep);
        repeated = TVector.Bits(isRepeated);
    }

    private static double Logarithm(double error) => ErrorArithmetic<TVector>.Log2(TVector.Broadcast(error)).First;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Get(ref double group, LaneRow row) => LaneMemory<TField>.Load<TVector>(ref group, row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set(ref double group, LaneRow row, TVector values) => LaneMemory<TField>.Store(ref group, row, values);
}
