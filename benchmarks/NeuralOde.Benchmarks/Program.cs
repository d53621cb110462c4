using System.CommandLine;
using NeuralOde.Benchmarks;

var variant = new Option<string>("--variant") { Description = "The spiral and its loss.", DefaultValueFactory = _ => "all" };
variant.AcceptOnlyFromAmong("cube", "linear", "all");
var gradient = new Option<string>("--gradient") { Description = "The gradient method.", DefaultValueFactory = _ => "all" };
gradient.AcceptOnlyFromAmong("continuous", "discrete", "all");
var iterations = new Option<int>("--iterations") { Description = "Iterations that are timed.", DefaultValueFactory = _ => 120 };
var warmUp = new Option<int>("--warmup") { Description = "Iterations before them.", DefaultValueFactory = _ => 10 };

var spiral = new Command("w1", "Seconds per training iteration on a spiral: one line of JSON for each configuration.") { variant, gradient, iterations, warmUp };
spiral.SetAction(arguments =>
{
    foreach (bool isCube in (bool[])[true, false])
    {
        foreach (bool isContinuous in (bool[])[true, false])
        {
            if (arguments.GetValue(variant) is not "all" and var v && v == "cube" != isCube)
                continue;
            if (arguments.GetValue(gradient) is not "all" and var g && g == "continuous" != isContinuous)
                continue;
            // A first run on a model of its own compiles everything.
            new SpiralTraining(isCube, isContinuous).Train(iterations: 50, warmUp: 0);
            var training = new SpiralTraining(isCube, isContinuous);
            Console.WriteLine(training.Train(arguments.GetValue(iterations), arguments.GetValue(warmUp)).ToJson());
        }
    }
});

return new RootCommand("Benchmarks of NeuralOde.") { spiral, WorkPrecisionCommand.Create(), CompareCommand.Create(), MemoryComparison.CreateMeasuredCommand(), KernelsCommand.Create(), PrecisionCommand.Create() }.Parse(args).Invoke();
