// `gdb = on`: a debugger may come at the third serial port; `gdb = wait`: the first guest waits for it before its first
// instruction. `symbols = PATH`: what gdb is told to load, as a path of the machine where gdb runs.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static class DebugOptions
{
    public static bool TryRead(OptionText options)
    {
        if (!options.TryGet("gdb"u8, out ReadOnlySpan<byte> text) || text.SequenceEqual("off"u8))
        {
            return true;
        }

        bool waits = text.SequenceEqual("wait"u8);
        if (!waits && !text.SequenceEqual("on"u8))
        {
            Writer.Log.Text("minusone: gdb wants on, wait or off"u8).EndLine();
            return false;
        }

        if (!DebuggerPort.TryOpen())
        {
            Writer.Log.Text("minusone: a debugger is spoken to at the third serial port (3E8h), and there is none; "u8)
                .Text("leave out gdb, or give the machine a COM3"u8).EndLine();
            return false;
        }

        options.TryGet("symbols"u8, out ReadOnlySpan<byte> file);
        RunCommand.Debugger.Server.SetProgram(file);
        RunCommand.Debugger.IsOn = true;
        RunCommand.Debugger.WaitsAtStart = waits;
        return true;
    }
}
