using System.Runtime.InteropServices;

namespace NeuralOde.Tests.Kernels;

public class AlignedMemoryTests
{
    [Fact]
    public void Memory_that_stays_begins_on_a_line_of_the_cache_and_is_zero()
    {
        for (int length = 1; length < 300; length += 7)
        {
            Check(AlignedMemory.Allocate<double>(length, isPinned: true), length);
            Check(AlignedMemory.Allocate<float>(length, isPinned: true), length);
        }

        static void Check<T>(ArraySegment<T> memory, int length) where T : unmanaged
        {
            memory.Count.Should().Be(length);
            memory.Should().OnlyContain(number => number.Equals(default(T)));
            ((long)Marshal.UnsafeAddrOfPinnedArrayElement(memory.Array!, memory.Offset) % 64).Should().Be(0L);
        }
    }

    [Fact]
    public void Short_lived_memory_has_room_for_all_numbers_wherever_it_begins()
    {
        foreach (int length in new[] { 0, 1, 7, 8, 100 })
        {
            ArraySegment<double> memory = AlignedMemory.Allocate<double>(length, isPinned: false);
            memory.Count.Should().Be(length);
            memory.AsSpan().Fill(1.0);
        }
    }
}
