using System.Globalization;

namespace NeuralOde.Tests.Solving;

/// <summary>The threads that parts of a batch are done on.</summary>
public sealed class PartCrewTests
{
    [Fact]
    public void Every_part_is_done_once_in_every_run_and_never_by_more_threads_than_allowed()
    {
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            var crew = new PartCrew(threads);
            var done = new int[13];
            int present = 0, most = 0;
            for (int run = 1; run <= 200; run++)
            {
                crew.ForEach(done.Length, part =>
                {
                    int now = Interlocked.Increment(ref present);
                    InterlockedMax(ref most, now);
                    Interlocked.Increment(ref done[part]);
                    Interlocked.Decrement(ref present);
                });
                present.Should().Be(0);
                done.Should().AllBeEquivalentTo(run);
            }

            most.Should().BeInRange(1, threads);
        }
    }

    [Fact]
    public void Helpers_that_come_too_late_are_not_waited_for()
    {
        var crew = new PartCrew(64);
        int done = 0;
        for (int run = 0; run < 50; run++)
            crew.ForEach(64, _ => Interlocked.Increment(ref done));
        done.Should().Be(50 * 64);
    }

    [Fact]
    public void Several_threads_work_at_once_with_the_culture_and_asynchronous_locals_of_the_caller()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var local = new AsyncLocal<int> { Value = 7 };
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "#" } };
            using var meeting = new Barrier(2);
            var crew = new PartCrew(2);
            for (int run = 0; run < 20; run++)
            {
                crew.ForEach(2, part =>
                {
                    meeting.SignalAndWait(TimeSpan.FromSeconds(20)).Should().BeTrue("two threads are there");
                    CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator.Should().Be("#");
                    local.Value.Should().Be(7);
                });
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_exception_of_the_foremost_part_is_thrown_and_the_next_run_is_as_if_there_had_been_none(int threads)
    {
        var crew = new PartCrew(threads);
        for (int run = 0; run < 100; run++)
        {
            var done = new bool[20];
            crew.Invoking(c => c.ForEach(20, part =>
            {
                if (part is 7 or 9 or 15)
                    throw new NotSupportedException($"part {part}");
                done[part] = true;
            })).Should().Throw<NotSupportedException>().WithMessage("part 7");
            done[..7].Should().AllBeEquivalentTo(true);
        }

        int count = 0;
        crew.ForEach(20, _ => Interlocked.Increment(ref count));
        count.Should().Be(20);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = Volatile.Read(ref target); seen < value; seen = Volatile.Read(ref target))
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }
}
