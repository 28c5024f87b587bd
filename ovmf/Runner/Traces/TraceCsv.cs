// A trace for spreadsheets: RFC 4180, a header, numbers of addresses in hexadecimal.

using System;
using System.IO;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TraceCsv
{
    public static void Write(TextWriter output, TraceData data, SymbolNames names)
    {
        output.Write("time,seconds,guest,processor,reason,exit,rip,function,about,qualification,cr3,ticks,then\r\n");
        foreach (TraceExit exit in data.Exits)
        {
            output.Write(string.Join(',',
                exit.Time, data.Seconds(exit.Time).ToString("F9"), Quoted(data.GuestOf(exit).Name), exit.Processor,
                exit.Reason, Quoted(ExitWords.Reason(exit.Reason, data.IsSvm)), ExitWords.Hex(exit.Rip),
                Quoted(names.Of(exit.Rip)), Quoted(ExitWords.Subject(exit, data.IsSvm)),
                ExitWords.Hex(exit.Qualification), ExitWords.Hex(exit.Cr3), exit.Ticks, ExitWords.Then(exit.Verdict)));
            output.Write("\r\n");
        }
    }

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
