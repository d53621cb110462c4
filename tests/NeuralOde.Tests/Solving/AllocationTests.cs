using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Solving;

/// <summary>A step and an evaluation allocate nothing: a solve of a thousand times as many takes the same bytes.</summary>
public class AllocationTests
{
    public static TheoryData<string> Kinds { get; } = ["function", "network", "network with time", "every activation", "input", "network with input"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fixed_steps_allocate_nothing(string kind)
    {
        var few = new OdeSolverOptions { FixedStep = 0.25 };
        ShouldAllocateTheSame(Create(kind), few, few with { FixedStep = 0.00025 }, samples: 1);
        ShouldAllocateTheSame(Create(kind), few, few with { FixedStep = 0.001 }, samples: 9);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Steps_accepted_and_rejected_and_landed_allocate_nothing(string kind)
    {
        foreach (bool lands in new[] { false, true })
        {
            var tight = new OdeSolverOptions { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-12, MaxStep = 0.001, StepToOutputTimes = lands };
            var loose = new OdeSolverOptions { RelativeTolerance = 1e-2, AbsoluteTolerance = 1e-2, InitialStep = 1, StepToOutputTimes = lands };
            foreach (int samples in new[] { 1, 9 })
                ShouldAllocateTheSame(Create(kind), loose, tight, samples);
        }
    }

    [Fact]
    public void Norms_of_ones_own_tolerances_per_component_joint_control_and_jump_times_allocate_nothing()
    {
        double[][] states = Batches.Random(9, 2, 1);
        foreach (ErrorControl control in Enum.GetValues<ErrorControl>())
        {
            foreach (ErrorNorm norm in new[] { ErrorNorm.Maximum, ErrorNorm.FromFunction(static errors => Math.Abs(errors[0]) + Math.Abs(errors[1])) })
            {
                var loose = new OdeSolverOptions { RelativeTolerances = [1e-2, 1e-3], AbsoluteTolerances = [1e-2, 1e-3], ErrorNorm = norm, ErrorControl = control, InitialStep = 1, JumpTimes = [0.1, 0.2, 0.7] };
                OdeSolverOptions tight = loose with { RelativeTolerances = [1e-10, 1e-12], AbsoluteTolerances = [1e-10, 1e-12], MaxStep = 0.001 };
                ShouldAgree(
                    () => OdeSolver.SolveBatch(Problems.Pendulum, states, [0.0, 0.5, 1], loose).EnsureSuccess(),
                    () => OdeSolver.SolveBatch(Problems.Pendulum, states, [0.0, 0.5, 1], tight).EnsureSuccess());
            }
        }
    }

    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    [Theory]
    [MemberData(nameof(All))]
    public void A_step_of_any_method_allocates_nothing(OdeMethod method)
    {
        // The second field is stiff: Automatic changes its method.
        VectorField stiff = VectorField.FromFunction(1, static (t, y, dydt) => dydt[0] = -1e4 * (y[0] - Math.Cos(t)));
        // It fires as often whatever the steps: what it allocates is the same.
        var kick = new OdeEvent(static (t, y) => Math.Sin(7 * t), stateChange: static (t, y) => y[0] += 0.1);
        foreach (VectorField field in method.IsStiff ? new[] { Problems.Pendulum, stiff } : [Problems.Pendulum])
        {
            foreach (OdeEvent[] events in new OdeEvent[][] { [], [kick] })
            {
                OdeSolverOptions few = new() { Method = method, Events = events }, many = few;
                (few, many) = method.IsAdaptive
                    ? (few with { RelativeTolerance = 1e-3, MaxStep = 0.1 }, few with { RelativeTolerance = 1e-5, MaxStep = 0.001 })
                    : (few with { FixedStep = 0.1 }, few with { FixedStep = 0.001 });
                foreach (int samples in new[] { 1, 9 })
                    ShouldAllocateTheSame(field, few, many, samples);
            }
        }
    }

    /// <summary>
    /// The runtime compiles hot code again while the tests run, after which a solve may take less: so the two are compared
    /// until they agree, which they never do if a step allocates.
    /// </summary>
    private static void ShouldAllocateTheSame(VectorField field, OdeSolverOptions few, OdeSolverOptions many, int samples)
    {
        ShouldAgree(Solve(field, few, samples), Solve(field, many, samples));
    }

    /// <inheritdoc cref="ShouldAllocateTheSame"/>
    internal static void ShouldAgree(Action few, Action many)
    {
        long bytesOfFew = 0, bytesOfMany = -1;
        for (int attempt = 0; attempt < 40 && bytesOfFew != bytesOfMany; attempt++)
        {
            if (attempt > 0)
                Thread.Sleep(50);
            bytesOfFew = Allocations.During(few);
            bytesOfMany = Allocations.During(many);
        }

        bytesOfMany.Should().Be(bytesOfFew);
    }

    private static Action Solve(VectorField field, OdeSolverOptions options, int samples)
    {
        double[][] states = Batches.Random(samples, field.Dimension, 1);
        double[][] times = [.. Enumerable.Range(0, samples).Select(i => new[] { 0.1 * i, 0.1 * i + 0.5, 0.1 * i + 1 })];
        return () =>
        {
            if (samples == 1)
                OdeSolver.Solve(field, states[0], times[0], options).EnsureSuccess();
            else
                OdeSolver.SolveBatch(field, states, times, options).EnsureSuccess();
        };
    }

    private static VectorField Create(string kind) => kind switch
    {
        "function" => Problems.Pendulum,
        "network" => new NeuralVectorField(new MultilayerPerceptron(2, [8], 2, seed: 1)),
        "network with time" => new NeuralVectorField(new MultilayerPerceptron(3, [5], 2, seed: 1), takesTime: true),
        "input" => VectorField.FromFunction(2, InputSignal.CubicSpline([0, 0.4, 0.9, 1.3], [1, 0, 2, -1]), (t, y, u, dydt) => (dydt[0], dydt[1]) = (y[1], u[0] - Math.Sin(y[0]))),
        "network with input" => new NeuralVectorField(new MultilayerPerceptron(3, [5], 2, seed: 1), InputSignal.CubicSpline([0, 0.4, 0.9, 1.3], [1, 0, 2, -1])),
        _ => new NeuralVectorField(new Sequential(1, [new ElementwisePower(2, 2), .. Enum.GetValues<Activation>().SelectMany(activation => new Layer[] { new Dense(2, 2), new ActivationLayer(2, activation) })])),
    };
}
