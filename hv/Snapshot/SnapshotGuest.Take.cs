// How the first section of a snapshot is filled in, and compared with the guest that is there.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotGuest
{
    // In CPUID.1: whether the local APIC is on, whether XSAVE is, and the number of the processor.
    private const uint Apic = 1u << 9;
    private const uint OsXsave = 1u << 27;
    private const uint ApicId = 0xFF00_0000;

    // Rates that differ by less than one in so many are one, measured twice.
    private const ulong RateTolerance = 64;

    public static SnapshotGuest Of(Vm* vm, ulong now)
    {
        SnapshotGuest image = default;
        foreach (ref readonly GuestExtent extent in vm->Memory.Extents)
        {
            image.MemoryBytes += extent.Backing == GuestBacking.Nothing ? 0 : extent.Length;
        }

        image.Vcpus = (uint)vm->VcpuCount;
        image.Hypervisor = (uint)vm->Board.Hypervisor;
        image.IsPc = vm->Board.IsPc ? 1u : 0;
        image.IsAmd = vm->Machine->Facts.Processor.IsAmd ? 1u : 0;
        image.States = (ulong)XsaveRules.Allowed;
        image.TscHertz = vm->Machine->TscHertz;
        image.Now = now;
        image.SetFeatures(vm);
        ReadOnlySpan<byte> name = vm->Slot == null ? default : VmSlot.Of(vm)->Name;
        for (int i = 0; i < name.Length && i < LongestName; i++)
        {
            image.Name[i] = name[i];
        }

        return image;
    }

    // What changes while the guest runs is left out.
    private void SetFeatures(Vm* vm)
    {
        CpuidExits.Answer(vm, vm->First, 1, 0, out CpuidResult first);
        CpuidExits.Answer(vm, vm->First, 7, 0, out CpuidResult second);
        Features[0] = first.Eax;
        Features[1] = first.Ebx & ~ApicId;
        Features[2] = first.Ecx & ~OsXsave;
        Features[3] = first.Edx & ~Apic;
        Features[4] = second.Eax;
        Features[5] = second.Ebx;
        Features[6] = second.Ecx;
        Features[7] = second.Edx;
    }

    // None: the guest that is there is one like it.
    public readonly SnapshotTrouble Compare(Vm* vm)
    {
        var own = Of(vm, 0);
        bool hasFeatures = States == own.States;
        for (int i = 0; i < 8; i++)
        {
            hasFeatures &= Features[i] == own.Features[i];
        }

        ulong difference = TscHertz > own.TscHertz
            ? TscHertz - own.TscHertz : own.TscHertz - TscHertz;
        return IsAmd != own.IsAmd ? SnapshotTrouble.OtherMaker
            : IsPc != own.IsPc || Hypervisor != own.Hypervisor ? SnapshotTrouble.OtherKind
            : Vcpus != own.Vcpus ? SnapshotTrouble.OtherProcessors
            : MemoryBytes != own.MemoryBytes ? SnapshotTrouble.OtherMemory
            : !hasFeatures ? SnapshotTrouble.OtherFeatures
            : difference > own.TscHertz / RateTolerance ? SnapshotTrouble.OtherClock
            : SnapshotTrouble.None;
    }
}
