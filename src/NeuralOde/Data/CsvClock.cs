namespace NeuralOde;

/// <summary>Turns dates and times of day into numbers: so many units after an origin.</summary>
internal sealed class CsvClock
{
    private readonly TimeZoneInfo _zone;
    private readonly long _unit;
    private readonly long _origin;

    /// <param name="options">Unit, origin and zone, validated.</param>
    /// <exception cref="ArgumentException">The zone has no such origin.</exception>
    public CsvClock(CsvOptions options)
    {
        _zone = options.TimeZone ?? TimeZoneInfo.Utc;
        _unit = (options.TimeUnit ?? TimeSpan.FromDays(1)).Ticks;
        if (options.TimeFormat is { } format && !CsvDate.HasDate(format))
            return;
        DateTime origin = options.TimeOrigin ?? DateTime.UnixEpoch;
        if (origin.Kind != DateTimeKind.Unspecified)
            _origin = origin.ToUniversalTime().Ticks;
        else if (UniversalTicks(new CsvDate(origin, null)) is { } ticks)
            _origin = ticks;
        else
            throw new ArgumentException(
                FormattableString.Invariant($"TimeOrigin = {origin:yyyy-MM-ddTHH:mm:ss}: {ExplainFailure(origin)}."), nameof(options));
    }

    /// <summary>The number that a date becomes; null where the zone has this time not at all, or twice.</summary>
    public double? Number(CsvDate date)
    {
        if (UniversalTicks(date) is not { } ticks)
            return null;
        (long whole, long rest) = Math.DivRem(ticks - _origin, _unit);
        return whole + ((double)rest / _unit);
    }

    /// <summary>Why a date becomes no number.</summary>
    public string ExplainFailure(DateTime clock) => _zone.IsInvalidTime(clock)
        ? $"the zone {_zone.Id} (CsvOptions.TimeZone) skips this time"
        : $"the zone {_zone.Id} (CsvOptions.TimeZone) has this time twice; write it with its offset from UTC, as in 2020-10-25T02:30+01:00";

    private long? UniversalTicks(CsvDate date) => date.Offset is { } offset ? date.Clock.Ticks - offset.Ticks
        : _zone.IsInvalidTime(date.Clock) || _zone.IsAmbiguousTime(date.Clock) ? null
        : date.Clock.Ticks - _zone.GetUtcOffset(date.Clock).Ticks;
}
