namespace NeuralOde.Tests.Persistence;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_new_file_is_created_and_nothing_else_is_left()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder.File("a.bin"), stream => stream.Write([1, 2, 3]));

        File.ReadAllBytes(folder.File("a.bin")).Should().Equal(1, 2, 3);
        folder.FileNames.Should().Equal("a.bin");
    }

    [Fact]
    public void A_longer_old_file_is_replaced_entirely()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.bin"), "a much longer old content");
        AtomicFile.Write(folder.File("a.bin"), stream => stream.Write("new"u8));
        File.ReadAllText(folder.File("a.bin")).Should().Be("new");
    }

    [Fact]
    public void The_old_content_can_be_read_until_the_new_one_is_complete()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.bin");
        File.WriteAllText(path, "old");
        string? seen = null;
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            seen = File.ReadAllText(path);
        });

        seen.Should().Be("old");
        File.ReadAllText(path).Should().Be("new");
    }

    [Fact]
    public void A_failure_while_writing_leaves_the_old_file_and_no_temporary_file_and_is_reported()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.bin"), "old");
        Action write = () => AtomicFile.Write(folder.File("a.bin"), stream =>
        {
            stream.Write("half of the n"u8);
            stream.Flush();
            throw new InvalidOperationException("power");
        });

        write.Should().Throw<InvalidOperationException>().WithMessage("power");
        File.ReadAllText(folder.File("a.bin")).Should().Be("old");
        folder.FileNames.Should().Equal("a.bin");
    }

    [Fact]
    public void A_folder_is_not_replaced_by_a_file()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        Action write = () => AtomicFile.Write(folder.File("sub"), stream => stream.WriteByte(1));

        write.Should().Throw<UnauthorizedAccessException>();
        Directory.Exists(folder.File("sub")).Should().BeTrue();
        folder.FileNames.Should().BeEmpty();
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_reported()
    {
        using var folder = new TemporaryFolder();
        Action write = () => AtomicFile.Write(Path.Combine(folder.File("none"), "a.bin"), stream => stream.WriteByte(1));
        write.Should().Throw<DirectoryNotFoundException>();
    }
}
