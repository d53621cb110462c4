using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// The numbers of trajectories that run one per lane: groups of as many lanes as the field takes, each with all its rows in one place, so that a step of a
/// group stays in the nearest cache. A row holds one number per lane.
/// </summary>
internal sealed class LaneMemory<TField>
    where TField : struct, ILaneField
{
    private readonly ArraySegment<double> _memory;
    private readonly int _dimension;
    private readonly int _parameters;
    private readonly int _rowsPerGroup;
    private readonly int _slopesAt;
    private readonly int _stageAt;
    private readonly int _parametersAt;

    /// <param name="groups">Groups of lanes.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="stages">Stages of the method.</param>
    /// <param name="parameters">Parameters of every trajectory.</param>
    public LaneMemory(int groups, int dimension, int stages, int parameters)
    {
        _dimension = dimension;
        _parameters = parameters;
        int startsAt = (int)LaneRow.Count;
        _slopesAt = startsAt + dimension;
        _stageAt = _slopesAt + stages * dimension;
        _parametersAt = _stageAt + dimension;
        _rowsPerGroup = _parametersAt + parameters;
        // A single number never straddles two lines of the cache.
        _memory = Lanes == 1 ? new double[groups * _rowsPerGroup] : AlignedMemory.Allocate<double>(groups * _rowsPerGroup * Lanes);
    }

    /// <summary>Lanes in a group.</summary>
    public static int Lanes => TField.Lanes;

    /// <summary>A group's rows, of which the first are those of <see cref="LaneRow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref double Group(int group) => ref _memory.Array![_memory.Offset + group * _rowsPerGroup * Lanes];

    /// <summary>The states in which a group's steps start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<double> Starts(int group) => Rows(group, (int)LaneRow.Count, _dimension);

    /// <summary>The derivatives at a stage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<double> Slopes(int group, int stage) => Rows(group, _slopesAt + stage * _dimension, _dimension);

    /// <summary>The states at the present stage.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<double> Stage(int group) => Rows(group, _stageAt, _dimension);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<double> Parameters(int group) => Rows(group, _parametersAt, _parameters);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref double Row(ref double group, LaneRow row) => ref Unsafe.Add(ref group, (int)row * Lanes);

    /// <summary>One lane's number.</summary>
    public ref double Number(int lane, LaneRow row) => ref Number(lane, (int)row);

    /// <summary>One lane's component of the state in which its step starts.</summary>
    public ref double Start(int lane, int component) => ref Number(lane, (int)LaneRow.Count + component);

    /// <summary>One lane's component of the derivative at a stage.</summary>
    public ref double Slope(int lane, int stage, int component) => ref Number(lane, _slopesAt + stage * _dimension + component);

    /// <summary>One lane's component of the state at the present stage.</summary>
    public ref double Stage(int lane, int component) => ref Number(lane, _stageAt + component);

    public ref double Parameter(int lane, int parameter) => ref Number(lane, _parametersAt + parameter);

    /// <summary>Makes a lane what another is, between two steps.</summary>
    public void Copy(int from, int to)
    {
        for (int row = 0; row < _rowsPerGroup; row++)
            Number(to, row) = Number(from, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<double> Rows(int group, int first, int count) => MemoryMarshal.CreateSpan(ref Unsafe.Add(ref Group(group), first * Lanes), count * Lanes);

    private ref double Number(int lane, int row) =>
        ref _memory.Array![_memory.Offset + (lane / Lanes * _rowsPerGroup + row) * Lanes + lane % Lanes];
}
