// What someone who installed the package does on the first day. Any wrong result ends with exit code 1.
using NeuralOde;

bool allRight = true;
string folder = Directory.CreateTempSubdirectory("neuralode-consumer-").FullName;
try
{
    // z(t) = 2 exp(−t/10) (cos t, sin t) solves the spiral z' = [[−0.1, −1], [1, −0.1]] z from (2, 0).
    var spiral = VectorField.FromFunction(dimension: 2, (t, z, dzdt) =>
    {
        dzdt[0] = -0.1 * z[0] - z[1];
        dzdt[1] = z[0] - 0.1 * z[1];
    });
    OdeSolution solved = OdeSolver.Solve(spiral, [2.0, 0.0], t0: 0, t1: 5, new OdeSolverOptions { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-9 });
    solved.EnsureSuccess();
    double[] end = solved.Evaluate(5.0);
    double error = Math.Max(Math.Abs(end[0] - 2 * Math.Exp(-0.5) * Math.Cos(5)), Math.Abs(end[1] - 2 * Math.Exp(-0.5) * Math.Sin(5)));
    Check($"a solved spiral ends at t = {solved.FinalTime} within {error:e1} of the formula", solved.FinalTime == 5.0 && error < 1e-6);

    double[] times = new double[101];
    double[,] states = new double[times.Length, 2];
    for (int i = 0; i < times.Length; i++)
    {
        times[i] = 0.1 * i;
        states[i, 0] = 2 * Math.Exp(-0.1 * times[i]) * Math.Cos(times[i]);
        states[i, 1] = 2 * Math.Exp(-0.1 * times[i]) * Math.Sin(times[i]);
    }

    var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [16], outputs: 2, Activation.Tanh, seed: 7));
    var trainer = new Trainer(model, new TrainingOptions
    {
        Iterations = 200,
        BatchSize = 10,
        SegmentLength = 10,
        Seed = 7,
        Loss = Loss.MeanSquaredError,
        Optimizer = Optimizer.Adam(learningRate: 1e-2),
    });
    List<double> losses = [];
    foreach (TrainingProgress step in trainer.Run(TrajectoryDataset.FromTrajectory(times, states)))
        losses.Add(step.Loss);
    double before = losses.Take(5).Average(), after = losses.TakeLast(5).Average();
    Check($"the loss fell from {before:e2} to {after:e2} in {losses.Count} iterations", losses.Count == 200 && after < 0.1 * before);

    string file = Path.Combine(folder, "spiral.safetensors");
    model.Save(file);
    OdeSolution saved = model.Predict(initialState: [2.0, 0.0], times), loaded = NeuralOdeModel.Load(file).Predict(initialState: [2.0, 0.0], times);
    saved.EnsureSuccess();
    bool same = true;
    for (int i = 0; i < times.Length; i++)
        for (int j = 0; j < 2; j++)
            same &= BitConverter.DoubleToInt64Bits(saved[i, j]) == BitConverter.DoubleToInt64Bits(loaded[i, j]);
    Check("the loaded model predicts the same bits as the saved one", same);
    Check("the prediction starts at the initial state and moves", saved[0, 0] == 2.0 && saved[100, 0] != 2.0);
}
finally
{
    Directory.Delete(folder, recursive: true);
}
return allRight ? 0 : 1;

void Check(string statement, bool holds)
{
    Console.WriteLine($"{(holds ? "right" : "WRONG")}: {statement}");
    allRight &= holds;
}
