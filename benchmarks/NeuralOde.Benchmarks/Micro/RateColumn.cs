using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace NeuralOde.Benchmarks;

/// <summary>What a benchmark class counts as its work.</summary>
internal interface ICountedWork
{
    /// <summary>Floating-point operations, elements or evaluations of one call of a benchmark.</summary>
    static abstract (double Count, string Unit) Work(string method, object parameter);
}

/// <summary>Work per second in the fastest iteration.</summary>
internal sealed class RateColumn : IColumn
{
    public string Id => nameof(RateColumn);

    public string ColumnName => "Best rate";

    public string Legend => "Work per second in the fastest iteration";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            return "–";
        object? parameter = benchmarkCase.Parameters.Items.FirstOrDefault()?.Value;
        string method = benchmarkCase.Descriptor.WorkloadMethod.Name;
        (double count, string unit) = benchmarkCase.Descriptor.Type.Name switch
        {
            nameof(DenseBenchmarks) or nameof(SingleDenseBenchmarks) => DenseBenchmarks.Work(parameter!),
            nameof(DenseRoofBenchmarks) => DenseRoofBenchmarks.Work(method),
            nameof(ActivationBenchmarks) => ActivationBenchmarks.Work(method, parameter!),
            nameof(BatchBenchmarks) => BatchBenchmarks.Work(method, parameter!),
            nameof(StageBenchmarks) => StageBenchmarks.Work(method, parameter!),
            _ => (0, ""),
        };
        // Nanoseconds: work per nanosecond is billions of it per second.
        return count == 0 ? "" : FormattableString.Invariant($"{count / statistics.Min:0.00} {unit}");
    }
}
