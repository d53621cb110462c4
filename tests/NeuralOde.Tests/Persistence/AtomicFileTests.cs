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

    // The superuser may list every folder: for anybody else the mode matters.
    [Fact]
    public void A_folder_that_may_be_written_to_but_not_listed_is_no_obstacle()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string path = folder.File("a.bin");
        string parent = Path.GetDirectoryName(path)!;
        UnixFileMode mode = File.GetUnixFileMode(parent);
        File.SetUnixFileMode(parent, UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            AtomicFile.Write(path, stream => stream.Write("first"u8));
            AtomicFile.Write(path, stream => stream.Write("second"u8));
            File.ReadAllText(path).Should().Be("second");
        }
        finally
        {
            File.SetUnixFileMode(parent, mode);
        }
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

        write.Should().Throw<IOException>().WithMessage("*sub cannot be written: it is a folder.");
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

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)]
    public void A_replaced_file_keeps_its_mode_and_is_never_more_open_than_that_on_the_way(UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string path = folder.File("a.bin");
        File.WriteAllText(path, "old");
        File.SetUnixFileMode(path, mode);
        var seen = new List<UnixFileMode>();
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            seen.AddRange(folder.FileNames.Select(name => UnixCommands.Mode(folder.File(name))));
        });

        seen.Should().HaveCount(2).And.OnlyContain(other => (other & ~mode) == 0);
        File.GetUnixFileMode(path).Should().Be(mode);
        File.ReadAllText(path).Should().Be("new");
    }

    [Fact]
    public void A_read_only_file_is_refused_and_stays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.bin");
        File.WriteAllText(path, "old");
        File.SetAttributes(path, FileAttributes.ReadOnly);
        Action write = () => AtomicFile.Write(path, stream => stream.WriteByte(1));

        write.Should().Throw<IOException>().WithMessage("*a.bin cannot be written: it is read-only.");
        File.ReadAllText(path).Should().Be("old");
        folder.FileNames.Should().Equal("a.bin");
        File.SetAttributes(path, FileAttributes.Normal);
    }

    [Fact]
    public void Symbolic_links_to_files_and_folders_stay_and_what_they_lead_to_is_replaced()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("real"));
        File.WriteAllText(folder.File("real/a.bin"), "old");
        File.CreateSymbolicLink(folder.File("first"), "second");
        File.CreateSymbolicLink(folder.File("second"), "linked/a.bin");
        Directory.CreateSymbolicLink(folder.File("linked"), "real");
        AtomicFile.Write(folder.File("first"), stream => stream.Write("new"u8));

        File.ReadAllText(folder.File("real/a.bin")).Should().Be("new");
        new FileInfo(folder.File("first")).LinkTarget.Should().Be("second");
        new FileInfo(folder.File("second")).LinkTarget.Should().Be("linked/a.bin");
        Directory.GetFiles(folder.File("real")).Should().ContainSingle();
    }

    [Fact]
    public void A_link_above_a_link_is_followed_as_the_system_does()
    {
        // linked/up is real/deep/up: its .. is real, not the folder that holds the link.
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("real/deep"));
        Directory.CreateSymbolicLink(folder.File("linked"), "real/deep");
        File.CreateSymbolicLink(folder.File("real/deep/up"), "../a.bin");
        AtomicFile.Write(folder.File("linked/up"), stream => stream.Write("new"u8));
        File.ReadAllText(folder.File("real/a.bin")).Should().Be("new");
    }

    [Fact]
    public void A_link_to_nothing_becomes_a_link_to_the_new_file_and_a_circle_of_links_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("link"), "new.bin");
        AtomicFile.Write(folder.File("link"), stream => stream.Write("new"u8));
        File.ReadAllText(folder.File("new.bin")).Should().Be("new");

        File.CreateSymbolicLink(folder.File("to"), "fro");
        File.CreateSymbolicLink(folder.File("fro"), "to");
        Action write = () => AtomicFile.Write(folder.File("to"), stream => stream.WriteByte(1));
        write.Should().Throw<IOException>().WithMessage("*more than 40 symbolic links*");
    }

    [Fact]
    public void A_pipe_and_a_device_are_refused_for_writing_and_a_pipe_does_not_block_reading()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        UnixCommands.Run("mkfifo", folder.File("pipe"));
        var special = new List<string> { folder.File("pipe") };
        // Only the superuser makes devices; only for others is a true one safe from a test that fails.
        special.Add(UnixCommands.TryRun("mknod", folder.File("null"), "c", "1", "3") ? folder.File("null") : "/dev/null");
        File.CreateSymbolicLink(folder.File("link"), special[1]);
        special.Add(folder.File("link"));
        foreach (string path in special)
        {
            Action write = () => AtomicFile.Write(path, stream => stream.WriteByte(1));
            write.Should().Throw<IOException>().WithMessage($"{path} cannot be written: it is not a regular file*");
            Action load = () => NeuralOdeModel.Load(path);
            load.Should().Throw<ModelFileException>().WithMessage($"{path}: it is not a regular file.");
        }

        folder.FileNames.Should().OnlyContain(name => !name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_killed_writer_left_is_deleted_but_not_what_another_is_writing_nor_what_belongs_to_another_file()
    {
        using var folder = new TemporaryFolder();
        string left = AtomicFile.TemporaryPath(folder.File("a.bin"));
        string other = AtomicFile.TemporaryPath(folder.File("b.bin"));
        string ours = folder.File(".mine.tmp");
        foreach (string path in (string[])[left, other, ours])
            File.WriteAllText(path, "half");
        AtomicFile.Write(folder.File("a.bin"), stream =>
        {
            stream.Write("outer"u8);
            // A second writer of the same file, while the first one is at it.
            AtomicFile.Write(folder.File("a.bin"), inner => inner.Write("inner"u8));
        });

        File.ReadAllText(folder.File("a.bin")).Should().Be("outer");
        folder.FileNames.Should().BeEquivalentTo("a.bin", Path.GetFileName(other), Path.GetFileName(ours));
    }

    [Fact]
    public void Many_writers_of_one_file_at_once_leave_one_of_their_contents_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, 64, i => AtomicFile.Write(folder.File("a.bin"), stream => stream.Write(Enumerable.Repeat((byte)i, 5000).ToArray())));
        File.ReadAllBytes(folder.File("a.bin")).Should().HaveCount(5000).And.OnlyContain(b => b == File.ReadAllBytes(folder.File("a.bin"))[0]);
        folder.FileNames.Should().Equal("a.bin");
    }

    [Fact]
    public void A_folder_is_flushed_where_the_system_can_and_one_that_is_not_there_is_no_error()
    {
        using var folder = new TemporaryFolder();
        FolderFlush.Try(folder.File("")).Should().Be(!OperatingSystem.IsWindows());
        FolderFlush.Try(folder.File("none")).Should().BeFalse();
    }

    [Fact]
    public void Whatever_cannot_be_read_or_written_is_an_IOException()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([new Trajectory([0, 1], [1, 2], 1)]);
        var model = new NeuralOdeModel(new MultilayerPerceptron(1, [2], 1));
        foreach (Action use in (Action[])
        [
            () => data.WriteCsv(folder.File("sub")), () => TrajectoryDataset.FromCsv(folder.File("sub")), () => model.Save(folder.File("sub")),
            () => NeuralOdeModel.Load(folder.File("sub")), () => new Trainer(model, new TrainingOptions()).RestoreCheckpoint(folder.File("sub")),
            () => NeuralOdeModel.Load(folder.File("none")),
        ])
        {
            use.Should().Throw<IOException>();
        }
    }
}
