using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace NeuralOde.Benchmarks;

/// <summary>BenchmarkDotNet on kernels and single calls.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var rest = new Argument<string[]>("arguments")
        {
            Description = "BenchmarkDotNet's own, for example --filter '*Dense*' or --list flat; all benchmarks if there are none.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("kernels", "Times of kernels and single calls, with BenchmarkDotNet, in this process and on one core.") { rest };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(arguments =>
        {
            MeasuredMachine.PinToOneCore();
            string[] given = [.. arguments.GetValue(rest) ?? [], .. arguments.UnmatchedTokens];
            BenchmarkSwitcher.FromAssembly(typeof(KernelsCommand).Assembly).Run(given.Length > 0 ? given : ["--filter", "*"], CreateConfig());
            return 0;
        });
        return command;
    }

    /// <summary>In this process, because it is compiled without tiers; many short iterations, because others may use the machine.</summary>
    private static ManualConfig CreateConfig() => ManualConfig.CreateEmpty()
        .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(50)))
        .AddColumn(TargetMethodColumn.Method, StatisticColumn.Min, StatisticColumn.Median, new RateColumn())
        .AddColumnProvider(DefaultColumnProviders.Params)
        .AddDiagnoser(new MemoryDiagnoser(new MemoryDiagnoserConfig(displayGenColumns: false)))
        .AddColumnProvider(DefaultColumnProviders.Metrics)
        .AddLogger(ConsoleLogger.Default)
        .AddExporter(MarkdownExporter.GitHub)
        .WithOptions(ConfigOptions.DisableOptimizationsValidator);
}
