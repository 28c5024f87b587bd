// What is known against this kind of processor, a line each, and how this one stands: what `check` prints.
namespace MinusOne.Hv.Report;

internal static class WeaknessTable
{
    private const int HaveColumn = 40;

    public static void Print(in Speculation speculation)
    {
        for (Weakness weakness = 0; weakness <= Weakness.PageSizes; weakness++)
        {
            WeaknessState state = speculation.StateOf(weakness);
            Writer line = Writer.Console.Text(Name(weakness)).To(HaveColumn).Text(state switch
            {
                WeaknessState.NotAffected => "not affected"u8,
                WeaknessState.Handled => "handled: "u8,
                _ => "vulnerable: "u8,
            });
            line.Text(state switch
            {
                WeaknessState.NotAffected => default,
                WeaknessState.Handled => How(weakness, speculation.Guards),
                _ => Why(weakness),
            }).EndLine();
        }
    }

    // Their finders called them so.
    private static ReadOnlySpan<byte> Name(Weakness weakness) => weakness switch
    {
        Weakness.BoundsCheck => "Spectre v1 (bounds checks)"u8,
        Weakness.BranchTargets => "Spectre v2 (branch targets)"u8,
        Weakness.ReturnTargets => "Retbleed, SRSO (returns)"u8,
        Weakness.Meltdown => "Meltdown"u8,
        Weakness.StoreBypass => "Spectre v4 (store bypass)"u8,
        Weakness.CacheOfLevel1 => "L1TF (level 1 cache)"u8,
        Weakness.Buffers => "MDS, TSA (buffers)"u8,
        Weakness.Transactions => "TAA (aborted transactions)"u8,
        Weakness.StaleDevices => "MMIO stale data"u8,
        Weakness.RegisterFile => "RFDS (register file)"u8,
        Weakness.Gathering => "Downfall (gathering)"u8,
        _ => "page sizes (ITLB multihit)"u8,
    };

    private static ReadOnlySpan<byte> How(Weakness weakness, SpeculationGuards guards) => weakness switch
    {
        Weakness.BranchTargets when (guards & SpeculationGuards.Restriction) != 0 =>
            "a barrier (IBPB) between guests, the hypervisor restricted"u8,
        Weakness.BranchTargets or Weakness.ReturnTargets =>
            "a barrier (IBPB) between guests, none before the hypervisor"u8,
        Weakness.CacheOfLevel1 => "the cache is flushed between guests"u8,
        Weakness.Buffers or Weakness.Transactions or Weakness.RegisterFile => "VERW between guests"u8,
        Weakness.Meltdown => "guests have tables of their own"u8,
        Weakness.StaleDevices => "no guest reaches a device"u8,
        Weakness.Gathering => "by microcode"u8,
        _ => "guests have small pages for code"u8,
    };

    private static ReadOnlySpan<byte> Why(Weakness weakness) => weakness switch
    {
        Weakness.BoundsCheck => "nothing here masks an index"u8,
        Weakness.StoreBypass => "guests are offered nothing against it"u8,
        _ => "this microcode offers nothing, or mitigations = off"u8,
    };
}
