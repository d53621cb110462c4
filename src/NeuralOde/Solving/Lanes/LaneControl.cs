using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>What <see cref="StepControl"/> does with one sample after the other, for eight lanes at once and with the same bits.</summary>
/// <param name="options">Validated and resolved options.</param>
/// <param name="errorOrder">The power of the step size that the error is proportional to.</param>
internal sealed class LaneControl(OdeSolverOptions options, int errorOrder)
{
    private static readonly V SmallestLogarithm = ErrorKernels.Log2(Simd.Create(StepControl.SmallestPreviousError));

    private readonly StepSizeController _controller = options.ResolvedController;
    private readonly V _beforeFirst = ErrorKernels.Log2(Simd.Create(options.ResolvedController.ErrorBeforeFirst));
    private readonly double _exponent = -options.ResolvedController.Beta1 / errorOrder;
    private readonly double _previousExponent = -options.ResolvedController.Beta2 / errorOrder;
    private readonly double _earlierExponent = -options.ResolvedController.Beta3 / errorOrder;

    /// <summary>Makes a lane begin.</summary>
    public void Begin(LaneMemory memory, int lane)
    {
        memory.Number(lane, LaneRow.PreviousError) = _beforeFirst.ToScalar();
        memory.Number(lane, LaneRow.EarlierError) = _beforeFirst.ToScalar();
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
    public uint ChooseSteps(ref V group, out uint exhausted)
    {
        V time = LaneMemory.Row(ref group, LaneRow.Time), last = LaneMemory.Row(ref group, LaneRow.Last);
        V active = LaneMemory.Row(ref group, LaneRow.Active);
        V tried = LaneMemory.Row(ref group, LaneRow.Accepted) + LaneMemory.Row(ref group, LaneRow.Rejected);
        V tooMany = active & Simd.GreaterThanOrEqual(tried, Simd.Create((double)options.MaxSteps));
        exhausted = (uint)tooMany.ExtractMostSignificantBits();

        V length = Simd.MinNative(Simd.MaxNative(Simd.Abs(LaneMemory.Row(ref group, LaneRow.Proposed)), Simd.Create(options.MinStep)), Simd.Create(options.MaxStep));
        V remaining = last - time;
        V distance = Simd.Abs(remaining);
        V isShort = Simd.LessThan(length * Simd.Create(StepControl.Stretch), distance);
        V reaches = Simd.LessThanOrEqual(distance * Simd.Create(1.0 - StepControl.Rounding), Simd.Create(options.MaxStep));
        V end = Simd.ConditionalSelect(isShort, time + Simd.CopySign(length, remaining),
            Simd.ConditionalSelect(reaches, last, time + Simd.Create(0.5) * remaining));
        V step = end - time;
        V smallest = Simd.Create(StepControl.SmallestRelativeStep) * Simd.MaxNative(Simd.Abs(LaneMemory.Row(ref group, LaneRow.First)), Simd.Abs(time));
        V isLost = Simd.AndNot(active & (Simd.Equals(step, V.Zero) | Simd.LessThan(Simd.Abs(step), smallest)), Simd.Equals(end, last) | tooMany);
        LaneMemory.Row(ref group, LaneRow.Step) = Simd.ConditionalSelect(tooMany, LaneMemory.Row(ref group, LaneRow.Step), step & active);
        LaneMemory.Row(ref group, LaneRow.End) = Simd.ConditionalSelect(active, end, time);
        return (uint)isLost.ExtractMostSignificantBits();
    }

    /// <summary>Accepts or rejects the steps of a group by their errors, counts them and proposes the next ones.</summary>
    /// <param name="group">A group's rows.</param>
    /// <param name="error">The errors in tolerances.</param>
    /// <param name="nonFinite">A bit for each lane that was rejected for a number that is not finite.</param>
    /// <param name="atMinStep">A bit for each lane that would need a step below the shortest allowed.</param>
    /// <param name="repeated">A bit for each lane that was rejected over and over.</param>
    /// <returns>The mask of the accepted lanes.</returns>
    public V Judge(ref V group, V error, out uint nonFinite, out uint atMinStep, out uint repeated)
    {
        V active = LaneMemory.Row(ref group, LaneRow.Active), step = LaneMemory.Row(ref group, LaneRow.Step);
        V proposed = LaneMemory.Row(ref group, LaneRow.Proposed);
        ref V rejections = ref LaneMemory.Row(ref group, LaneRow.ConsecutiveRejections);
        ref V previous = ref LaneMemory.Row(ref group, LaneRow.PreviousError);
        ref V earlier = ref LaneMemory.Row(ref group, LaneRow.EarlierError);
        V accepted = active & Simd.LessThanOrEqual(error, V.One);

        V logarithm = ErrorKernels.Log2(error);
        V exponent = Simd.Create(_exponent) * logarithm;
        V alone = exponent;
        if (_previousExponent != 0.0)
            exponent += Simd.Create(_previousExponent) * previous;
        if (_earlierExponent != 0.0)
            exponent += Simd.Create(_earlierExponent) * earlier;
        V safety = Simd.Create(_controller.Safety), minimum = Simd.Create(_controller.MinimumFactor);
        // Among eight lanes one is often rejected and often not: to do its part in vain costs less than a branch foretold wrongly.
        V factor = safety * ErrorKernels.PowerOfTwo(Simd.ConditionalSelect(accepted, exponent, alone));
        V growth = Simd.MinNative(Simd.MaxNative(factor, minimum), Simd.Create(_controller.MaximumFactor));
        V wasRejected = Simd.GreaterThan(rejections, V.Zero);
        V next = step * Simd.ConditionalSelect(wasRejected, Simd.MinNative(growth, V.One), growth);
        // A step cut short to land on the end says nothing against the longer one proposed before.
        V lands = Simd.Equals(LaneMemory.Row(ref group, LaneRow.End), LaneMemory.Row(ref group, LaneRow.Last));
        V keeps = Simd.AndNot(lands & Simd.LessThan(Simd.Abs(next), Simd.Abs(proposed)), wasRejected);
        next = Simd.ConditionalSelect(keeps, proposed, next);

        earlier = Simd.ConditionalSelect(accepted, previous, earlier);
        // The first step's length was a guess, and its error shows no trend.
        ref V count = ref LaneMemory.Row(ref group, LaneRow.Accepted);
        V isGuess = _controller.CountsFirstError ? V.Zero : Simd.Equals(count, V.Zero);
        V floored = Simd.ConditionalSelect(Simd.GreaterThan(error, Simd.Create(StepControl.SmallestPreviousError)), logarithm, SmallestLogarithm);
        previous = Simd.ConditionalSelect(accepted, Simd.ConditionalSelect(isGuess, _beforeFirst, floored), previous);
        count += V.One & accepted;

        V rejected = Simd.AndNot(active, accepted);
        V isNonFinite = Simd.AndNot(rejected, Simd.LessThanOrEqual(error, Simd.Create(double.MaxValue)));
        V shrinking = Simd.MinNative(Simd.MaxNative(minimum, factor), Simd.Create(StepControl.LeastShrinking));
        V shorter = step * Simd.ConditionalSelect(isNonFinite, minimum, shrinking);
        V tooShort = rejected & Simd.LessThan(Simd.Abs(shorter), Simd.Create(options.MinStep));
        V isAtMinStep = tooShort & Simd.LessThanOrEqual(Simd.MinNative(Simd.Abs(step), Simd.Abs(proposed)), Simd.Create(options.MinStep));
        shorter = Simd.ConditionalSelect(tooShort, Simd.CopySign(Simd.Create(options.MinStep), step), shorter);
        rejections = (rejections + V.One) & rejected;
        LaneMemory.Row(ref group, LaneRow.MetNonFinite) = isNonFinite;
        LaneMemory.Row(ref group, LaneRow.Rejected) += V.One & rejected;
        LaneMemory.Row(ref group, LaneRow.Proposed) = Simd.ConditionalSelect(rejected, shorter, next);
        nonFinite = (uint)isNonFinite.ExtractMostSignificantBits();
        atMinStep = (uint)isAtMinStep.ExtractMostSignificantBits();
        V isRepeated = Simd.AndNot(Simd.GreaterThanOrEqual(rejections, Simd.Create((double)StepControl.MaxConsecutiveRejections)), isAtMinStep);
        repeated = (uint)isRepeated.ExtractMostSignificantBits();
        return accepted;
    }
}
