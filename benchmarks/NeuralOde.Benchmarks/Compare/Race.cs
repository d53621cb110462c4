using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>Lets this library and others do the same work in turns.</summary>
internal static class Race
{
    /// <summary>Checks that all agree, then measures: ours, each peer, ours, each peer …</summary>
    public static IEnumerable<ComparedRow> Run(string work, Contestant ours, int ourRuns, IReadOnlyList<ComparedPeer> peers, int rounds)
    {
        // The first block compiles.
        ours.Run(ourRuns);
        var running = new List<(ComparedPeer Peer, Contestant Contestant, List<MeasuredBlock> Blocks, string Agreement, bool Differs)>();
        try
        {
            foreach (ComparedPeer peer in peers)
            {
                if (peer.Start() is not { } contestant)
                    continue;
                (string agreement, bool differs) = Agreement(ours, contestant, peer.Tolerances);
                contestant.Run(1);
                running.Add((peer, contestant, [], agreement, differs));
            }

            var own = new List<MeasuredBlock>();
            for (int round = 0; round < rounds; round++)
            {
                own.Add(ours.Run(ourRuns));
                foreach (var entry in running)
                    entry.Blocks.Add(entry.Contestant.Run(entry.Peer.Runs));
            }

            if (running.Count == 0)
                yield return new ComparedRow(work, "none found", MeasuredBlock.Join(own), Theirs: null, Agreement: "", Goal: null);
            foreach (var (peer, contestant, blocks, agreement, differs) in running)
                yield return new ComparedRow(work, $"{contestant.Name} ({contestant.Version})", MeasuredBlock.Join(own), MeasuredBlock.Join(blocks), agreement, peer.Goal, differs);
        }
        finally
        {
            foreach (var entry in running)
                entry.Contestant.Dispose();
        }
    }

    private static (string Text, bool Differs) Agreement(Contestant ours, Contestant peer, IReadOnlyDictionary<string, double> tolerances)
    {
        var words = new List<string>();
        bool differs = false;
        foreach ((string fact, double tolerance) in tolerances)
        {
            double difference = Difference(ours.Facts[fact], peer.Facts[fact]);
            bool isFar = !(difference <= tolerance);
            differs |= isFar;
            words.Add(Invariant($"{fact} {difference:0.0e-0}") + (isFar ? Invariant($", more than {tolerance:0e-0}") : ""));
        }

        return (string.Join("; ", words), differs);
    }

    /// <summary>The largest difference over the largest number; NaN where either has one.</summary>
    public static double Difference(double[] actual, double[] expected)
    {
        if (actual.Length != expected.Length)
            return double.NaN;
        double difference = 0.0, size = double.Epsilon;
        for (int i = 0; i < actual.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
            size = Math.Max(size, Math.Abs(expected[i]));
        }

        return difference / size;
    }
}
