// How the first section of a snapshot is filled in, compared with the guest that is there, and what it says of a guest
// that is still to be made.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotGuest
{
    // Rates that differ by less than one in so many are one, measured twice.
    private const ulong RateTolerance = 1024;

    // A TSC that is worked out counts at least so fast, and at most so many times as fast as the processor's, or as
    // slow.
    private const ulong LeastRate = 1_000_000;
    private const ulong MostRatio = 64;

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
        image.TscHertz = vm->Board.Tsc != null ? vm->Board.Tsc->Hertz : vm->Machine->TscHertz;
        image.Now = now;
        if (vm->Slot != null)
        {
            image.SetOrder(VmSlot.Of(vm));
        }

        return image;
    }

    private void SetOrder(VmSlot* slot)
    {
        ref DeviceOrder devices = ref slot->Settings.Files.Devices;
        IsFile = (slot->Config.Flags & VmFeatures.Kernel) != 0 && slot->Config.Image == null ? 1u : 0;
        Network = devices.Network;
        Rng = (uint)devices.Rng;
        Balloon = (uint)devices.Balloon;
        BalloonPages = devices.BalloonPages;
        Console = (uint)devices.Console;
        ReadOnlySpan<byte> name = slot->Name;
        for (int i = 0; i < name.Length && i < LongestName; i++)
        {
            Name[i] = name[i];
        }
    }

    // False: the bytes do not begin as a snapshot does.
    public static bool TryPeek(FileBytes file, out SnapshotGuest guest)
    {
        fixed (byte* start = file.Span)
        fixed (SnapshotGuest* to = &guest)
        {
            var reader = SnapshotReader.Of(start, file.Length);
            *to = default;
            return reader.Begin() == SnapshotTrouble.None
                && reader.Next(out SnapshotSection kind, out _) == SnapshotTrouble.None
                && kind == SnapshotSection.Guest
                && reader.Read(to, sizeof(SnapshotGuest)) == SnapshotTrouble.None
                && reader.End() == SnapshotTrouble.None;
        }
    }

    // A guest that is to go on from it gets what it had, as far as nothing else is said.
    public readonly void Order(ref RunSettings settings)
    {
        ref DeviceOrder devices = ref settings.Files.Devices;
        settings.IsOwnFile |= IsFile != 0;
        settings.Hypervisor = settings.Hypervisor == HypervisorKind.Usual && Hypervisor <= (uint)HypervisorKind.None
            ? (HypervisorKind)Hypervisor : settings.Hypervisor;
        devices.Network = devices.Network == 0 ? (byte)Network : devices.Network;
        devices.Rng = devices.Rng == Choice.Usual && Rng == (uint)Choice.Yes ? Choice.Yes : devices.Rng;
        if (devices.Balloon == Choice.Usual && Balloon == (uint)Choice.Yes)
        {
            devices.Balloon = Choice.Yes;
            devices.BalloonPages = BalloonPages;
        }

        devices.Console = devices.Console == ConsoleKind.Usual && Console <= (uint)ConsoleKind.SerialOfBoth
            ? (ConsoleKind)Console : devices.Console;
    }

    public readonly bool HasRateOf(ulong hertz) =>
        (TscHertz > hertz ? TscHertz - hertz : hertz - TscHertz) <= hertz / RateTolerance;

    // Its TSC can be made to count as it did on one of this rate. A clock that is KVM's would count on by itself.
    public readonly bool CanKeepRate(ulong hertz) =>
        (HypervisorKind)Hypervisor != HypervisorKind.Kvm && TscHertz >= LeastRate
        && TscHertz <= hertz * MostRatio && hertz <= TscHertz * MostRatio;

    // None: the guest that is there is one like it, and what is not alike about the processors can be made up for.
    public readonly SnapshotTrouble Compare(Vm* vm)
    {
        var own = Of(vm, 0);
        bool keepsRate = CanKeepRate(own.TscHertz) && vm->Slot != null
            && (VmSlot.Of(vm)->Config.Controls.PrimarySet & (uint)PrimaryControls.RdtscExiting) != 0;
        return IsPc != own.IsPc || Hypervisor != own.Hypervisor ? SnapshotTrouble.OtherKind
            : Vcpus != own.Vcpus ? SnapshotTrouble.OtherProcessors
            : MemoryBytes != own.MemoryBytes ? SnapshotTrouble.OtherMemory
            : !HasRateOf(own.TscHertz) && !keepsRate ? SnapshotTrouble.OtherClock
            : SnapshotTrouble.None;
    }
}
