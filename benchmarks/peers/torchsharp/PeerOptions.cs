namespace NeuralOde.Peers;

/// <summary>The options of the command line, by their names; empty where one is missing.</summary>
internal sealed class PeerOptions(string[] arguments)
{
    public string this[string name] => Array.IndexOf(arguments, name) is >= 0 and int at && at + 1 < arguments.Length ? arguments[at + 1] : "";

    public bool Has(string name) => arguments.Contains(name);
}
