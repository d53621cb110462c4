using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// Something that happens where a function of time and state crosses zero: it is recorded, ends the solve, or changes the state.
/// </summary>
/// <remarks>
/// <para>
/// Crossings are looked for inside every step, on the method's dense output: at ten points and at the end, and at the minimum
/// between them where the function comes near zero and turns away again. Each is located to the resolution of time. The event's
/// time is the first one at which the function has no longer its sign from before: a function that becomes exactly zero, also
/// at the end of the interval, counts as crossed. A function that touches zero from one side may be missed or found.
/// The state there lies beyond zero by what the solution moves in the resolution of time; where that matters, such as for a ball that must not
/// be below the ground, let the change of state set it (<c>y[0] = 0</c>).
/// </para>
/// <para>
/// Where the function is zero at the initial time, or just after a change of state, nothing happens yet: the side on which the
/// solution leaves zero is the one that it has to leave again. So a solve that goes on from the state in which an event ended
/// the one before does not meet the same event at once. A change of state that carries the function over zero is not a crossing.
/// </para>
/// <para>An event may serve many solves and threads at once if its functions may.</para>
/// </remarks>
/// <example>
/// <code>
/// // A ball that keeps nine tenths of its speed at every bounce, until it has bounced for five seconds.
/// var fall = VectorField.FromFunction(dimension: 2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -9.81; });
/// var bounce = new OdeEvent((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] = -0.9 * y[1], name: "bounce");
/// OdeSolution path = OdeSolver.Solve(fall, [10.0, 0.0], t0: 0, t1: 5, new OdeSolverOptions { Events = [bounce] }).EnsureSuccess();
/// foreach (OdeEventOccurrence hit in path.Events)
///     Console.WriteLine($"{hit.Name} at t = {hit.Time}, {hit.StateBefore[1]} m/s before and {hit.StateAfter[1]} m/s after");
/// </code>
/// </example>
public sealed class OdeEvent
{
    // Longer states are copied to memory of the heap.
    private const int MaxOnStack = 256;

    /// <summary>Describes an event.</summary>
    /// <param name="function">The function that is zero at the event, continuous along the solution.</param>
    /// <param name="direction">Which crossings count.</param>
    /// <param name="action">Whether the solve goes on.</param>
    /// <param name="stateChange">Changes the state at the event; null (the default) leaves it. With <see cref="EventAction.Terminate"/> the state is changed first. A change to
    /// NaN or infinity is not carried out and ends the solve with <see cref="OdeStatus.NonFiniteEvent"/>.</param>
    /// <param name="name">What the event is called in <see cref="OdeEventOccurrence.Name"/>.</param>
    /// <exception cref="ArgumentException">There is no function, or no such direction or action.</exception>
    public OdeEvent(EventFunction function, EventDirection direction = EventDirection.Both, EventAction action = EventAction.Record,
        EventStateChange? stateChange = null, string name = "")
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(name);
        if (!Enum.IsDefined(direction))
            throw new ArgumentOutOfRangeException(nameof(direction), direction, "There is no such direction.");
        if (!Enum.IsDefined(action))
            throw new ArgumentOutOfRangeException(nameof(action), action, "There is no such action.");
        Function = function;
        Direction = direction;
        Action = action;
        StateChange = stateChange;
        Name = name;
    }

    /// <inheritdoc cref="OdeEvent(EventFunction, EventDirection, EventAction, EventStateChange?, string)"/>
    /// <remarks>With functions over arrays, which are copies: for Visual Basic, which writes none over spans.</remarks>
    [OverloadResolutionPriority(-1)]
    public OdeEvent(Func<double, double[], double> function, EventDirection direction = EventDirection.Both, EventAction action = EventAction.Record,
        Action<double, double[]>? stateChange = null, string name = "")
        : this(ArrayFunctions.Event(function), direction, action, ArrayFunctions.Change(stateChange), name)
    {
    }

    /// <summary>The function that is zero at the event.</summary>
    public EventFunction Function { get; }

    /// <summary>Which crossings count.</summary>
    public EventDirection Direction { get; }

    /// <summary>Whether the solve goes on.</summary>
    public EventAction Action { get; }

    /// <summary>What changes the state at the event, or null.</summary>
    public EventStateChange? StateChange { get; }

    /// <summary>What the event is called; empty unless given.</summary>
    public string Name { get; }

    /// <summary>The same event where a solve works on standardized states and time: its functions go on seeing both in the data's units.</summary>
    internal OdeEvent InUnits(Standardization standardization)
    {
        EventFunction function = Function;
        EventStateChange? change = StateChange;
        return new OdeEvent(FunctionOfStandardized, Direction, Action, change is null ? null : ChangeStandardized, Name);

        double FunctionOfStandardized(double t, ReadOnlySpan<double> y)
        {
            Span<double> state = y.Length <= MaxOnStack ? stackalloc double[y.Length] : new double[y.Length];
            standardization.Invert(y, state);
            return function(standardization.FromStandardTime(t), state);
        }

        void ChangeStandardized(double t, Span<double> y)
        {
            var state = new double[y.Length];
            standardization.Invert(y, state);
            double[] before = [.. state];
            change(standardization.FromStandardTime(t), state);
            for (int i = 0; i < y.Length; i++)
            {
                // What was not changed keeps its bits.
                if (!state[i].Equals(before[i]))
                    y[i] = (state[i] - standardization.Means[i]) / standardization.Scales[i];
            }
        }
    }

    /// <summary>Whether a step cannot go on beyond the event.</summary>
    internal bool CutsSteps => Action == EventAction.Terminate || StateChange is not null;

    /// <summary>Whether a crossing away from a side is one of this event.</summary>
    internal bool Counts(int signBefore) => Direction == EventDirection.Both || Direction == (signBefore < 0 ? EventDirection.Rising : EventDirection.Falling);
}
