// What exits cost, seen from inside: one image that every machine can start at 0x1000 in real mode, this hypervisor, a
// KVM program of a few lines, or a boot sector. It goes to long mode by itself, takes the rows of BenchRows one after
// the other, and prints `bench: NAME TICKS` for each: the median of the row's samples by RDTSC, less what the sampling
// itself costs.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Bench;

internal static class BenchGuest
{
    // It lies behind the tables and the stack of Layout; a flat image for others begins where the sample of C1 does.
    private const ulong Start16 = 0x1000;

    public const ulong MemoryBytes = 0x200_0000;

    public static Guest Guest { get; } = new(
        "bench", "", "what exits cost, in ticks, measured from inside",
        new GuestConfig(Image())
        {
            MemoryBytes = MemoryBytes,
            Flags = VmFeatures.Pc,
            Rax = 2,
            Rbx = 2,
        })
    {
        IsExact = true,
    };

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Start16);
        GuestCode real = builder.AddPart(16);
        GuestCode flat = builder.AddPart(32, Layout.Image);
        GuestCode wide = builder.AddPart(64);
        real.Code.cli();
        real.Code.mov(esp, Layout.StackTop);
        Start.ToProtectedMode(real, flat.Here());
        Start.LoadDataSegments(flat.Code);
        Start.ToLongMode(flat, wide.Here());
        wide.PollLineStatus = true;
        Body(wide);
        return builder.Build(StartMode.Real);
    }

    private static void Body(GuestCode part)
    {
        var sampler = new Sampler(part);
        var rows = new BenchRows(part);
        rows.Prepare();
        sampler.Calibrate();
        foreach (BenchRow row in rows.All)
        {
            sampler.Measure(row);
        }

        sampler.Finish();
    }
}
