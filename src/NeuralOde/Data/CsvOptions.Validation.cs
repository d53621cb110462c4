using static System.FormattableString;

namespace NeuralOde;

// What can be checked without a file.
public sealed partial record CsvOptions
{
    /// <exception cref="ArgumentException">The options are contradictory.</exception>
    internal void Validate()
    {
        if (CouldBeContent(Separator))
            throw Invalid($"Separator = '{Separator}' could be part of a number, a name or a quoted cell.");
        if (CommentPrefix is { } prefix && (CouldBeContent(prefix) || char.IsWhiteSpace(prefix) || prefix == Separator))
            throw Invalid($"CommentPrefix = '{prefix}' could be part of a row.");
        if (Header == CsvHeader.Comment && CommentPrefix is null)
            throw Invalid("Header is CsvHeader.Comment, but CommentPrefix is null: no line is a comment.");
        if (!Enum.IsDefined(Header))
            throw Invalid(Invariant($"Header = {(int)Header} is no CsvHeader."));
        if (!Enum.IsDefined(InputInterpolation))
            throw Invalid(Invariant($"InputInterpolation = {(int)InputInterpolation} is no InputInterpolation."));
        if (StateColumns is { Count: 0 })
            throw Invalid("StateColumns is empty; leave it null to read every numeric column.");
        for (int i = 0; i < MissingValues?.Count; i++)
        {
            if (MissingValues[i] is null)
                throw Invalid(Invariant($"MissingValues[{i}] is null."));
        }

        ValidateNames();
        ValidateTimes();
        ValidateLongFormat();
    }

    /// <exception cref="ArgumentException">An option is for reading alone.</exception>
    internal void ValidateForWriting()
    {
        Validate();
        RefuseToWrite(Header != CsvHeader.FirstRow, nameof(Header));
        RefuseToWrite(HasUnitRow, nameof(HasUnitRow));
        RefuseToWrite(TimeFormat is not null, nameof(TimeFormat));
        RefuseToWrite(TimeUnit is not null, nameof(TimeUnit));
        RefuseToWrite(TimeOrigin is not null, nameof(TimeOrigin));
        RefuseToWrite(TimeZone is not null, nameof(TimeZone));
        RefuseToWrite(SamplingInterval is not null, nameof(SamplingInterval));
        RefuseToWrite(SamplingIntervalColumn is not null, nameof(SamplingIntervalColumn));
        RefuseToWrite(VariableColumn is not null, nameof(VariableColumn));
        RefuseToWrite(IgnoredColumns is { Count: > 0 }, nameof(IgnoredColumns));

        static void RefuseToWrite(bool isSet, string option)
        {
            if (isSet)
                throw Invalid(
                    $"CsvOptions.{option} is for reading alone. Files are written with a header, a column of times that are numbers, and a column per component.");
        }
    }

    /// <summary>Whether a character cannot separate cells.</summary>
    internal static bool CouldBeContent(char c) => char.IsLetterOrDigit(c) || c is '"' or '+' or '-' or '.' or '\r' or '\n' or '\0' or '\uFEFF';

    private void ValidateNames()
    {
        var optionOf = new Dictionary<string, string>(StringComparer.Ordinal);
        Take(TimeColumn, nameof(TimeColumn));
        Take(TrajectoryColumn, nameof(TrajectoryColumn));
        Take(VariableColumn, nameof(VariableColumn));
        Take(ValueColumn, nameof(ValueColumn));
        Take(SamplingIntervalColumn, nameof(SamplingIntervalColumn));
        TakeAll(StateColumns, nameof(StateColumns));
        TakeAll(InputColumns, nameof(InputColumns));
        TakeAll(CovariateColumns, nameof(CovariateColumns));
        TakeAll(WeightColumns, nameof(WeightColumns));
        TakeAll(IgnoredColumns, nameof(IgnoredColumns));

        void TakeAll(IReadOnlyList<string>? names, string option)
        {
            for (int i = 0; i < names?.Count; i++)
                Take(names[i] ?? throw Invalid(Invariant($"{option}[{i}] is null.")), Invariant($"{option}[{i}]"));
        }

        void Take(string? name, string option)
        {
            if (name is not null && !optionOf.TryAdd(name, option))
                throw Invalid($"{option} = {CsvFormatException.Quote(name)} repeats {optionOf[name]}.");
        }
    }

    private void ValidateTimes()
    {
        if (TimeFormat is { } format && !CsvDate.IsFormat(format))
            throw Invalid($"TimeFormat = {CsvFormatException.Quote(format)} is no format of a date or a time of day.");
        if (TimeFormat is not null && TimeIsNumber)
            throw Invalid("TimeFormat is set, and TimeIsNumber too.");
        if (TimeIsNumber && DateOption() is { } unused)
            throw Invalid($"{unused} is for dates, but TimeIsNumber is set.");
        if (TimeUnit is { } unit && unit <= TimeSpan.Zero)
            throw Invalid(Invariant($"TimeUnit = {unit} is not positive."));
        if (TimeFormat is not null && !CsvDate.HasDate(TimeFormat) && (TimeOrigin is not null || TimeZone is not null))
            throw Invalid(
                $"TimeFormat = {CsvFormatException.Quote(TimeFormat)} reads times of day, which have no {(TimeOrigin is not null ? nameof(TimeOrigin) : nameof(TimeZone))}.");
        if (!IsSampled)
            return;
        if (SamplingInterval is { } interval && !(interval > 0.0 && double.IsFinite(interval)))
            throw Invalid(Invariant($"SamplingInterval = {interval:R} is not positive and finite."));
        if (SamplingInterval is not null && SamplingIntervalColumn is not null)
            throw Invalid("SamplingInterval and SamplingIntervalColumn are both set.");
        string? contradiction = TimeColumn is not null ? nameof(TimeColumn)
            : TimeFormat is not null ? nameof(TimeFormat)
            : TimeIsNumber ? nameof(TimeIsNumber)
            : DateOption();
        if (contradiction is not null)
            throw Invalid(
                $"{contradiction} is set, but with {(SamplingInterval is null ? nameof(SamplingIntervalColumn) : nameof(SamplingInterval))} there are no times to read.");
    }

    /// <summary>An option that is set and only dates need; null if there is none.</summary>
    internal string? DateOption() => TimeUnit is not null ? nameof(TimeUnit) : TimeOrigin is not null ? nameof(TimeOrigin) : TimeZone is not null ? nameof(TimeZone) : null;

    private void ValidateLongFormat()
    {
        if ((VariableColumn is null) != (ValueColumn is null))
            throw Invalid(
                $"{(VariableColumn is null ? nameof(VariableColumn) : nameof(ValueColumn))} is null: the long format needs VariableColumn and ValueColumn.");
        if (VariableColumn is null)
            return;
        if (IsSampled)
            throw Invalid("With VariableColumn a row needs its time: there is no SamplingInterval.");
        if (WeightColumns is { Count: > 1 })
            throw Invalid(
                Invariant($"WeightColumns has {WeightColumns.Count} names; with VariableColumn one column has the weight of the row's value."));
    }

    // Callers pass these options in a parameter of this name.
    private static ArgumentException Invalid(string problem) => new(problem, "options");
}
