namespace NeuralOde;

/// <summary>The characters of a text, one after the other, and the number of the line they stand in.</summary>
internal sealed class CsvText
{
    /// <summary>What comes after the last character.</summary>
    public const int End = -1;

    private readonly TextReader _reader;
    private readonly char[] _buffer = new char[4096];
    private int _length;
    private int _next;

    /// <param name="reader">The text; a byte order mark at its start is skipped.</param>
    /// <param name="firstLine">The number of the first line.</param>
    public CsvText(TextReader reader, int firstLine)
    {
        _reader = reader;
        Line = firstLine;
        if (Peek() == '\uFEFF')
            Read();
    }

    /// <summary>The line of the next character.</summary>
    public int Line { get; private set; }

    public static bool IsLineEnd(int next) => next is '\n' or '\r';

    /// <summary>The next character, or <see cref="End"/>.</summary>
    // Not TextReader.Peek: some readers answer "no more" from it while they wait for data.
    public int Peek()
    {
        if (_next == _length)
        {
            _length = 0;
            _next = 0;
            Fill();
        }

        return _next < _length ? _buffer[_next] : End;
    }

    /// <summary>The next character, which is read, or <see cref="End"/>.</summary>
    public int Read()
    {
        int next = Peek();
        if (next != End)
            _next++;
        return next;
    }

    /// <summary>Consumes LF, CRLF or CR, which count as one line end each.</summary>
    /// <returns>LF for LF, CR for CR, and 0 for both.</returns>
    public int ReadLineEnd()
    {
        int first = Read();
        Line++;
        if (first != '\r' || Peek() != '\n')
            return first;
        Read();
        return 0;
    }

    /// <summary>The separator that a line <c>sep=;</c> here names, which is read; null if there is no such line.</summary>
    public char? ReadSeparatorLine()
    {
        const string Start = "sep=";
        while (_length - _next <= Start.Length + 1 && Fill())
        {
        }

        ReadOnlySpan<char> text = _buffer.AsSpan(_next, _length - _next);
        if (!text.StartsWith(Start, StringComparison.OrdinalIgnoreCase) || text.Length == Start.Length || IsLineEnd(text[Start.Length]))
            return null;
        if (text.Length > Start.Length + 1 && !IsLineEnd(text[Start.Length + 1]))
            return null;
        char separator = text[Start.Length];
        _next += Start.Length + 1;
        if (Peek() != End)
            ReadLineEnd();
        return separator;
    }

    /// <summary>Reads more text behind what the buffer has. False at the end of the text.</summary>
    private bool Fill()
    {
        int read = _reader.Read(_buffer.AsSpan(_length));
        _length += read;
        return read > 0;
    }
}
