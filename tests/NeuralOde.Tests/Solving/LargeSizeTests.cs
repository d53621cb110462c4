using System.Globalization;

namespace NeuralOde.Tests.Solving;

/// <summary>Solves of sizes that no array holds: refused with their factors, before memory is asked for.</summary>
public class LargeSizeTests
{
    public static TheoryData<OdeMethod> StiffMethods => [OdeMethod.TrBdf2, OdeMethod.KennedyCarpenter5, OdeMethod.Kvaerno5, OdeMethod.Rodas5P, OdeMethod.Bdf];

    public static TheoryData<OdeMethod> AllMethods => [.. OdeMethod.All];

    [Theory]
    [MemberData(nameof(StiffMethods))]
    public void Matrices_of_a_large_stiff_system_are_refused(OdeMethod method)
    {
        foreach (int dimension in new[] { 50_000, 46_341, 65_536, 70_000 })
        {
            VectorField field = Decay(dimension);
            Refuses(() => OdeSolver.Solve(field, new double[dimension], 0, 1, new OdeSolverOptions { Method = method }), dimension);
        }
    }

    [Theory]
    [MemberData(nameof(StiffMethods))]
    public void Matrices_of_all_samples_of_a_batch_are_refused(OdeMethod method)
    {
        Refuses(() => OdeSolver.SolveBatch(Decay(6000), Repeat(new double[6000], 64), [0.0, 1.0], new OdeSolverOptions { Method = method }), 64, 6000);
        Refuses(() => OdeSolver.SolveBatch(Decay(256), Repeat(new double[256], 65536), [0.0, 1.0], new OdeSolverOptions { Method = method, ErrorControl = ErrorControl.Joint }), 256, 65536);
    }

    [Theory]
    [InlineData(50_000)]
    [InlineData(65_536)]
    [InlineData(46_341)]
    public void A_jacobian_that_no_array_holds_is_refused(int dimension) =>
        Refuses(() => Decay(dimension).EvaluateJacobian(0, new double[dimension], new double[16]), dimension);

    [Theory]
    [MemberData(nameof(AllMethods))]
    public void States_of_a_batch_that_no_array_holds_are_refused(OdeMethod method)
    {
        OdeSolverOptions options = new() { Method = method, ErrorControl = ErrorControl.Joint, FixedStep = method.IsAdaptive ? null : 0.5 };
        Refuses(() => OdeSolver.SolveBatch(Decay(65536), Repeat(new double[65536], 65536), [0.0, 1.0], options), 65536);
        Refuses(() => OdeSolver.SolveBatch(Decay(1 << 20), Repeat(new double[1 << 20], 4104), [0.0, 1.0], options), 1 << 20, 4104);
    }

    [Theory]
    [InlineData(64, 64, 1 << 20)]
    [InlineData(32, 100, 1 << 20)]
    [InlineData(64, 1024, 1 << 15)]
    public void Outputs_that_no_array_holds_are_refused(int samples, int dimension, int outputs)
    {
        double[] times = [.. Enumerable.Range(0, outputs).Select(i => i * 1e-9)];
        double[][] states = Repeat(new double[dimension], samples);
        Refuses(() => OdeSolver.SolveBatch(Decay(dimension), states, times), samples, dimension, outputs);
        Refuses(() => OdeSolver.SolveBatch(Decay(dimension), states, times, new OdeSolverOptions { ErrorControl = ErrorControl.Joint }), samples, dimension, outputs);
        Refuses(() => OdeSolver.SolveBatch(Decay(dimension), states, times, new OdeSolverOptions { Method = OdeMethod.Bdf }), samples, dimension, outputs);
        VectorField lanes = VectorField.FromLanes(dimension, (t, y, dydt) => { });
        Refuses(() => OdeSolver.SolveBatch(lanes, states, times), samples, dimension, outputs);
        var model = new NeuralOdeModel(new Sequential(7, new ActivationLayer(dimension, Activation.Tanh)));
        Refuses(() => model.PredictBatch(states, Repeat(times, samples)), samples, dimension, outputs);
        Refuses(() => model.ComputeBatchGradient(states, Repeat(times, samples), (_, _, _) => 0.0), samples, dimension, outputs);
    }

    [Fact]
    public void Outputs_of_one_sample_among_many_are_refused_before_anything_is_solved()
    {
        int calls = 0;
        VectorField field = VectorField.FromFunction(1 << 12, (t, y, dydt) => calls++);
        double[][] times = Repeat([0.0, 1.0], 200);
        times[150] = [.. Enumerable.Range(0, 1 << 16).Select(i => i * 1e-6)];
        Refuses(() => OdeSolver.SolveBatch(field, Repeat(new double[1 << 12], 200), times), 1 << 12, 1 << 16);
        calls.Should().Be(0);
    }

    [Fact]
    public void Evaluations_that_no_matrix_holds_are_refused()
    {
        OdeSolution solution = OdeSolver.Solve(Decay(65536), new double[65536], 0, 1, new OdeSolverOptions { Method = OdeMethod.BogackiShampine3 });
        Refuses(() => solution.EvaluateAt(new double[65536]), 65536);
        Refuses(() => solution.EvaluateDerivativeAt(new double[40000]), 65536, 40000);
    }

    [Fact]
    public void Trajectories_in_lanes_that_no_array_holds_are_refused()
    {
        const int Dimension = 1 << 23;
        VectorField field = VectorField.FromLanes(Dimension, (t, y, dydt) => { });
        Refuses(() => OdeSolver.SolveBatch(field, Repeat(new double[Dimension], 40), [0.0, 1.0]), Dimension);
    }

    private static VectorField Decay(int dimension) => VectorField.FromFunction(dimension, (t, y, dydt) =>
    {
        for (int i = 0; i < y.Length; i++)
            dydt[i] = -y[i];
    });

    private static double[][] Repeat(double[] values, int count)
    {
        var all = new double[count][];
        Array.Fill(all, values);
        return all;
    }

    private static void Refuses(Action action, params int[] factors)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = action.Should().Throw<ArgumentException>().Which.Message;
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(400 << 20, "memory is not asked for");
        foreach (int factor in factors)
            message.Should().Contain(factor.ToString(CultureInfo.InvariantCulture));
    }
}
