using System.Globalization;

namespace NeuralOde;

/// <summary>Checks of a Butcher tableau that a user wrote: shapes, numbers, explicitness, row sums, order conditions.</summary>
internal static class TableauCheck
{
    /// <summary>The most stages: the checks take time with the square of their number. The longest tableaus in print have some sixty.</summary>
    private const int MaxStages = 256;

    /// <exception cref="ArgumentException">There are more than can be checked in good time.</exception>
    public static void CheckStages(int stages)
    {
        if (stages > MaxStages)
            throw new ArgumentException($"The tableau has {stages} stages; {MaxStages} is the most.", "couplings");
    }

    /// <exception cref="ArgumentException">Names the argument and what is wrong with it.</exception>
    public static void Validate(int order, double[] nodes, double[][] couplings, double[] weights, double[]? embeddedWeights, int? embeddedOrder)
    {
        CheckOrder(order, nameof(order));
        CheckStages(couplings.Length);
        CheckNodes(nodes);
        CheckCouplings(nodes, couplings);
        Guard.Length(weights, nodes.Length);
        Guard.Finite(weights);
        CheckEmbedded(nodes.Length, weights, embeddedWeights, embeddedOrder);

        var conditions = new OrderConditions(couplings);
        CheckConditions(conditions, weights, "b", order, nameof(weights));
        if (embeddedWeights is not null)
            CheckConditions(conditions, embeddedWeights, "b̂", embeddedOrder!.Value, nameof(embeddedWeights));
    }

    private static void CheckOrder(int order, string name)
    {
        if (order is < 1 or > RootedTree.MaxOrder)
            throw new ArgumentOutOfRangeException(name, order, $"{name} must be from 1 to {RootedTree.MaxOrder}: up to there the order conditions can be checked.");
    }

    private static void CheckNodes(double[] nodes)
    {
        if (nodes.Length == 0)
            throw new ArgumentException("nodes is empty; a method has at least one stage.", nameof(nodes));
        Guard.Finite(nodes);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (nodes[i] is < 0.0 or > 1.0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"nodes[{i}] = {nodes[i]:R} lies outside [0, 1]; the vector field is never evaluated outside a step."), nameof(nodes));
            }
        }
    }

    private static void CheckCouplings(double[] nodes, double[][] couplings)
    {
        if (couplings.Length != nodes.Length)
            throw new ArgumentException($"couplings has {couplings.Length} rows; {nodes.Length} are needed, one for every node.", nameof(couplings));
        for (int i = 0; i < couplings.Length; i++)
        {
            double[] row = couplings[i] ?? throw new ArgumentException($"couplings[{i}] is null.", nameof(couplings));
            if (row.Length < i || row.Length > nodes.Length)
                throw new ArgumentException($"couplings[{i}] has {row.Length} numbers; {i} are needed, one for every stage before it, and at most zeros behind them up to {nodes.Length}.", nameof(couplings));

            double sum = 0.0, magnitude = 0.0;
            for (int j = 0; j < row.Length; j++)
            {
                if (!double.IsFinite(row[j]))
                    Guard.Finite(row[j], string.Create(CultureInfo.InvariantCulture, $"couplings[{i}][{j}]"));
                if (j >= i && row[j] != 0.0)
                {
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                        $"couplings[{i}][{j}] = {row[j]:R} makes the method implicit; only stages before a stage may enter it."), nameof(couplings));
                }

                sum += row[j];
                magnitude += Math.Abs(row[j]);
            }

            if (Math.Abs(sum - nodes[i]) > OrderConditions.Tolerance * Math.Max(magnitude, nodes[i]))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"nodes[{i}] = {nodes[i]:R} is not the sum of couplings[{i}], {sum:G15}."), nameof(nodes));
            }
        }
    }

    private static void CheckEmbedded(int stages, double[] weights, double[]? embeddedWeights, int? embeddedOrder)
    {
        if (embeddedWeights is null)
        {
            if (embeddedOrder is not null)
                throw new ArgumentException("embeddedOrder is given without embeddedWeights.", nameof(embeddedOrder));
            return;
        }

        if (embeddedOrder is null)
            throw new ArgumentException("embeddedWeights are given without embeddedOrder.", nameof(embeddedOrder));
        CheckOrder(embeddedOrder.Value, nameof(embeddedOrder));
        Guard.Length(embeddedWeights, stages);
        Guard.Finite(embeddedWeights);
        double difference = 0.0, size = 0.0;
        for (int i = 0; i < stages; i++)
        {
            difference = Math.Max(difference, Math.Abs(weights[i] - embeddedWeights[i]));
            size = Math.Max(size, Math.Abs(weights[i]));
        }

        if (difference <= OrderConditions.Tolerance * size)
            throw new ArgumentException("embeddedWeights equal weights: the error estimate would always be zero.", nameof(embeddedWeights));
    }

    private static void CheckConditions(OrderConditions conditions, double[] weights, string symbol, int order, string name)
    {
        if (conditions.FindViolation(weights, symbol, order) is { } violation)
            throw new ArgumentException($"{name} do not give the claimed order {order}. At {violation}.", name);
    }
}
