
namespace NeuralOde;

/// <summary>
/// Splits CSV text into rows of cells, RFC 4180: quoted cells may contain separators, doubled quotes and line ends. Skips blank and comment lines,
/// and white space around cells. Buffers belong to the tokenizer and are reused from row to row.
/// </summary>
internal sealed class CsvTokenizer
{
    private const int EndOfText = CsvText.End;

    private readonly CsvText _characters;
    private readonly string _source;
    private readonly char _separator;
    private readonly bool _isInRuns;
    private readonly char? _commentPrefix;
    private readonly bool _declaresComments;
    private readonly List<Cell> _cells = [];
    private char[] _text = new char[256];
    private int _textLength;
    private bool _isHeader = true;
    private bool _isKept;
    private string? _lastComment;
    private int _lastCommentLine;

    /// <param name="reader">The text.</param>
    /// <param name="options">Separator and comment prefix, validated.</param>
    /// <param name="source">What messages call the text: a path, for instance.</param>
    /// <param name="firstLine">The number of the text's first line.</param>
    public CsvTokenizer(TextReader reader, CsvOptions options, string source, int firstLine = 1)
    {
        _characters = new CsvText(reader, firstLine);
        _source = source;
        _commentPrefix = options.CommentPrefix;
        _declaresComments = options.DeclaresComments;
        _separator = _characters.ReadSeparatorLine() is { } named ? Checked(named, options) : options.Separator;
        _isInRuns = _separator == ' ';
    }

    /// <summary>The number of cells of the current row.</summary>
    public int Count => _cells.Count;

    /// <summary>The line on which the current row starts, counting from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The character between cells.</summary>
    public char Separator => _separator;

    /// <summary>Whether a comment stood before the header: the file says itself that it has comments.</summary>
    public bool BeginsWithComment { get; private set; }

    /// <summary>
    /// Whether the current row starts with the comment prefix and is a row all the same, because nothing says that the file has comments.
    /// </summary>
    public bool LooksLikeComment { get; private set; }

    /// <summary>The text of a cell of the current row; valid until the next <see cref="ReadRow"/>.</summary>
    public ReadOnlySpan<char> this[int column] => _text.AsSpan(_cells[column].Start, _cells[column].Length);

    /// <summary>Moves to the next row that is neither blank nor a comment.</summary>
    /// <returns>False at the end of the text.</returns>
    /// <exception cref="CsvFormatException">A quoted cell does not end, text follows its closing quote, or a comment could be a row.</exception>
    public bool ReadRow()
    {
        if (_isKept)
        {
            _isKept = false;
            return true;
        }

        _cells.Clear();
        _textLength = 0;
        if (!MoveToRow())
            return false;
        Line = _characters.Line;
        do
            ReadCell();
        while (MoveToNextCell());

        if (_characters.Peek() != EndOfText)
            ReadLineEnd();
        _isHeader = false;
        return true;
    }

    /// <summary>Makes <see cref="ReadRow"/> return the current row once more.</summary>
    public void KeepRow() => _isKept = true;

    /// <summary>The cells of the last comment before the first row, which stays unread; null if there is no comment.</summary>
    public string[]? ReadCommentAsCells(CsvOptions options)
    {
        if (MoveToRow())
            _isHeader = false;
        if (_lastComment is null)
            return null;
        using var text = new StringReader(_lastComment);
        var cells = new CsvTokenizer(text, options with { CommentPrefix = null, Separator = _separator }, _source, _lastCommentLine);
        Line = _lastCommentLine;
        return cells.ReadRow() ? [.. Enumerable.Range(0, cells.Count).Select(i => cells[i].ToString())] : null;
    }

    /// <summary>Skips blank lines and comments. False at the end of the text.</summary>
    private bool MoveToRow()
    {
        LooksLikeComment = false;
        while (true)
        {
            SkipBlank();
            int next = _characters.Peek();
            if (next == EndOfText)
                return false;
            if (CsvText.IsLineEnd(next))
                ReadLineEnd();
            else if (next != _commentPrefix)
                return true;
            else if (_isHeader)
                KeepComment();
            else if (_declaresComments)
                SkipComment();
            else if (BeginsWithComment)
                SkipCommentUnlessRow();
            else
            {
                LooksLikeComment = true;
                return true;
            }
        }
    }

    /// <summary>Moves over what separates cells. False at the end of the row.</summary>
    private bool MoveToNextCell()
    {
        if (_isInRuns)
        {
            SkipBlank();
            return _characters.Peek() != EndOfText && !CsvText.IsLineEnd(_characters.Peek());
        }

        if (_characters.Peek() != _separator)
            return false;
        _characters.Read();
        return true;
    }

    private void ReadCell()
    {
        SkipPadding();
        int start = _textLength;
        if (_characters.Peek() == '"')
            ReadQuoted();
        else
            ReadUnquoted(start);
        _cells.Add(new Cell(start, _textLength - start));
    }

    private void ReadUnquoted(int start)
    {
        for (int next = _characters.Peek(); !EndsCell(next); next = _characters.Peek())
            Append((char)_characters.Read());
        while (_textLength > start && char.IsWhiteSpace(_text[_textLength - 1]))
            _textLength--;
    }

    private void ReadQuoted()
    {
        int startLine = _characters.Line;
        int column = Count + 1;
        _characters.Read();
        while (true)
        {
            int next = _characters.Peek();
            if (next == EndOfText)
                throw new CsvFormatException(_source, startLine, column, null, "the quoted cell that starts here has no closing quote.");
            if (CsvText.IsLineEnd(next))
            {
                ReadLineEnd(keep: true);
                continue;
            }

            _characters.Read();
            if (next != '"')
                Append((char)next);
            else if (_characters.Peek() == '"')
                Append((char)_characters.Read());
            else
                break;
        }

        SkipPadding();
        if (!EndsCell(_characters.Peek()))
            throw new CsvFormatException(_source, _characters.Line, column, null, "text follows the closing quote of the cell.");
    }

    private void SkipPadding()
    {
        for (int next = _characters.Peek(); next != EndOfText && !EndsCell(next) && char.IsWhiteSpace((char)next); next = _characters.Peek())
            _characters.Read();
    }

    /// <summary>White space before a row, and between the cells of one where spaces separate them.</summary>
    private void SkipBlank()
    {
        SkipPadding();
        while (_isInRuns && IsSpace(_characters.Peek()))
        {
            _characters.Read();
            SkipPadding();
        }
    }

    private void KeepComment()
    {
        BeginsWithComment = true;
        _lastCommentLine = _characters.Line;
        _characters.Read();
        int start = _textLength;
        for (int next = _characters.Peek(); next != EndOfText && !CsvText.IsLineEnd(next); next = _characters.Peek())
            Append((char)_characters.Read());
        _lastComment = new string(_text, start, _textLength - start);
        _textLength = start;
    }

    private void SkipComment()
    {
        for (int next = _characters.Peek(); next != EndOfText && !CsvText.IsLineEnd(next); next = _characters.Peek())
            _characters.Read();
    }

    /// <summary>
    /// Skips a line that starts as comments do, unless it has cells and a digit, as a row has: then only an option can tell what it is.
    /// </summary>
    private void SkipCommentUnlessRow()
    {
        int cells = 1;
        bool hasDigit = false;
        bool isQuoted = false;
        for (int next = _characters.Peek(); next != EndOfText && !CsvText.IsLineEnd(next); next = _characters.Peek())
        {
            _characters.Read();
            isQuoted ^= next == '"';
            hasDigit |= char.IsNumber((char)next);
            if (next == _separator && !isQuoted)
                cells++;
        }

        if (cells > 1 && hasDigit)
        {
            throw new CsvFormatException(_source, _characters.Line, column: 0, columnName: null,
                $"the line starts with '{_commentPrefix}', as the comment before the header does, but has numbers and cells as a row has. Set CsvOptions.CommentPrefix: to '{_commentPrefix}' if it is a comment, to null if it is a row.");
        }
    }

    /// <summary>Consumes LF, CRLF or CR, which count as one line end each.</summary>
    private void ReadLineEnd(bool keep = false)
    {
        int read = _characters.ReadLineEnd();
        if (!keep)
            return;
        if (read != '\n')
            Append('\r');
        if (read != '\r')
            Append('\n');
    }

    private char Checked(char named, CsvOptions options)
    {
        string? problem = CsvOptions.CouldBeContent(named) ? "is no separator"
            : named == options.CommentPrefix ? "begins comments (CsvOptions.CommentPrefix)"
            : options.SetsSeparator && named != options.Separator ? $"is not CsvOptions.Separator, {CsvFormatException.Quote(options.Separator.ToString())}"
            : null;
        return problem is null ? named
            : throw new CsvFormatException(_source, 1, column: 0, columnName: null,
                $"the line names {CsvFormatException.Quote(named.ToString())} as what separates cells, but this {problem}.");
    }

    private bool EndsCell(int next) => next == EndOfText || next == _separator || CsvText.IsLineEnd(next) || (_isInRuns && IsSpace(next));

    private static bool IsSpace(int next) => next is ' ' or '\t';

    private void Append(char c)
    {
        if (_textLength == _text.Length)
        {
            if (_text.Length > ArrayLength.Max / 2)
                throw new CsvFormatException(_source, Line, column: 0, columnName: null, FormattableString.
                    Invariant($"the line has more than {_text.Length} characters."));
            Array.Resize(ref _text, _text.Length * 2);
        }

        _text[_textLength++] = c;
    }

    private readonly record struct Cell(int Start, int Length);
}
