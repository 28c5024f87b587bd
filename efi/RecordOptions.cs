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
        if (options.TryGet("record"u8, out ReadOnlySpan<byte> text))
        {
            bool isGood = RecordOption.TryParse(text, out ExitFilter filter);
            if (!isGood)
            {
                Writer.Log.Text("minusone: record = "u8).Text(text)
                    .Text(" names no exits: say on, or words like io,msr,rip=200000-2FFFFF,reason=12; none is"u8)
                    .Text(" recorded\n"u8);
            }
            else if (filter.IsOn && HasPort("exits are"u8))
            {
                settings.Record = filter;
            }
        }

        settings.SamplesASecond = Samples(options);
    }

    private static uint Samples(OptionText options)
    {
        if (!options.TryGet("profile"u8, out ReadOnlySpan<byte> text))
        {
            return 0;
        }

        if (!Number.TryParse(text, out ulong rate) || rate > TraceFormat.MostSamplesASecond)
        {
            Writer.Log.Text("minusone: profile = "u8).Text(text)
                .Text(" is no number of samples a second, which is at most "u8).Decimal(TraceFormat.MostSamplesASecond)
                .Text("; none is taken"u8).EndLine();
            return 0;
        }

        return rate != 0 && HasPort("a profile is"u8) ? (uint)rate : 0;
    }

    private static bool HasPort(ReadOnlySpan<byte> what)
    {
        bool isThere = RecordPort.TryOpen();
        if (!isThere)
        {
            Writer.Log.Text("minusone: "u8).Text(what)
                .Text(" recorded by the serial port at 2E8h (COM4), and there is none; none is recorded\n"u8);
        }

        return isThere;
    }
}
