using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>Numbers in double precision to single precision and back, whole buffers and batches.</summary>
internal static class ConversionKernels
{
    /// <summary>Rounds every number; what is too large becomes infinite.</summary>
    public static void Narrow(ReadOnlySpan<double> values, Span<float> singles)
    {
        ref double from = ref MemoryMarshal.GetReference(values);
        ref float to = ref MemoryMarshal.GetReference(singles[..values.Length]);
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            ref double pair = ref Unsafe.Add(ref from, i);
            Vector512.Narrow(Vector512.LoadUnsafe(ref pair), Vector512.LoadUnsafe(ref pair, (nuint)Vector512<double>.Count)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < values.Length; i++)
            singles[i] = (float)values[i];
    }

    public static void Widen(ReadOnlySpan<float> singles, Span<double> values)
    {
        ref float from = ref MemoryMarshal.GetReference(singles);
        ref double to = ref MemoryMarshal.GetReference(values[..singles.Length]);
        int i = 0;
        for (; i + Vector512<float>.Count <= singles.Length; i += Vector512<float>.Count)
        {
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.LoadUnsafe(ref from, (nuint)i));
            lower.StoreUnsafe(ref to, (nuint)i);
            upper.StoreUnsafe(ref to, (nuint)(i + Vector512<double>.Count));
        }

        for (; i < singles.Length; i++)
            values[i] = singles[i];
    }

    /// <summary>A batch in single precision, whose rows may be longer; zero behind the rows that are there, and in a single sample's padding.</summary>
    public static void Narrow(BatchLayout layout, ReadOnlySpan<double> values, BatchLayout singleLayout, Span<float> singles, int rows)
    {
        if (layout.Stride == singleLayout.Stride)
        {
            Narrow(values[..(rows * layout.Stride)], singles);
            singles[(rows * layout.Stride)..singleLayout.Length(rows)].Clear();
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            Span<float> target = singles.Slice(row * singleLayout.Stride, singleLayout.Stride);
            Narrow(values.Slice(row * layout.Stride, layout.Stride), target);
            target[layout.Stride..].Clear();
        }
    }

    /// <summary>A batch in double precision from one whose rows may be longer; zero behind a single sample's components.</summary>
    public static void Widen(BatchLayout singleLayout, ReadOnlySpan<float> singles, BatchLayout layout, Span<double> values, int rows)
    {
        if (layout.Stride == singleLayout.Stride)
        {
            Widen(singles[..(rows * layout.Stride)], values);
            if (layout.IsSingle)
                values[rows..].Clear();
            return;
        }

        for (int row = 0; row < rows; row++)
            Widen(singles.Slice(row * singleLayout.Stride, layout.Stride), values.Slice(row * layout.Stride, layout.Stride));
    }
}
