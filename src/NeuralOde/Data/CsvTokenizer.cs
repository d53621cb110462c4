
namespace NeuralOde;

/// <summary>
/// Splits CSV text into rows of cells, RFC 4180: quoted cells may contain separators, doubled quotes and line ends. Skips blank and comment lines,
/// and white space around cells. Buffers belong to the tokenizer and are reused from row to row.
/// </summary>
internal sealed class CsvTokenizer
{
    private const int EndOfText = -1;

    private readonly TextReader _reader;
    private readonly string _source;
    private readonly char _separator;
    private readonly char? _commentPrefix;
    private readonly bool _declaresComments;
    private readonly List<Cell> _cells = [];
    private readonly char[] _buffer = new char[4096];
    private char[] _text = new char[256];
    private int _textLength;
    private int _bufferLength;
    private int _bufferNext;
    private int _line = 1;
    private bool _isHeader = true;

    /// <param name="reader">The text.</param>
    /// <param name="options">Separator and comment prefix, validated.</param>
    /// <param name="source">What messages call the text: a path, for instance.</param>
    public CsvTokenizer(TextReader reader, CsvOptions options, string source)
    {
        _reader = reader;
        _source = source;
        _separator = options.Separator;
        _commentPrefix = options.CommentPrefix;
        _declaresComments = options.DeclaresComments;
        if (Peek() == '\uFEFF')
            Read();
    }

    /// <summary>The number of cells of the current row.</summary>
    public int Count => _cells.Count;

    /// <summary>The line on which the current row starts, counting from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Whether a comment stood before the header: the file says itself that it has comments.</summary>
    public bool BeginsWithComment { get; private set; }

    /// <summary>Whether the current row starts with the comment prefix and is a row all the same, because nothing says that the file has comments.</summary>
    public bool LooksLikeComment { get; private set; }

    /// <summary>The text of a cell of the current row; valid until the next <see cref="ReadRow"/>.</summary>
    public ReadOnlySpan<char> this[int column] => _text.AsSpan(_cells[column].Start, _cells[column].Length);

    /// <summary>Moves to the next row that is neither blank nor a comment.</summary>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="CsvFormatException">A quoted cell does not end, text follows its closing quote, or a comment could be a row.</exception>
    public bool ReadRow()
    {
        _cells.Clear();
        _textLength = 0;
        LooksLikeComment = false;
        while (true)
        {
            SkipPadding();
            int next = Peek();
            if (next == EndOfText)
                return false;
            if (IsLineEnd(next))
                ReadLineEnd();
            else if (next != _commentPrefix)
                break;
            else if (_declaresComments || _isHeader)
                SkipComment();
            else if (BeginsWithComment)
                SkipCommentUnlessRow();
            else
            {
                LooksLikeComment = true;
                break;
            }
        }

        Line = _line;
        ReadCell();
        while (Peek() == _separator)
        {
            Read();
            ReadCell();
        }

        if (Peek() != EndOfText)
            ReadLineEnd();
        _isHeader = false;
        return true;
    }

    private void ReadCell()
    {
        SkipPadding();
        int start = _textLength;
        if (Peek() == '"')
            ReadQuoted();
        else
            ReadUnquoted(start);
        _cells.Add(new Cell(start, _textLength - start));
    }

    private void ReadUnquoted(int start)
    {
        for (int next = Peek(); !EndsCell(next); next = Peek())
            Append((char)Read());
        while (_textLength > start && char.IsWhiteSpace(_text[_textLength - 1]))
            _textLength--;
    }

    private void ReadQuoted()
    {
        int startLine = _line;
        int column = Count + 1;
        Read();
        while (true)
        {
            int next = Peek();
            if (next == EndOfText)
                throw new CsvFormatException(_source, startLine, column, null, "the quoted cell that starts here has no closing quote.");
            if (IsLineEnd(next))
            {
                ReadLineEnd(keep: true);
                continue;
            }

            Read();
            if (next != '"')
                Append((char)next);
            else if (Peek() == '"')
                Append((char)Read());
            else
                break;
        }

        SkipPadding();
        if (!EndsCell(Peek()))
            throw new CsvFormatException(_source, _line, column, null, "text follows the closing quote of the cell.");
    }

    private void SkipPadding()
    {
        for (int next = Peek(); next != EndOfText && !EndsCell(next) && char.IsWhiteSpace((char)next); next = Peek())
            Read();
    }

    private void SkipComment()
    {
        BeginsWithComment |= _isHeader;
        for (int next = Peek(); next != EndOfText && !IsLineEnd(next); next = Peek())
            Read();
    }

    /// <summary>Skips a line that starts as comments do, unless it has cells and a digit, as a row has: then only an option can tell what it is.</summary>
    private void SkipCommentUnlessRow()
    {
        int cells = 1;
        bool hasDigit = false;
        bool isQuoted = false;
        for (int next = Peek(); next != EndOfText && !IsLineEnd(next); next = Peek())
        {
            Read();
            isQuoted ^= next == '"';
            hasDigit |= char.IsNumber((char)next);
            if (next == _separator && !isQuoted)
                cells++;
        }

        if (cells > 1 && hasDigit)
        {
            throw new CsvFormatException(_source, _line, column: 0, columnName: null,
                $"the line starts with '{_commentPrefix}', as the comment before the header does, but has numbers and cells as a row has. Set CsvOptions.CommentPrefix: to '{_commentPrefix}' if it is a comment, to null if it is a row.");
        }
    }

    /// <summary>Consumes LF, CRLF or CR, which count as one line end each.</summary>
    private void ReadLineEnd(bool keep = false)
    {
        var first = (char)Read();
        if (keep)
            Append(first);
        if (first == '\r' && Peek() == '\n')
        {
            Read();
            if (keep)
                Append('\n');
        }

        _line++;
    }

    private bool EndsCell(int next) => next == EndOfText || next == _separator || IsLineEnd(next);

    private static bool IsLineEnd(int next) => next is '\n' or '\r';

    // Not TextReader.Peek: some readers answer "no more" from it while they wait for data.
    private int Peek()
    {
        if (_bufferNext == _bufferLength)
        {
            _bufferLength = _reader.Read(_buffer);
            _bufferNext = 0;
        }

        return _bufferNext < _bufferLength ? _buffer[_bufferNext] : EndOfText;
    }

    private int Read()
    {
        int next = Peek();
        if (next != EndOfText)
            _bufferNext++;
        return next;
    }

    private void Append(char c)
    {
        if (_textLength == _text.Length)
        {
            if (_text.Length > ArrayLength.Max / 2)
                throw new CsvFormatException(_source, Line, column: 0, columnName: null, FormattableString.Invariant($"the line has more than {_text.Length} characters."));
            Array.Resize(ref _text, _text.Length * 2);
        }

        _text[_textLength++] = c;
    }

    private readonly record struct Cell(int Start, int Length);
}
