using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace NeuralOde.Samples;

/// <summary>What the samples' command lines have in common: options that explain a mistake in one line.</summary>
internal static class CommandLine
{
    private const int Failure = 1;
    private const int WrongOption = 2;

    /// <summary>The exit code of a run that Ctrl-C ended early, as shells report it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs a sample, or prints what --help and --version ask for, or says in one line on the error stream what is wrong.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(RootCommand command, string[] arguments, Func<ParseResult, int> run)
    {
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            Console.Error.WriteLine($"{OnOneLine(parsed.Errors[0].Message)} Try --help.");
            return WrongOption;
        }

        bool asksForHelpOrVersion = parsed.Action is not null;
        try
        {
            return asksForHelpOrVersion ? parsed.Invoke() : run(parsed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CsvFormatException or InvalidDataException or OdeSolverException or DivergedException)
        {
            Console.Error.WriteLine(OnOneLine(e.Message));
            return Failure;
        }
    }

    /// <summary>An option that takes a name of an enumeration, in lower case; the first name is the default.</summary>
    public static Option<T> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        string[] choices = [.. Enum.GetNames<T>().Select(choice => choice.ToLowerInvariant())];
        return new Option<T>(name)
        {
            Description = $"{description} [default: {choices[0]}]",
            HelpName = string.Join('|', choices),
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (choices.Contains(text))
                    return Enum.Parse<T>(text, ignoreCase: true);
                argument.AddError($"{name} is '{text}', but must be {string.Join(", ", choices[..^1])} or {choices[^1]}.");
                return default;
            },
        };
    }

    /// <summary>An option that takes a number.</summary>
    /// <param name="name">The option, with its dashes.</param>
    /// <param name="defaultValue">Its value where it is not given.</param>
    /// <param name="isAllowed">Whether a value makes sense.</param>
    /// <param name="requirement">The same in words, to follow "must be".</param>
    /// <param name="description">For --help.</param>
    public static Option<T> Number<T>(string name, T defaultValue, Func<T, bool> isAllowed, string requirement, string description)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = argument => ParseNumber(name, argument, isAllowed, requirement) ?? default,
        };

    /// <summary>As <see cref="Number"/>, for a number whose default depends on other options: null where it is not given.</summary>
    public static Option<T?> OptionalNumber<T>(string name, Func<T, bool> isAllowed, string requirement, string description)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = argument => ParseNumber(name, argument, isAllowed, requirement),
        };

    /// <summary>Makes the output folder and tries to write there, so that a mistake shows before the training and not after it.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written to.</exception>
    public static void PrepareFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (FileNotFoundException e)
        {
            throw new IOException($"The folder '{folder}' cannot be made here.", e);
        }

        string probe = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    }

    private static T? ParseNumber<T>(string name, ArgumentResult argument, Func<T, bool> isAllowed, string requirement)
        where T : struct, INumber<T>
    {
        string text = argument.Tokens[0].Value;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out T number) && isAllowed(number))
            return number;
        argument.AddError($"{name} is '{text}', but must be {requirement}.");
        return null;
    }

    private static string OnOneLine(string message) => Regex.Replace(message, @"\s+", " ");
}
