// What is told of exits: each in words in the log, or those that are asked for in binary, by a port for them.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static class RecordOptions
{
    public static void Read(OptionText options, ref RunSettings settings)
    {
        settings.Trace = OptionValues.IsOn(options, "trace"u8, otherwise: false);
        settings.Record = default;
        if (!options.TryGet("record"u8, out ReadOnlySpan<byte> text))
        {
            return;
        }

        if (!RecordOption.TryParse(text, out ExitFilter filter))
        {
            Writer.Log.Text("minusone: record = "u8).Text(text)
                .Text(" names no exits: say on, or words like io,msr,rip=200000-2FFFFF,reason=12; none is"u8)
                .Text(" recorded\n"u8);
        }
        else if (filter.IsOn && !RecordPort.TryOpen())
        {
            Writer.Log.Text("minusone: exits are recorded by the serial port at 2E8h (COM4), and there is none; "u8)
                .Text("none is recorded\n"u8);
        }
        else
        {
            settings.Record = filter;
        }
    }
}
