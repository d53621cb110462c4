using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Numbers in double precision to single precision and back, whole buffers and batches; compiled for every vector width.</summary>
internal abstract class ConversionKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static ConversionKernels Widest { get; } = VectorWidth.Widest<float, ConversionKernels, Maker>(default);

    /// <summary>Rounds every number; what is too large becomes infinite.</summary>
    public abstract void Narrow(ReadOnlySpan<double> values, Span<float> singles);

    public abstract void Widen(ReadOnlySpan<float> singles, Span<double> values);

    /// <summary>A batch in single precision, whose rows may be longer; zero behind the rows that are there, and in a single sample's padding.</summary>
    public void Narrow(BatchLayout layout, ReadOnlySpan<double> values, BatchLayout singleLayout, Span<float> singles, int rows)
    {
        int length = singleLayout.Length(rows);
        if (layout.Stride == singleLayout.Stride)
        {
            Narrow(values[..(rows * layout.Stride)], singles);
            singles[(rows * layout.Stride)..length].Clear();
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
    public void Widen(BatchLayout singleLayout, ReadOnlySpan<float> singles, BatchLayout layout, Span<double> values, int rows)
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

    private readonly struct Maker : VectorWidth.IMaker<float, ConversionKernels>
    {
        public ConversionKernels Make<TVector>()
            where TVector : unmanaged, IVector<float, TVector> => new ConversionKernels<TVector>();
    }
}

/// <inheritdoc cref="ConversionKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class ConversionKernels<TVector> : ConversionKernels
    where TVector : unmanaged, IVector<float, TVector>
{
    public override void Narrow(ReadOnlySpan<double> values, Span<float> singles)
    {
        ref double from = ref MemoryMarshal.GetReference(values);
        ref float to = ref MemoryMarshal.GetReference(singles[..values.Length]);
        int i = 0;
        for (; i + TVector.Count <= values.Length; i += TVector.Count)
            TVector.LoadRounded(ref Unsafe.Add(ref from, i)).Store(ref Unsafe.Add(ref to, i));
        for (; i < values.Length; i++)
            singles[i] = (float)values[i];
    }

    public override void Widen(ReadOnlySpan<float> singles, Span<double> values)
    {
        ref float from = ref MemoryMarshal.GetReference(singles);
        ref double to = ref MemoryMarshal.GetReference(values[..singles.Length]);
        int i = 0;
        for (; i + TVector.Count <= singles.Length; i += TVector.Count)
            TVector.Load(ref Unsafe.Add(ref from, i)).StoreWidened(ref Unsafe.Add(ref to, i));
        for (; i < singles.Length; i++)
            values[i] = singles[i];
    }
}
