using System.Text;
using static System.FormattableString;

namespace NeuralOde;

// To and from CSV.
public sealed partial class TrajectoryDataset
{
    /// <summary>Reads a CSV file whose first column is the time and whose other numeric columns are the state.</summary>
    /// <inheritdoc cref="FromCsv(string, CsvOptions?)"/>
    public static TrajectoryDataset FromCsv(string path) => FromCsv(path, options: null);

    /// <summary>Reads a CSV file in UTF-8, of the form that the options describe; gaps become NaN.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="options">Which columns to read and how; if null, the first line is the header, the first column the time and every other numeric column a state.</param>
    /// <returns>The observations, one trajectory per id where <see cref="CsvOptions.TrajectoryColumn"/> is given, in order of first
    /// appearance.</returns>
    /// <exception cref="CsvFormatException">The content is not usable: the message has line, column, column name and cell.</exception>
    /// <exception cref="ArgumentException">The options are contradictory or name a column that the file does not have.</exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static TrajectoryDataset FromCsv(string path, CsvOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using TextReader reader = OpenCsv(path);
        return TrajectoryCsvReader.Read(reader, options ?? new CsvOptions(), source: path);
    }

    /// <summary>Reads CSV files that hold the trajectories of one system, such as a file per experiment.</summary>
    /// <inheritdoc cref="FromCsv(IEnumerable{string}, CsvOptions?)"/>
    public static TrajectoryDataset FromCsv(IEnumerable<string> paths) => FromCsv(paths, options: null);

    /// <summary>
    /// Reads CSV files that hold the trajectories of one system, such as a file per experiment: each as <see cref="FromCsv(string,
    /// CsvOptions?)"/> would.
    /// </summary>
    /// <remarks>A column is a state in all files if it holds numbers in one. The same id in two files stands for two trajectories.</remarks>
    /// <param name="paths">The files to read, at least one.</param>
    /// <param name="options">Which columns to read and how, for all files; null for the defaults.</param>
    /// <returns>The trajectories, in the order of the files.</returns>
    /// <exception cref="CsvFormatException">The content is not usable: the message has file, line, column, column name and cell.</exception>
    /// <exception cref="ArgumentException">There are no files, the options are contradictory, or they name a column that a file does not
    /// have.</exception>
    /// <exception cref="IOException">A file does not exist or cannot be read.</exception>
    public static TrajectoryDataset FromCsv(IEnumerable<string> paths, CsvOptions? options)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string[] files = [.. paths];
        if (files.Length == 0)
            throw new ArgumentException("paths is empty; a dataset has at least one file.", nameof(paths));
        for (int i = 0; i < files.Length; i++)
        {
            if (string.IsNullOrEmpty(files[i]))
                throw new ArgumentException(Invariant($"paths[{i}] is {(files[i] is null ? "null" : "empty")}."), nameof(paths));
        }

        return TrajectoryCsvReader.Read(files, options ?? new CsvOptions(), OpenCsv);
    }

    /// <summary>Reads CSV text of the form that the options describe; gaps become NaN.</summary>
    /// <param name="reader">The text, read to its end and not disposed.</param>
    /// <param name="options">Which columns to read and how; if null, the first line is the header, the first column the time and every other numeric column a state.</param>
    /// <returns>The observations, one trajectory per id where <see cref="CsvOptions.TrajectoryColumn"/> is given, in order of first
    /// appearance.</returns>
    /// <exception cref="CsvFormatException">The content is not usable: the message has line, column, column name and cell.</exception>
    /// <exception cref="ArgumentException">The options are contradictory or name a column that the text does not have.</exception>
    public static TrajectoryDataset FromCsv(TextReader reader, CsvOptions? options)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return TrajectoryCsvReader.Read(reader, options ?? new CsvOptions(), source: "CSV");
    }

    /// <summary>Writes all trajectories as one UTF-8 CSV file with the default separator and column names.</summary>
    /// <inheritdoc cref="WriteCsv(string, CsvOptions?)"/>
    public void WriteCsv(string path) => WriteCsv(path, options: null);

    /// <summary>
    /// Writes all trajectories as one UTF-8 CSV file that <see cref="FromCsv(string, CsvOptions?)"/> reads back bit for bit. An existing file is
    /// replaced in one step, or left as it was if writing fails.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Columns: an id counting from 0 (if there are several trajectories or <see cref="CsvOptions.TrajectoryColumn"/> is set; called
    /// <c>trajectory</c> by default), the time (<c>time</c> by default), and the states (<see cref="StateNames"/> or <c>x1, x2, …</c> by default).
    /// To read several trajectories back as several, set <see cref="CsvOptions.TrajectoryColumn"/>.
    /// </para>
    /// <para>
    /// What was not observed is an empty cell. A component that was observed nowhere is written as NaN, and read back where <see
    /// cref="CsvOptions.StateColumns"/> names it.
    /// </para>
    /// <para>
    /// Inputs and weights are written where the options name columns for them. Of an input these are the values at the observations: it reads
    /// back as the same
    /// function if it has no others and the options have its interpolation. An empty list leaves inputs or weights out; without a list, a
    /// dataset that has them is refused.
    /// </para>
    /// </remarks>
    /// <param name="path">The file to write.</param>
    /// <param name="options">The separator and the column names; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options do not fit the dataset: wrong number of names, a name empty or used twice.</exception>
    /// <exception cref="IOException">The file cannot be written, is read-only, or is no regular file: no folder, device or pipe.</exception>
    public void WriteCsv(string path, CsvOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            WriteCsv(writer, options);
        });
    }

    /// <summary>Writes all trajectories as CSV text, in the form that <see cref="WriteCsv(string, CsvOptions?)"/> describes.</summary>
    /// <param name="writer">Where the text goes; not disposed.</param>
    /// <param name="options">The separator and the column names; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options do not fit the dataset: wrong number of names, a name empty or used twice.</exception>
    public void WriteCsv(TextWriter writer, CsvOptions? options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        TrajectoryCsvWriter.Write(this, writer, options ?? new CsvOptions());
    }

    private static TextReader OpenCsv(string path) => new StreamReader(FileKind.OpenToRead(path), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
}
