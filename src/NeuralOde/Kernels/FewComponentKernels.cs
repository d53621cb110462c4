using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// What <see cref="StageKernels"/> and <see cref="ErrorKernels"/> do with a single sample of at most <see cref="StageKernels.FewComponents"/> components: that is at most half of
/// the widest vector, and what evaluators write at once (<see cref="PerSampleEvaluator"/>).
/// </summary>
/// <remarks>A processor that loads more than was written at once waits until it has left the store buffer.</remarks>
internal abstract class FewComponentKernels
{
    /// <summary>Those of the vectors, or of narrower ones where few components do not fill them.</summary>
    public static FewComponentKernels Of<TVector>()
        where TVector : unmanaged, IVector<double, TVector> =>
        TVector.Count > StageKernels.FewComponents ? new FewComponentKernels<Lanes256<double>>() : new FewComponentKernels<TVector>();

    /// <inheritdoc cref="StageKernels.Combine"/>
    public abstract void Combine(ReadOnlySpan<double> states, double step, ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices,
        ReadOnlySpan<double> coefficients, Span<double> result);

    /// <inheritdoc cref="ErrorKernels.ErrorNorm"/>
    /// <returns>The root mean square.</returns>
    public abstract double ErrorNorm(int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double step, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances);
}

/// <inheritdoc cref="FewComponentKernels"/>
/// <typeparam name="TVector">A vector of at most <see cref="StageKernels.FewComponents"/> lanes.</typeparam>
internal sealed class FewComponentKernels<TVector> : FewComponentKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    private const int Few = StageKernels.FewComponents;

    /// <summary>How far the derivatives of two stages are apart.</summary>
    private const int Size = BatchLayout.Lanes;

    public override void Combine(ReadOnlySpan<double> states, double step, ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices,
        ReadOnlySpan<double> coefficients, Span<double> result)
    {
        ref double y = ref MemoryMarshal.GetReference(states[..Few]);
        ref double k = ref KernelArguments.Stages(derivatives, indices, Size);
        ref double a = ref MemoryMarshal.GetReference(coefficients[..indices.Length]);
        ref double z = ref MemoryMarshal.GetReference(result[..Few]);
        TVector h = TVector.Broadcast(step);
        for (int at = 0; at < Few; at += TVector.Count)
        {
            TVector state = TVector.Load(ref Unsafe.Add(ref y, at));
            if (step != 0.0)
                state = TVector.MultiplyAdd(h, StageKernels<TVector>.Sum(ref Unsafe.Add(ref k, at), Size, indices, ref a), state);
            state.Store(ref Unsafe.Add(ref z, at));
        }
    }

    public override double ErrorNorm(int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double step, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances)
    {
        ref double first = ref MemoryMarshal.GetReference(before[..Few]);
        ref double last = ref MemoryMarshal.GetReference(after[..Few]);
        ref double k = ref KernelArguments.Stages(derivatives, indices, Size);
        ref double w = ref MemoryMarshal.GetReference(weights[..indices.Length]);
        ref double relative = ref MemoryMarshal.GetReference(relativeTolerances[..Few]);
        ref double absolute = ref MemoryMarshal.GetReference(absoluteTolerances[..Few]);
        KernelArguments.ThrowIfShort(derivatives.Length, (lastStage + 1L) * Size);
        uint there = (1u << dimension) - 1;
        TVector h = TVector.Broadcast(step);
        var terms = default(Terms);
        for (int at = 0; at < Few; at += TVector.Count)
        {
            ref double slopes = ref Unsafe.Add(ref k, at);
            TVector y0 = TVector.Load(ref Unsafe.Add(ref first, at)), y1 = TVector.Load(ref Unsafe.Add(ref last, at));
            TVector ratio = ErrorArithmetic<TVector>.Ratio(h * StageKernels<TVector>.Sum(ref slopes, Size, indices, ref w), TVector.Maximum(TVector.Abs(y0), TVector.Abs(y1)),
                TVector.Load(ref Unsafe.Add(ref relative, at)), TVector.Load(ref Unsafe.Add(ref absolute, at)));
            TVector undefined = y1 - y1 + ErrorKernels<TVector>.Undefined(ref slopes, Size, lastStage);
            (TVector.MultiplyAdd(ratio, ratio, undefined) & TVector.Mask(there >> at)).Store(ref terms[at]);
        }

        // The order of all other norms, where four more sums are zero.
        return Math.Sqrt(((terms[0] + terms[2]) + (terms[1] + terms[3])) / dimension);
    }

    [InlineArray(Few)]
    private struct Terms
    {
        private double _first;
    }
}
