using System.Globalization;
using System.Text;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>A text, the options to read it with, and what it holds.</summary>
/// <param name="Text">The text.</param>
/// <param name="Options">How to read it; null for the defaults.</param>
/// <param name="DeclaresComments">Whether the options set the comment prefix.</param>
/// <param name="Table">What was written.</param>
/// <param name="IsSound">Whether nothing is wrong with it, so that it must be read.</param>
internal sealed record CsvCase(string Text, CsvOptions? Options, bool DeclaresComments, CsvTable Table, bool IsSound);

/// <summary>Makes tables as text: sound ones in every dress that the options allow, and ones with something wrong.</summary>
internal sealed class CsvGenerator(RandomSource random)
{
    private static readonly string[] Names = ["x", "y", "hare", "größe", "a,b", "x \"raw\"", "#x", " pad ", "1", "x\nm", "x;y", "t\t", "速度", "x2", "y'", "%"];
    private static readonly string[] Notes = ["good", "n/a", "", "-", "ok?", "true", "NA", "\u001b[mred", "so, so", "\"quoted\"", "…"];
    private static readonly string[] NotesWithDigits = ["run 3", "A1", "\u001b[31mred", "½", "१२", "x²", "inf", "∞", "Ⅻ"];

    private readonly StringBuilder _text = new();
    private bool _isSound = true;
    private char _separator;
    private string _lineEnd = "\n";
    private int _line = 1;
    private char? _prefix;
    private bool _declaresComments;
    private bool _hasHeadComments;

    private enum Column
    {
        Numbers,
        Gapped,
        Notes,
        Foreign,
        Mixed,
    }

    public CsvCase Make()
    {
        _separator = Pick(',', ',', ';', '\t', '|', ' ');
        _lineEnd = Pick("\n", "\n", "\r\n", "\r");
        bool isDamaged = random.Next(2) == 0;
        ChooseComments();
        if (random.Next(8) == 0)
            _text.Append('\uFEFF');
        if (_prefix is not null && random.Next(4) == 0)
            WriteHeadComments();

        string[] names = ChooseNames(random.Next(1, 5));
        string? id = random.Next(3) == 0 ? "run" : null;
        string time = Pick("t", "time", "\"", "Zeit");
        var columns = new Column[names.Length];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = i == 0 || random.Next(3) > 0 ? Pick(Column.Numbers, Column.Numbers, Column.Gapped) : Column.Notes;
        if (isDamaged && random.Next(2) == 0)
        {
            columns[random.Next(columns.Length)] = Pick(Column.Foreign, Column.Mixed);
            _isSound = false;
        }

        bool idIsFirst = random.Next(2) == 0;
        string[] header = id is null ? [time, .. names] : idIsFirst ? [id, time, .. names] : [time, id, .. names];
        int timeIndex = id is not null && idIsFirst ? 1 : 0;
        int idIndex = id is null ? -1 : 1 - timeIndex;
        WriteRow(header, mustQuoteComment: true);
        List<CsvRow> rows = WriteRows(header, columns, timeIndex, idIndex, isDamaged);

        bool nothingOnlyDefaults = id is null && _separator == ',' && !_declaresComments && random.Next(2) == 0;
        CsvOptions? options = nothingOnlyDefaults ? null : Options(id, random.Next(2) == 0 ? time : null);
        if (options is not null && random.Next(4) == 0 && columns.All(column => column is Column.Numbers or Column.Gapped))
            options = options with { StateColumns = names.Reverse().Take(random.Next(1, names.Length + 1)).ToArray() };
        return new CsvCase(_text.ToString(), options, _declaresComments, new CsvTable(header, rows), _isSound && rows.Count > 0);
    }

    private void ChooseComments()
    {
        _declaresComments = random.Next(3) == 0;
        _prefix = _declaresComments ? Pick<char?>('#', '%', null) : '#';
    }

    private CsvOptions Options(string? id, string? time)
    {
        var options = new CsvOptions { Separator = _separator, TrajectoryColumn = id, TimeColumn = time };
        return _declaresComments ? options with { CommentPrefix = _prefix } : options;
    }

    private string[] ChooseNames(int count)
    {
        var names = new List<string>();
        while (names.Count < count)
        {
            string name = Pick(Names);
            if (!names.Contains(name))
                names.Add(name);
        }

        return [.. names];
    }

    private void WriteHeadComments()
    {
        for (int i = random.Next(1, 3); i > 0; i--)
            WriteLine($"{Pick("", "  ")}{_prefix} made by \"hand{_separator} in 2020");
        _hasHeadComments = true;
    }

    private List<CsvRow> WriteRows(string[] header, Column[] columns, int timeIndex, int idIndex, bool isDamaged)
    {
        var rows = new List<CsvRow>();
        int count = random.Next(isDamaged ? 0 : 1, 7);
        int damagedRow = isDamaged && count > 0 ? random.Next(count) : -1;
        double now = Number();
        bool decreases = random.Next(4) == 0;
        bool isOutOfOrder = false;
        string[] ids = ["a", "#2", "b b", "7", "#N/A"];
        for (int n = 0; n < count; n++)
        {
            WriteBetweenRows();
            now = decreases ? Math.BitDecrement(Math.Min(now - random.Next(3), now)) : Math.BitIncrement(Math.Max(now + random.Next(3), now));
            if (!double.IsFinite(now))
                break;
            var cells = new CsvCell[header.Length];
            for (int i = 0, state = 0; i < cells.Length; i++)
            {
                cells[i] = i == timeIndex ? Written(now)
                    : i == idIndex ? new CsvCell(ids[random.Next(ids.Length)], null)
                    : Cell(columns[state++], n);
            }

            int firstLine = _line;
            bool hasReason = columns.Contains(Column.Foreign) || columns.Contains(Column.Mixed) || n == damagedRow || isOutOfOrder;
            if (n == damagedRow)
            {
                cells = WriteDamaged(cells, timeIndex);
                // A wrong time may show at a later one.
                isOutOfOrder = cells.Length > timeIndex && cells[timeIndex].Value != now;
            }
            else
                WriteRow([.. cells.Select(cell => cell.Text)], mustQuoteComment: true);
            rows.Add(new CsvRow(cells, firstLine, _line - 1, hasReason));
        }

        return rows;
    }

    private void WriteBetweenRows()
    {
        if (random.Next(12) == 0)
            WriteLine(Pick("", "  "));
        if (_prefix is not null && (_declaresComments || _hasHeadComments) && random.Next(12) == 0)
            WriteLine($"{_prefix} a remark{(_declaresComments ? $"{_separator}2" : "")}");
    }

    /// <summary>A row with something wrong, in the text or in what its cells say.</summary>
    private CsvCell[] WriteDamaged(CsvCell[] cells, int timeIndex)
    {
        _isSound = false;
        // Written as it is below, a row that starts with the prefix would be a comment.
        string[] texts = [.. cells.Select(cell => cell.Text.TrimStart('#'))];
        switch (random.Next(8))
        {
            case 0:
                cells = cells[..^1];
                break;
            case 1:
                cells = [.. cells, Written(5.0)];
                break;
            case 2:
                // In doubt a comment: it must not vanish.
                cells[0] = new CsvCell(Pick("#N/A 1", "#2", "#-5"), null);
                WriteRow([.. cells.Select(cell => cell.Text)], mustQuoteComment: _declaresComments && _prefix == '#');
                return cells;
            case 3:
                texts[^1] = "\"1" + texts[^1];
                WriteLine(string.Join(_separator, texts.Select(Quoted)).Replace("\"\"", "\"", StringComparison.Ordinal));
                return cells;
            case 4:
                WriteLine(string.Join(_separator, texts.Select(text => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"7")));
                return cells;
            case 5:
                cells[timeIndex] = new CsvCell(Pick("", "noon", "12:30", "NaN", "1e999", "2020-01-01"), null);
                break;
            case 6:
                cells[^1] = new CsvCell(Foreign(), null);
                break;
            default:
                cells[timeIndex] = Written(double.NegativeZero);
                break;
        }

        WriteRow([.. cells.Select(cell => cell.Text)], mustQuoteComment: true);
        return cells;
    }

    private CsvCell Cell(Column column, int row) => column switch
    {
        Column.Numbers => Written(Number()),
        Column.Gapped => row > 0 && random.Next(3) == 0 ? new CsvCell(Pick("", "", "NA", "NaN", "nan"), null) : Written(Number()),
        Column.Notes => new CsvCell(Pick(Notes), null),
        Column.Foreign => new CsvCell(Foreign(), null),
        // A number, and something else in the first row or in another one.
        _ => row == 0 ^ random.Next(4) == 0 ? new CsvCell(Pick("n/a", "", Foreign()), null) : Written(Number()),
    };

    private double Number() => random.Next(6) switch
    {
        0 => random.Next(-5, 2000),
        1 => Pick(0.0, -0.0, double.Epsilon, double.MaxValue, double.MinValue, 0.1, 1e22, 1e23, 123456789012345680, 2.2250738585072014E-308),
        2 => BitConverter.Int64BitsToDouble(random.NextInt64()) is var any && double.IsFinite(any) ? any : 1.5,
        _ => (random.NextDouble() - 0.5) * 100,
    };

    /// <summary>One of the ways to write a number that are read; none changes its value.</summary>
    private CsvCell Written(double value)
    {
        string text = value.ToString(Pick("R", "R", "G17", "E16", "e17"), CultureInfo.InvariantCulture);
        if (random.Next(8) == 0 && text[0] != '-')
            text = "+" + text;
        if (random.Next(8) == 0 && text[0] is not ('-' or '+'))
            text = "00" + text;
        if (random.Next(8) == 0 && text.StartsWith("0.", StringComparison.Ordinal))
            text = text[1..];
        if (random.Next(8) == 0 && !text.AsSpan().ContainsAny(".eE"))
            text += Pick(".", ".0", "e0");
        return new CsvCell(text, value);
    }

    /// <summary>A number in a way that is not read.</summary>
    private string Foreign()
    {
        double value = Math.Round((random.NextDouble() - 0.3) * 20_000, 2);
        string text = value.ToString("F2", CultureInfo.InvariantCulture);
        return random.Next(16) switch
        {
            0 => text.Replace('.', ','),
            1 => value.ToString("E5", CultureInfo.InvariantCulture).Replace('E', Pick('D', 'd', 'Q')),
            2 => "\u2212" + text.TrimStart('-'),
            3 => $"{random.Next(1, 999)}{Pick('\u00A0', '\u202F', '\u2009', ' ')}{random.Next(100, 999)}",
            4 => $"{random.Next(1, 9)},{random.Next(100, 999)}",
            5 => $"{random.Next(100)} %",
            6 => "$" + text,
            7 => text + " mg",
            8 => "2020-01-0" + random.Next(1, 9),
            9 => "0x1F",
            10 => string.Concat(text.Select(c => char.IsAsciiDigit(c) ? (char)(c - '0' + '\uFF10') : c)),
            11 => Pick(NotesWithDigits),
            12 => Pick("1.2.3", "--5", "1e", "(5)", "5-", "1e+", "1 2", "1_000"),
            13 => text + "\0",
            14 => "1\u00AD5",
            _ => $"{random.Next(1, 9)}.{random.Next(100, 999)},{random.Next(10, 99)}",
        };
    }

    private void WriteRow(string[] cells, bool mustQuoteComment)
    {
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
        {
            if (i > 0)
                line.Append(_separator);
            bool looksLikeComment = i == 0 && mustQuoteComment && cells[0].Length > 0 && cells[0].TrimStart()[..1] == _prefix?.ToString();
            string padding = random.Next(10) == 0 ? Pick(" ", "  ") : "";
            line.Append(padding).Append(looksLikeComment || random.Next(10) == 0 ? AlwaysQuoted(cells[i]) : Quoted(cells[i])).Append(padding);
        }

        // A row of one empty cell would be a blank line.
        WriteLine(line.ToString());
    }

    private string Quoted(string text) =>
        text.AsSpan().ContainsAny("\"\r\n\t\uFEFF") || text.Contains(_separator, StringComparison.Ordinal) || text.Length == 0
            || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]) ? AlwaysQuoted(text) : text;

    private static string AlwaysQuoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void WriteLine(string line)
    {
        _text.Append(line).Append(_lineEnd);
        _line += 1 + line.AsSpan().Count('\n');
    }

    private T Pick<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
}
