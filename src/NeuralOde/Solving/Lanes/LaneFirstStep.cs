using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>How lanes begin: their first slopes, and their first steps as <see cref="InitialStep"/> proposes them.</summary>
/// <typeparam name="TVector">The vector; a group is a whole number of them.</typeparam>
/// <typeparam name="TField">The vector field.</typeparam>
internal sealed class LaneFirstStep<TVector, TField>(LaneMemory<TField> memory, LaneStepper<TVector, TField> stepper, int dimension, OdeSolverOptions options, ButcherTableau tableau)
    where TVector : unmanaged, IVector<double, TVector>
    where TField : struct, ILaneField
{
    private static int Lanes => TField.Lanes;

    /// <summary>Evaluates the first slopes of lanes that begin.</summary>
    public void Begin(int group, uint lanes)
    {
        ref double rows = ref memory.Group(group);
        LaneStepper<TVector, TField>.SetStageTimes(ref rows, 0.0);
        stepper.EvaluateOnce(ref rows, LaneMemory<TField>.StartsAt, memory.SlopesAt(1));
        for (int v = 0; v < Lanes; v += TVector.Count)
            stepper.Select(TVector.Mask(lanes >> v), ref Unsafe.Add(ref rows, memory.SlopesAt(1) + v), ref Unsafe.Add(ref rows, memory.SlopesAt(0) + v));
    }

    /// <summary>Proposes the first step of lanes that begin.</summary>
    /// <returns>A bit for each lane whose estimate was cut by the end (<see cref="InitialStep.IsCut"/>).</returns>
    public uint Propose(int group, uint lanes)
    {
        uint cut = 0;
        ref double rows = ref memory.Group(group);
        Span<double> starts = Rows(ref rows, LaneMemory<TField>.StartsAt), slopes = Rows(ref rows, memory.SlopesAt(0));
        Span<double> probe = Rows(ref rows, memory.SlopesAt(1)), stage = Rows(ref rows, memory.StageAt);
        bool takesMaximum = options.ErrorNorm.TakesMaximum;
        double summed = options.ResolvedController.SumsInFirstStep && !takesMaximum ? Math.Sqrt(dimension) : 1.0;
        Span<double> stateNorms = stackalloc double[Lanes], slopeNorms = stackalloc double[Lanes], steps = stackalloc double[Lanes];
        Norm(starts, default, starts, stateNorms);
        slopes.CopyTo(probe);
        ReplaceWithoutScale(probe, starts, default);
        Norm(probe, default, starts, slopeNorms);
        steps.Clear();
        LaneStepper<TVector, TField>.SetStageTimes(ref rows, 0.0);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * Lanes + i;
            double time = memory.Number(lane, LaneRow.Time), last = memory.Number(lane, LaneRow.Last);
            steps[i] = InitialStep.Probe(summed * stateNorms[i], summed * slopeNorms[i], time, last - time, options.MaxStep);
            if (InitialStep.IsCut(steps[i], last - time))
                cut |= 1u << i;
            memory.Number(lane, LaneRow.StageTime) = Math.Clamp(time + steps[i], Math.Min(time, last), Math.Max(time, last));
        }

        for (int i = 0; i < stage.Length; i++)
            stage[i] = double.MultiplyAddEstimate(steps[i % Lanes], slopes[i], starts[i]);
        stepper.EvaluateOnce(ref rows, memory.StageAt, memory.SlopesAt(1));
        Span<double> curvatureNorms = stateNorms;
        ReplaceWithoutScale(probe, starts, slopes);
        Norm(probe, slopes, starts, curvatureNorms);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * Lanes + i;
            double time = memory.Number(lane, LaneRow.Time), last = memory.Number(lane, LaneRow.Last);
            memory.Number(lane, LaneRow.Proposed) = InitialStep.Length(steps[i], summed * slopeNorms[i], summed * curvatureNorms[i],
                time, last - time, options.MaxStep, tableau.ErrorOrder);
        }

        return cut;
    }

    private Span<double> Rows(ref double group, int at) => MemoryMarshal.CreateSpan(ref Unsafe.Add(ref group, at), dimension * Lanes);

    /// <summary>As <see cref="InitialStep"/> does: leaves components that are 0 and have no absolute tolerance out of a norm.</summary>
    private void ReplaceWithoutScale(Span<double> values, ReadOnlySpan<double> states, ReadOnlySpan<double> others)
    {
        if (!InitialStep.IgnoresMissingScales(tableau.ErrorOrder))
            return;
        for (int i = 0; i < dimension; i++)
        {
            if (stepper.Absolute[i] != 0.0)
                continue;
            for (int at = i * Lanes; at < (i + 1) * Lanes; at++)
            {
                if (states[at] == 0.0)
                    values[at] = others.IsEmpty ? 0.0 : others[at];
            }
        }
    }

    /// <summary>The norms of values − subtrahend in tolerances at a state. An empty subtrahend is zero.</summary>
    private void Norm(ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend, ReadOnlySpan<double> states, Span<double> norms)
    {
        bool takesMaximum = options.ErrorNorm.TakesMaximum;
        for (int v = 0; v < Lanes; v += TVector.Count)
        {
            var sums = default(NormSums<TVector>);
            for (int i = 0; i < dimension; i++)
            {
                int at = i * Lanes + v;
                TVector value = TVector.Load(in values[at]);
                if (!subtrahend.IsEmpty)
                    value -= TVector.Load(in subtrahend[at]);
                TVector ratio = ErrorArithmetic<TVector>.Ratio(value, TVector.Abs(TVector.Load(in states[at])), TVector.Broadcast(stepper.Relative[i]), TVector.Broadcast(stepper.Absolute[i]));
                if (takesMaximum)
                    sums[0] = TVector.MaximumOrNaN(sums[0], TVector.Abs(ratio));
                else
                    sums[i % NormSums<TVector>.Count] += ratio * ratio;
            }

            (takesMaximum ? sums[0] : ErrorArithmetic<TVector>.RootMean(in sums, dimension)).Store(ref norms[v]);
        }
    }
}
