// The shell: reads a line, runs what it names, says how that ended if it did not end well. It is the first program, and
// an ordinary one: everything it does is a system call.

using System;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.User;

namespace MinusOne.Guests.Kernel.Shell;

internal static unsafe class ShellProgram
{
    public static int Run()
    {
        while (true)
        {
            if (Terminal.TryReadLine(out ReadOnlySpan<byte> line) && !CommandLine.Trim(line).IsEmpty)
            {
                Execute(line);
            }
        }
    }

    public static void RunAndReport(ReadOnlySpan<byte> program)
    {
        CommandLine command = default;
        command.Program = program;
        Report(program, Start(command, -1, -1, -1));
    }

    private static void Execute(ReadOnlySpan<byte> line)
    {
        if (!CommandLine.TryParse(line, out CommandLine command))
        {
            Writer.Console.Text("shell: something is missing beside | or >\n"u8);
            return;
        }

        if (command.Rest.IsEmpty)
        {
            Report(command.Program, Start(command, -1, -1, -1));
            return;
        }

        if (!CommandLine.TryParse(command.Rest, out CommandLine second) || !second.Rest.IsEmpty)
        {
            Writer.Console.Text("shell: one | is all there is\n"u8);
            return;
        }

        int* ends = stackalloc int[2];
        if (Sys.Call(Call.Pipe, (ulong)ends) < 0)
        {
            Writer.Console.Text("shell: no pipe\n"u8);
            return;
        }

        int writer = Start(command, -1, ends[1], ends[0]);
        Sys.Close(ends[1]);
        int reader = Start(second, ends[0], -1, -1);
        Sys.Close(ends[0]);
        Report(command.Program, writer);
        Report(second.Program, reader);
    }

    // The child's id. Its input, its output and what it must not keep open: -1 for as it is.
    private static int Start(in CommandLine command, int input, int output, int other)
    {
        int child = Sys.Fork();
        if (child != 0)
        {
            return child;
        }

        Take(input, 0);
        Take(output, 1);
        Take(other, -1);
        if (!command.File.IsEmpty)
        {
            long file = Sys.Open(command.File, command.Mode);
            if (file < 0)
            {
                Fail(command.File, "cannot be written"u8);
            }

            Take((int)file, 1);
        }

        long error = Sys.Call(Call.Exec, Sys.Address(command.Program), (ulong)command.Program.Length);
        Fail(Arguments.FirstWord(command.Program),
            error == (long)CallError.OutOfMemory ? "out of memory"u8 : "no such program; type help"u8);
        return 0;
    }

    private static void Take(int handle, int place)
    {
        if (handle >= 0)
        {
            if (place >= 0)
            {
                Sys.Call(Call.Duplicate, (ulong)handle, (ulong)place);
            }

            Sys.Close(handle);
        }
    }

    private static void Fail(ReadOnlySpan<byte> name, ReadOnlySpan<byte> what)
    {
        Writer.Console.Text(name).Text(": "u8).Text(what).EndLine();
        Sys.Exit(127);
    }

    private static void Report(ReadOnlySpan<byte> line, int child)
    {
        ExitReport report = child < 0 ? new ExitReport { Kind = ExitKind.OutOfMemory } : Sys.Wait(child);
        if (report.Kind == ExitKind.Returned)
        {
            return;
        }

        Writer writer = Writer.Console.Text(Arguments.FirstWord(line)).Text(": "u8);
        switch (report.Kind)
        {
            case ExitKind.OutOfMemory:
                writer.Text("out of memory"u8).EndLine();
                return;
            case ExitKind.Interrupted:
                writer.Text("interrupted"u8).EndLine();
                return;
        }

        writer.Text("ended by "u8).Text(Name((ExceptionVector)report.Vector));
        if (report.Vector == (uint)ExceptionVector.PageFault)
        {
            var error = (PageFaultError)report.ErrorCode;
            writer.Text((error & PageFaultError.Fetch) != 0 ? ": execute "u8
                : (error & PageFaultError.Write) != 0 ? ": write "u8 : ": read "u8).Hex(report.Address);
        }

        writer.Text(", at "u8).Hex(report.Rip).EndLine();
    }

    private static ReadOnlySpan<byte> Name(ExceptionVector vector) => vector switch
    {
        ExceptionVector.DivideError => "a divide error"u8,
        ExceptionVector.InvalidOpcode => "an invalid opcode"u8,
        ExceptionVector.GeneralProtection => "general protection"u8,
        ExceptionVector.PageFault => "a page fault"u8,
        ExceptionVector.SimdFault => "a SIMD exception"u8,
        _ => "an exception"u8,
    };
}
