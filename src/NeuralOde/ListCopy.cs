namespace NeuralOde;

/// <summary>Copies of lists that callers hand over, so that what they do with theirs afterwards changes nothing.</summary>
internal static class ListCopy
{
    /// <summary>A read-only copy; null for null.</summary>
    public static IReadOnlyList<T>? Of<T>(IReadOnlyList<T>? list) => list is null ? null : Array.AsReadOnly(list.ToArray());
}
