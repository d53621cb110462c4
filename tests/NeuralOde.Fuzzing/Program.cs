// Random inputs for the library, seeded, and what it does under duress: docs/reliability.md says how to run it and what came out.
using NeuralOde.Fuzzing;

const string Usage = """
    NeuralOde.Fuzzing COMMAND [--seed S] [--cases N]

      csv      texts of tables, sound and damaged: read in full or refused
      model    model files, sound and damaged: loaded or refused, at a cost in proportion to their size
      solver   fields, methods and options against exact solutions: right to the tolerance, or refused
      kill     training that is killed N times and resumed: the weights of an uninterrupted run
      threads  N predictions and gradients on every thread with one model: the bits of one thread
      memory   peak memory of loading, predicting and training

    Case i of a run has the seed S + i. Every finding is one line that begins with its seed: --seed THAT --cases 1 repeats it.
    The last line is a JSON object with the figures. The exit code is 1 if there was a finding.
    """;

if (args is ["child", ..])
    return Child.Run(args[1..]);
if (args.Length == 0 || FuzzOptions.Parse(args[1..]) is not { } options)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

Func<FuzzOptions, FuzzReport>? command = args[0] switch
{
    "csv" => options => FuzzRun.Do("csv", options, () => new CsvFuzzer()),
    "model" => options => FuzzRun.Do("model", options, () => new ModelFuzzer()),
    "solver" => options => FuzzRun.Do("solver", options, () => new SolverWorker()),
    "kill" => KillCommand.Run,
    "threads" => ThreadsCommand.Run,
    "memory" => MemoryCommand.Run,
    _ => null,
};
if (command is null)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

FuzzReport report = command(options);
foreach (string finding in report.Findings)
    Console.WriteLine(finding);
Console.WriteLine(report.ToJson());
return report.Findings.Count == 0 ? 0 : 1;
