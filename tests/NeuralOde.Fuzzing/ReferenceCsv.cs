using System.Globalization;
using System.Text.RegularExpressions;

namespace NeuralOde.Fuzzing;

/// <summary>
/// Reads CSV text by the rules of <see cref="CsvOptions"/>, written on its own: the whole text at once, by index, without a thought for speed or messages.
/// </summary>
internal sealed partial class ReferenceCsv
{
    private readonly string _text;
    private readonly char _separator;
    private readonly bool _isInRuns;
    private readonly char? _prefix;
    private readonly bool _isDeclared;
    private int _at;
    private int _line = 1;

    private ReferenceCsv(string text, CsvOptions? options, bool isDeclared)
    {
        _text = text.StartsWith('\uFEFF') ? text[1..] : text;
        _separator = options?.Separator ?? ',';
        _isInRuns = _separator == ' ';
        _prefix = options is null ? '#' : options.CommentPrefix;
        _isDeclared = isDeclared;
    }

    /// <param name="text">The text.</param>
    /// <param name="options">Separator and comment prefix.</param>
    /// <param name="isDeclared">Whether the options set the comment prefix.</param>
    /// <returns>The table; null where no reading makes sense: there is no header, or a quoted cell is damaged.</returns>
    public static CsvTable? Read(string text, CsvOptions? options, bool isDeclared) => new ReferenceCsv(text, options, isDeclared).Read();

    /// <summary>The number that a cell is, written as digits with a point and an exponent.</summary>
    public static CsvCell Cell(string text)
    {
        string trimmed = text.Trim('\t', '\n', '\v', '\f', '\r', ' ');
        return Number().IsMatch(trimmed) && double.IsFinite(double.Parse(trimmed, CultureInfo.InvariantCulture))
            ? new CsvCell(text, double.Parse(trimmed, CultureInfo.InvariantCulture))
            : new CsvCell(text, null);
    }

    /// <summary>The days from 1970-01-01 UTC to a date, or null for anything else.</summary>
    public static double? Days(string text)
    {
        string[] formats = ["yyyy-MM-dd", "yyyy-MM", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"];
        return DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date)
            ? (date - DateTime.UnixEpoch).TotalDays
            : null;
    }

    private CsvTable? Read()
    {
        string[]? header = null;
        bool beginsWithComment = false;
        var rows = new List<CsvRow>();
        while (_at < _text.Length)
        {
            int end = _text.IndexOfAny(['\n', '\r'], _at);
            string line = _text[_at..(end < 0 ? _text.Length : end)];
            string content = line.TrimStart(c => IsPadding(c) || IsBlank(c));
            bool startsLikeComment = content.Length > 0 && content[0] == _prefix;
            bool isComment = startsLikeComment && (_isDeclared || header is null || (beginsWithComment && !CouldBeRow(content)));
            if (content.Length == 0 || isComment)
            {
                beginsWithComment |= isComment && header is null;
                _at += line.Length;
                ReadLineEnd();
                continue;
            }

            int firstLine = _line;
            if (ReadRow() is not { } cells)
                return null;
            if (header is null)
                header = [.. cells];
            else
                rows.Add(new CsvRow([.. cells.Select(Cell)], firstLine, _line - 1, IsDamaged: false));
        }

        return header is null ? null : new CsvTable(header, rows);
    }

    private bool CouldBeRow(string line)
    {
        int cells = 1;
        bool isQuoted = false;
        foreach (char c in line)
        {
            isQuoted ^= c == '"';
            cells += c == _separator && !isQuoted ? 1 : 0;
        }

        return cells > 1 && line.Any(char.IsNumber);
    }

    private List<string>? ReadRow()
    {
        var cells = new List<string>();
        while (true)
        {
            SkipPadding(acrossRuns: true);
            if (_at < _text.Length && _text[_at] == '"')
            {
                string? quoted = ReadQuoted();
                if (quoted is null)
                    return null;
                cells.Add(quoted);
            }
            else
            {
                int start = _at;
                while (!EndsCell())
                    _at++;
                cells.Add(_text[start.._at].TrimEnd(c => char.IsWhiteSpace(c)));
            }

            if (_isInRuns)
            {
                SkipPadding(acrossRuns: true);
                if (_at < _text.Length && !IsLineEnd(_text[_at]))
                    continue;
            }
            else if (_at < _text.Length && _text[_at] == _separator)
            {
                _at++;
                continue;
            }

            ReadLineEnd();
            return cells;
        }
    }

    private string? ReadQuoted()
    {
        var content = new System.Text.StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (IsLineEnd(_text[_at]) && !(_text[_at] == '\n' && _text[_at - 1] == '\r'))
                _line++;
            if (_text[_at] != '"')
            {
                content.Append(_text[_at]);
                continue;
            }

            if (_at + 1 < _text.Length && _text[_at + 1] == '"')
            {
                content.Append('"');
                _at++;
                continue;
            }

            _at++;
            SkipPadding(acrossRuns: false);
            return EndsCell() ? content.ToString() : null;
        }

        return null;
    }

    private void SkipPadding(bool acrossRuns)
    {
        while (_at < _text.Length && (IsPadding(_text[_at]) || (acrossRuns && IsBlank(_text[_at]))))
            _at++;
    }

    private bool EndsCell() => _at == _text.Length || _text[_at] == _separator || IsLineEnd(_text[_at]) || IsBlank(_text[_at]);

    /// <summary>Separates cells, once or several times, where a space does.</summary>
    private bool IsBlank(char c) => _isInRuns && (c is ' ' or '\t');

    /// <summary>LF, CRLF or CR, or the end of the text.</summary>
    private void ReadLineEnd()
    {
        _at += _at + 1 < _text.Length && _text[_at] == '\r' && _text[_at + 1] == '\n' ? 2 : 1;
        _line++;
    }

    private bool IsPadding(char c) => c != _separator && !IsBlank(c) && !IsLineEnd(c) && char.IsWhiteSpace(c);

    private static bool IsLineEnd(char c) => c is '\n' or '\r';

    [GeneratedRegex(@"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

internal static class TrimExtensions
{
    public static string TrimStart(this string text, Func<char, bool> isTrimmed)
    {
        int start = 0;
        while (start < text.Length && isTrimmed(text[start]))
            start++;
        return text[start..];
    }

    public static string TrimEnd(this string text, Func<char, bool> isTrimmed)
    {
        int end = text.Length;
        while (end > 0 && isTrimmed(text[end - 1]))
            end--;
        return text[..end];
    }
}
