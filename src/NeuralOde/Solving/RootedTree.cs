using System.Globalization;
using System.Text;

namespace NeuralOde;

/// <summary>
/// A rooted tree: one for every elementary differential of a vector field, and so one for every condition that a Runge–Kutta
/// method of an order meets.
/// </summary>
/// <remarks>J. C. Butcher, Numerical Methods for Ordinary Differential Equations, chapter 3, doi:10.1002/9781119121534.</remarks>
internal sealed class RootedTree
{
    /// <summary>The highest order that trees are made for: 719 of them, 1205 altogether.</summary>
    public const int MaxOrder = 10;

    private const string IndexNames = "ijklmnpqrs";

    private static readonly Lazy<RootedTree[][]> Trees = new(CreateAll);

    private readonly RootedTree[] _children;

    private RootedTree(RootedTree[] children)
    {
        _children = children;
        Order = 1 + children.Sum(child => child.Order);
        Density = children.Aggregate((long)Order, (product, child) => product * child.Density);
    }

    /// <summary>Vertices.</summary>
    public int Order { get; }

    /// <summary>γ(t), the product over the vertices of how many lie at or above each. A method integrates the tree's differential exactly where its elementary weight is 1/γ(t).</summary>
    public long Density { get; }

    /// <summary>The trees on the root; the highest first, those alike beside each other.</summary>
    public IReadOnlyList<RootedTree> Children => _children;

    /// <summary>All trees with this many vertices, from 1 to <see cref="MaxOrder"/>.</summary>
    public static IReadOnlyList<RootedTree> OfOrder(int order) => Trees.Value[order - 1];

    /// <summary>Butcher's brackets: τ is the single vertex, [τ, τ] a root with two vertices on it.</summary>
    public override string ToString() => _children.Length == 0 ? "τ" : $"[{string.Join(", ", _children.Select(child => child.ToString()))}]";

    /// <summary>The elementary weight as a sum over the stages, such as Σ b_i a_ij c_j.</summary>
    /// <param name="weights">What the weights are called.</param>
    public string Formula(string weights)
    {
        var text = new StringBuilder($"Σ {weights}_{IndexNames[0]}");
        int used = 1;
        AppendChildren(text, IndexNames[0], ref used);
        return text.ToString();
    }

    private void AppendChildren(StringBuilder text, char index, ref int used)
    {
        foreach (RootedTree child in _children.Where(child => child.Order > 1))
        {
            char next = IndexNames[used++];
            text.Append(CultureInfo.InvariantCulture, $" a_{index}{next}");
            child.AppendChildren(text, next, ref used);
        }

        int leaves = _children.Count(child => child.Order == 1);
        if (leaves > 0)
            text.Append(CultureInfo.InvariantCulture, $" c_{index}");
        if (leaves > 1)
            text.Append("⁰¹²³⁴⁵⁶⁷⁸⁹"[leaves]);
    }

    private static RootedTree[][] CreateAll()
    {
        var all = new List<RootedTree>();
        var byOrder = new RootedTree[MaxOrder][];
        for (int order = 1; order <= MaxOrder; order++)
        {
            var found = new List<RootedTree>();
            AddForests(all, all.Count - 1, order - 1, [], found);
            // The lowest first: their conditions are the simplest.
            found.Reverse();
            byOrder[order - 1] = [.. found];
            all.AddRange(found);
        }

        return byOrder;
    }

    /// <summary>Adds a root under every choice of trees with the wanted number of vertices together, none behind a given one of the list.</summary>
    private static void AddForests(List<RootedTree> all, int last, int vertices, RootedTree[] chosen, List<RootedTree> found)
    {
        if (vertices == 0)
        {
            found.Add(new RootedTree(chosen));
            return;
        }

        for (int i = last; i >= 0; i--)
        {
            if (all[i].Order <= vertices)
                AddForests(all, i, vertices - all[i].Order, [.. chosen, all[i]], found);
        }
    }
}
