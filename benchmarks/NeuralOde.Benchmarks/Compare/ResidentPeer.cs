using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace NeuralOde.Benchmarks;

/// <summary>A program of benchmarks/peers that stays and waits while others run (worker.py and worker.hpp say how it is asked).</summary>
internal sealed class ResidentPeer : Contestant
{
    private readonly Process _process;

    private ResidentPeer(Process process, PeerMessage message)
        : base(message.Name!, message.Version!, message.Facts!) => _process = process;

    /// <summary>Starts a program; null, and a reason, where it does not get as far as its first line.</summary>
    public static ResidentPeer? Start(string program, IEnumerable<string> arguments, out string reason)
    {
        ProcessStartInfo start = PeerProcess.CreateStart(program, [.. arguments, "--resident"]);
        start.RedirectStandardInput = true;
        reason = "";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            reason = e.Message;
            return null;
        }

        // Read throughout, so that it never waits for somebody to read its warnings.
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (process.StandardOutput.ReadLine() is { } line)
            return new ResidentPeer(process, PeerMessage.Parse(line));
        process.WaitForExit();
        reason = errors.Result.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault("It ends without a word.");
        process.Dispose();
        return null;
    }

    public override MeasuredBlock Run(int count)
    {
        _process.StandardInput.WriteLine(count);
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new IOException($"{Name} ended before its work was done.");
        return PeerMessage.Parse(line).ToBlock();
    }

    public override void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}

/// <summary>A line of JSON from a peer.</summary>
internal sealed class PeerMessage
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public string? Name { get; init; }

    public string? Version { get; init; }

    public Dictionary<string, double[]>? Facts { get; init; }

    public double[]? Seconds { get; init; }

    public double?[]? Evaluations { get; init; }

    /// <summary>What the memory grew by (W5).</summary>
    public long Bytes { get; init; }

    public static PeerMessage Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<PeerMessage>(line, Options)!;
        }
        catch (JsonException e)
        {
            throw new IOException($"A peer printed a line that is not its JSON: {line[..Math.Min(line.Length, 200)]}", e);
        }
    }

    public MeasuredBlock ToBlock() => new(Seconds!, Evaluations![0], Evaluations[1]);
}
