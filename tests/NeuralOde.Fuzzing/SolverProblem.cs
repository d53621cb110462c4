namespace NeuralOde.Fuzzing;

/// <summary>A vector field whose solutions are known.</summary>
public abstract class SolverProblem
{
    /// <summary>What the problem is, for a finding.</summary>
    public abstract string Name { get; }

    /// <summary>The vector field.</summary>
    public abstract VectorField Field { get; }

    /// <summary>Components of the state.</summary>
    public int Dimension => Field.Dimension;

    /// <summary>The largest rate at which solutions change or come together, in 1/time.</summary>
    public abstract double Rate { get; }

    /// <summary>The times at which the field jumps that a solve has to be told.</summary>
    public virtual double[]? JumpTimes => null;

    /// <summary>An initial state at a time.</summary>
    public abstract double[] DrawState(Random random, double t0);

    /// <summary>The solution through a state: exact but for rounding.</summary>
    public abstract double[] Solution(double t0, double[] initial, double t);

    /// <summary>How much a small change of the state may grow, at most, between any two times of an interval.</summary>
    public abstract double Growth(double t0, double[] initial, double t1);

    /// <summary>A problem for solves from a time in a direction.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="t0">Where solves start.</param>
    /// <param name="duration">How long they are, signed.</param>
    /// <param name="mayBeStiff">Whether the method can solve stiff problems.</param>
    /// <param name="mayJump">Whether the method evaluates no field behind the end of a step.</param>
    public static SolverProblem Create(Random random, double t0, double duration, bool mayBeStiff, bool mayJump) => random.Next(8) switch
    {
        0 or 1 => new LinearProblem(random, duration, mayBeStiff),
        2 => new QuadratureProblem(random, t0, duration),
        3 => new ForcedProblem(random, t0, duration),
        4 when mayJump => new SwitchedProblem(random, t0, duration),
        5 => new ScalarProblem(random, t0, duration, mayBeStiff),
        _ => new ComputedProblem(random, t0, duration),
    };
}
