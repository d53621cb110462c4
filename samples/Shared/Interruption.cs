namespace NeuralOde.Samples;

/// <summary>Turns the first Ctrl-C into a wish to stop, so that what was learned so far is still written; the second ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private volatile bool _isRequested;

    public Interruption() => Console.CancelKeyPress += OnCancelKeyPress;

    public bool IsRequested => _isRequested;

    public void Dispose() => Console.CancelKeyPress -= OnCancelKeyPress;

    private void OnCancelKeyPress(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = !_isRequested;
        _isRequested = true;
    }
}
