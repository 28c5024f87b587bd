// What is to become of the guests' exits: told in the log, or recorded in a file, all or some.

using System.Text;
using MinusOne.Efi.Options;
using MinusOne.Ovmf.Runner.Disk;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record TraceOption(bool IsTold, string? File, string Filter)
{
    private const string All = "on";

    public static TraceOption Read(bool isGiven, string? file, string? filter)
    {
        if (filter != null && file == null)
        {
            throw new SetUpException("--trace-filter is about a file of exits; add --trace FILE");
        }

        if (filter != null && !RecordOption.TryParse(Encoding.UTF8.GetBytes(filter), out _))
        {
            throw new SetUpException($"'{filter}' names no exits; --trace-filter takes words like "
                + "io,msr,cpuid,memory,interrupt,timer,hlt,cr,exception,apic,rip=200000-2FFFFF,reason=12");
        }

        if (file != null)
        {
            FinishedFile.CheckTarget(file);
        }

        return new(isGiven && file == null, file, filter ?? All);
    }
}
