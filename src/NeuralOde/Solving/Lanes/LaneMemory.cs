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
    private readonly int _rowsPerGroup;

    /// <param name="groups">Groups of lanes.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="stages">Stages of the method.</param>
    /// <param name="parameters">Parameters of every trajectory.</param>
    public LaneMemory(int groups, int dimension, int stages, int parameters)
    {
        _dimension = dimension;
        long rows = StartsAt / Lanes + (stages + 2L) * dimension + parameters;
        if (groups * rows * Lanes > ArrayLength.Max)
            throw ArrayLength.TooLong(groups * (Int128)rows * Lanes, $"{stages + 2} states and stages × {dimension} components, and {parameters} parameters, × {groups * Lanes} trajectories");
        StageAt = SlopesAt(stages);
        ParametersAt = StageAt + dimension * Lanes;
        _rowsPerGroup = ParametersAt / Lanes + parameters;
        // A single number never straddles two lines of the cache.
        _memory = Lanes == 1 ? new double[groups * _rowsPerGroup] : AlignedMemory.Allocate<double>(groups * _rowsPerGroup * Lanes, isPinned: false);
    }

    /// <summary>Numbers from a group to the next.</summary>
    public int GroupLength => _rowsPerGroup * Lanes;

    /// <summary>Lanes in a group.</summary>
    public static int Lanes => TField.Lanes;

    /// <summary>A group's rows, of which the first are those of <see cref="LaneRow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref double Group(int group) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory.Array!), _memory.Offset + group * GroupLength);

    /// <summary>Where, in a group, the states are in which its steps start: one row per component.</summary>
    public static int StartsAt => (int)LaneRow.Count * Lanes;

    /// <summary>Where the states at the present stage are.</summary>
    public int StageAt { get; }

    /// <summary>Where the parameters are.</summary>
    public int ParametersAt { get; }

    /// <summary>Where the derivatives at a stage are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlopesAt(int stage) => StartsAt + (1 + stage) * _dimension * Lanes;

    /// <summary>A vector of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(ref double group, LaneRow row)
        where TVector : unmanaged, IVector<double, TVector> => TVector.Load(ref Row(ref group, row));

    /// <summary>Sets a vector of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(ref double group, LaneRow row, TVector values)
        where TVector : unmanaged, IVector<double, TVector> => values.Store(ref Row(ref group, row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref double Row(ref double group, LaneRow row) => ref Unsafe.Add(ref group, (int)row * Lanes);

    /// <summary>One lane's number.</summary>
    public ref double Number(int lane, LaneRow row) => ref At(lane, (int)row * Lanes);

    /// <summary>One lane's component of the state in which its step starts.</summary>
    public ref double Start(int lane, int component) => ref At(lane, StartsAt + component * Lanes);

    /// <summary>One lane's component of the derivative at a stage.</summary>
    public ref double Slope(int lane, int stage, int component) => ref At(lane, SlopesAt(stage) + component * Lanes);

    /// <summary>One lane's component of the state at the present stage.</summary>
    public ref double Stage(int lane, int component) => ref At(lane, StageAt + component * Lanes);

    public ref double Parameter(int lane, int parameter) => ref At(lane, ParametersAt + parameter * Lanes);

    /// <summary>Makes a lane what another is, between two steps.</summary>
    public void Copy(int from, int to)
    {
        for (int row = 0; row < _rowsPerGroup; row++)
            At(to, row * Lanes) = At(from, row * Lanes);
    }

    private ref double At(int lane, int row) => ref _memory.Array![_memory.Offset + lane / Lanes * GroupLength + row + lane % Lanes];
}
