using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Tests.Dynamics;

/// <summary>What F# and Visual Basic call gives the bits of what C# calls.</summary>
public class ArrayOverloadTests
{
    private static readonly double[] Start = [2.0, 0.0];
    private static readonly double[] Times = [0.0, 1.0, 2.5];

    [Fact]
    public void A_field_over_arrays_solves_as_one_over_spans()
    {
        VectorField spans = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = t - y[0]; }, (t, y, j) => { j[1] = 1; j[2] = -1; });
        VectorField arrays = VectorField.FromFunction(2, (double t, double[] y, double[] dydt) => { dydt[0] = y[1]; dydt[1] = t - y[0]; }, (double t, double[] y, double[] j) => { j[1] = 1; j[2] = -1; });
        foreach (OdeMethod method in new[] { OdeMethod.Verner7, OdeMethod.Rodas5P, OdeMethod.Bdf })
        {
            var options = new OdeSolverOptions { Method = method };
            OdeSolver.Solve(arrays, Start, Times, options).States.ToArray().Should().Equal(OdeSolver.Solve(spans, Start, Times, options).States.ToArray());
        }

        double[] alone = OdeSolver.Solve(spans, Start, Times).States.ToArray();
        foreach (OdeSolution sample in OdeSolver.SolveBatch(arrays, [.. Enumerable.Repeat(Start, 200)], Times, new OdeSolverOptions { MaxDegreeOfParallelism = 4 }))
            sample.States.ToArray().Should().Equal(alone);
    }

    [Fact]
    public void Forced_fields_events_norms_and_losses_take_arrays()
    {
        InputSignal input = InputSignal.PiecewiseLinear([0.0, 3.0], [1.0, 4.0]);
        VectorField forced = VectorField.FromFunction(1, input, (double t, double[] y, double[] u, double[] dydt) => dydt[0] = u[0], (double t, double[] y, double[] u, double[] j) => j[0] = 0);
        // ∫ (1 + t) dt from 0 to 2.
        OdeSolver.Solve(forced, [0.0], t0: 0, t1: 2).FinalState[0].Should().BeApproximately(4, 1e-12);
        VectorField each = VectorField.FromFunction(1, [input, input], (double t, double[] y, double[] u, double[] dydt) => dydt[0] = u[0]);
        OdeSolver.SolveBatch(each, [[0.0], [1.0]], [0.0, 2.0])[1].FinalState[0].Should().BeApproximately(5, 1e-12);

        var bounce = new OdeEvent((double t, double[] y) => y[0], EventDirection.Falling, stateChange: (double t, double[] y) => y[1] = -y[1], name: "bounce");
        VectorField fall = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -2; });
        OdeSolution ball = OdeSolver.Solve(fall, [1.0, 0.0], t0: 0, t1: 1.5, new OdeSolverOptions
        {
            Events = [bounce],
            ErrorNorm = ErrorNorm.FromFunction((double[] errors) => errors.Max(Math.Abs)),
        });
        // Down in one unit of time, and as fast up again.
        ball.Events.Should().ContainSingle().Which.Time.Should().BeApproximately(1, 1e-9);
        ball.FinalState[1].Should().BeApproximately(1, 1e-6);

        Loss sum = Loss.Custom((double[] predictions, double[] targets, double[] cotangents) =>
        {
            Array.Fill(cotangents, 3.0);
            return predictions.Sum() - targets.Sum();
        });
        var cotangents = new double[2];
        sum.Evaluate([1.0, 2.0], [0.5, 0.5], cotangents).Should().Be(2.0);
        cotangents.Should().Equal(3.0, 3.0);
    }

    [Fact]
    public void Gradients_take_losses_and_fields_over_arrays()
    {
        TrainableVectorField growth = TrainableVectorField.FromFunction(1, [0.5],
            (double t, double[] y, double[] p, double[] dydt) => dydt[0] = p[0] * y[0],
            (double t, double[] y, double[] p, double[] c, double[] ofState, double[] ofParameters) => { ofState[0] = c[0] * p[0]; ofParameters[0] = c[0] * y[0]; });
        var model = new NeuralOdeModel(growth) { Solver = new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-10 } };
        GradientResult gradient = model.ComputeGradient([2.0], [0.0, 1.0], (double[] prediction, double[] cotangent) =>
        {
            cotangent[1] = 1;
            return prediction[1];
        });
        // y(1) = 2 e^p, and so is its derivative.
        gradient.Loss.Should().BeApproximately(2 * Math.Exp(0.5), 1e-8);
        gradient.Parameters[0].Should().BeApproximately(2 * Math.Exp(0.5), 1e-7);
        model.ComputeBatchGradient([[2.0], [1.0]], [[0.0, 1.0], [0.0, 1.0]], (int sample, double[] prediction, double[] cotangent) =>
        {
            cotangent[1] = sample;
            return sample * prediction[1];
        }).Parameters[0].Should().BeApproximately(Math.Exp(0.5), 1e-7);
    }

    [Fact]
    public void Every_public_method_with_a_span_has_an_overload_with_arrays_or_a_reason()
    {
        // Destinations are arrays with names, which F# passes as spans; what takes nothing else needs no overload.
        string[] destinationsOnly = ["OdeSolution.Evaluate", "OdeSolution.EvaluateDerivative", "OdeBatchSolution.Evaluate", "OdeBatchSolution.EvaluateDerivative", "InputSignal.Evaluate"];
        // Arithmetic on what is there already under a name.
        string[] onNamedArrays = ["Standardization.Apply", "Standardization.Invert", "Loss.Evaluate"];
        foreach (System.Reflection.MethodBase method in typeof(OdeSolver).Assembly.GetExportedTypes()
            .Where(type => !typeof(Delegate).IsAssignableFrom(type)).SelectMany(type => type.GetMethods().Cast<System.Reflection.MethodBase>().Concat(type.GetConstructors())))
        {
            string name = $"{method.DeclaringType!.Name}.{method.Name}";
            Type[] parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
            if (!parameters.Any(type => type.IsByRefLike) || destinationsOnly.Contains(name) || onNamedArrays.Contains(name))
                continue;
            Type[] arrays = [.. parameters.Select(type => type.IsByRefLike ? type.GetGenericArguments()[0].MakeArrayType() : type)];
            System.Reflection.MethodBase? overload = method.IsConstructor ? method.DeclaringType.GetConstructor(arrays) : method.DeclaringType.GetMethod(method.Name, arrays);
            overload.Should().NotBeNull($"F# passes no array literals to {name}({string.Join(", ", parameters.Select(type => type.Name))})");
        }
    }

    [Fact]
    public void Overloads_with_arrays_do_what_those_with_spans_do()
    {
        // C# would choose the spans.
        Matrix<double> table = Matrix<double>.Build.DenseOfArray(new double[,] { { 1 }, { 2 } });
        double[] times = [0.0, 1.0];
        ((TrajectoryDataset)Call(typeof(TrajectoryDataset), "FromTrajectory", times, table)!)[0].States.ToArray().Should().Equal(1.0, 2.0);
        ((TrajectoryDataset)Call(typeof(TrajectoryDataset), "FromTrajectory", times, table.ToArray())!)[0].States.ToArray().Should().Equal(1.0, 2.0);
        foreach (string kind in new[] { "PiecewiseLinear", "CubicSpline" })
        {
            foreach (object values in new object[] { new[] { 1.0, 2.0 }, table, table.ToArray() })
                ((InputSignal)Call(typeof(InputSignal), kind, times, values)!).Evaluate(0.5)[0].Should().BeApproximately(1.5, 1e-12);
        }

        VectorField decay = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0]);
        var options = new OdeSolverOptions { RelativeTolerance = 1e-9 };
        var solution = (OdeSolution)Call(typeof(OdeSolver), "Solve", decay, new[] { 1.0 }, 0.0, 1.0, options, CancellationToken.None)!;
        solution.FinalState[0].Should().BeApproximately(Math.Exp(-1), 1e-8);
        ((OdeSolution)Call(typeof(OdeSolver), "Solve", decay, new[] { 1.0 }, times, options, CancellationToken.None)!)[1, 0].Should().BeApproximately(Math.Exp(-1), 1e-8);
        ((Matrix<double>)Call(solution, "EvaluateAt", times)!)[1, 0].Should().Be(solution.FinalState[0]);
        ((Matrix<double>)Call(solution, "EvaluateDerivativeAt", times)!)[0, 0].Should().BeApproximately(-1, 1e-8);
        ((OdeSolution)Call(solution, "Continue", new[] { 1.0, 2.0 }, CancellationToken.None)!)[1, 0].Should().BeApproximately(Math.Exp(-2), 1e-8);
        double[] slope = [0.0], jacobian = [0.0];
        Call(decay, "Evaluate", 0.0, new[] { 3.0 }, slope);
        Call(decay, "EvaluateJacobian", 0.0, new[] { 3.0 }, jacobian);
        slope[0].Should().Be(-3);
        jacobian[0].Should().BeApproximately(-1, 1e-6);
    }

    private static object? Call(object target, string name, params object[] arguments)
    {
        Type type = target as Type ?? target.GetType();
        return type.GetMethod(name, [.. arguments.Select(argument => argument is VectorField ? typeof(VectorField) : argument is Matrix<double> ? typeof(Matrix<double>) : argument.GetType())])!
            .Invoke(target is Type ? null : target, arguments);
    }
}
