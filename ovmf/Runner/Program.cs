// Host tool behind `./build.sh run`. It takes the words after `run`, and turns whatever goes wrong into one line on
// stderr.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using MinusOne.Ovmf.Runner.Disk;
using MinusOne.Ovmf.Runner.Guests;
using MinusOne.Ovmf.Runner.Linux;
using MinusOne.Ovmf.Runner.Options;
using MinusOne.Ovmf.Runner.Terminals;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            return arguments is ["run", ..] ? Run(arguments[1..])
                : arguments is ["trace", ..] ? TraceCommand.Run(arguments[1..])
                : arguments is ["initrd", string folder, string target] ? WriteInitrd(folder, target)
                : throw new SetUpException("the first word must be 'run'; ./build.sh run --help");
        }
        catch (Exception error) when (error is SetUpException or IOException or UnauthorizedAccessException)
        {
            return Fail(ExitStatus.SetUp, error.Message, arguments);
        }
        catch (Exception error)
        {
            string what = $"{error.GetType().Name}: {error.Message} {error.StackTrace?.Trim()}";
            return Fail(ExitStatus.Failed, $"internal error: {what}", arguments);
        }
    }

    private static int WriteInitrd(string folder, string target)
    {
        InitialFiles.Write(folder, target);
        return ExitStatus.Success;
    }

    private static int Run(IReadOnlyList<string> words)
    {
        var command = new RunCommand();
        if (command.IsHelp(words))
        {
            Console.Out.Write(command.Help());
            return ExitStatus.Success;
        }

        Catalogue catalogue = Catalogue.Load(Repository.File("out", "guests.tsv"));
        if (!command.Parse(words, catalogue, out RunOptions options))
        {
            GuestTable.Print(catalogue.Rows);
            return ExitStatus.Success;
        }

        return Session.Run(options);
    }

    private static int Fail(int status, string message, string[] arguments)
    {
        string command = arguments is ["trace", ..] ? "trace" : "run";
        Descriptor.Error.Write(Encoding.UTF8.GetBytes($"{command}: {message.ReplaceLineEndings(" ")}\n"));
        return status;
    }
}
