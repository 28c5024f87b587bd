// One way through a snapshot, section by section: first only to look, then to give the guest what is in it. Both go the
// same way, so that nothing is given that was not looked at.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotWalk
{
    // Ten years: what its clock tells stays in the range of any TSC.
    private const ulong LongestLife = 10UL * 366 * 86_400 * GuestClock.Hertz;

    public Vm* Vm;
    public SnapshotReader Reader;

    // A page.
    public byte* Scratch;

    // When something is given: pages that are in no section, the processor that is loaded, and the TSC at which the
    // guest was stopped.
    public KeptPages* Pages;
    public Vcpu* Loaded;
    public ulong Tsc;
    public bool IsGiven;

    private uint _sections;
    private uint _processors;
    private uint _areas;
    private uint _apics;
    private uint _boards;

    // A bit for each slot whose device has come.
    private uint _slots;

    // How many have been told, with content or without: no more than there are.
    private ulong _pages;

    // A bit for each processor that had been started.
    private uint _started;
    private SnapshotGuest _guest;

    // The maker that the guest has seen is not this processor's; it may have moved before.
    private bool _seesOther;

    public SnapshotTrouble Run()
    {
        SnapshotTrouble trouble = Reader.Begin();
        SnapshotSection kind = default;
        while (trouble == SnapshotTrouble.None && kind != SnapshotSection.End)
        {
            trouble = Reader.Next(out kind, out int length);
            _sections++;
            bool isInPlace = (_sections == 1) == (kind == SnapshotSection.Guest)
                && (_sections == 2) == (kind == SnapshotSection.Leaves);
            trouble = trouble != SnapshotTrouble.None ? trouble
                : isInPlace ? Take(kind, length)
                : SnapshotTrouble.Damaged;
            trouble = trouble == SnapshotTrouble.None ? Reader.End() : trouble;
        }

        bool isWhole = _processors == Vm->VcpuCount && _areas == _processors && _apics == _processors && _boards == 1
            && Reader.IsAtEnd;
        trouble = trouble != SnapshotTrouble.None ? trouble
            : !isWhole ? SnapshotTrouble.Damaged
            : _slots != Slots ? SnapshotTrouble.OtherDevices
            : SnapshotTrouble.None;
        if (trouble == SnapshotTrouble.None && IsGiven)
        {
            Finish();
        }

        return trouble;
    }

    private SnapshotTrouble Take(SnapshotSection kind, int length) => kind switch
    {
        SnapshotSection.Guest => TakeGuest(),
        SnapshotSection.Leaves => TakeLeaves(),
        SnapshotSection.Processor => TakeProcessor(),
        SnapshotSection.Extended => TakeArea(),
        SnapshotSection.Apic => TakeApic(),
        SnapshotSection.Board => TakeBoard(),
        SnapshotSection.Device => TakeDevice(),
        SnapshotSection.Page when Counts(1) =>
            PageSections.Load(ref Reader, length, &Vm->Memory, Scratch, IsGiven),
        SnapshotSection.Zeroes => TakeZeroes(),
        SnapshotSection.End => TakeEnd(),
        _ => SnapshotTrouble.Damaged,
    };

    private SnapshotTrouble TakeGuest()
    {
        SnapshotGuest guest;
        SnapshotTrouble trouble = Reader.Read(&guest, sizeof(SnapshotGuest));
        trouble = trouble == SnapshotTrouble.None ? guest.Compare(Vm) : trouble;
        trouble = trouble == SnapshotTrouble.None && guest.Now > LongestLife ? SnapshotTrouble.Damaged : trouble;
        _guest = guest;
        if (trouble == SnapshotTrouble.None && IsGiven)
        {
            Vm->HeldUntil = 0;
            Vm->Board.Clock.Set(guest.Now, Tsc);
            bool isThere = GuestSnapshot.TryKeepRate(Vm, in guest, Tsc) && PageSections.TryClear(ref Vm->Memory)
                && (Pages == null || Pages->TryGive(&Vm->Memory));
            trouble = isThere ? trouble : SnapshotTrouble.BrokenOff;
        }

        return trouble;
    }

    private SnapshotTrouble TakeLeaves()
    {
        SeenLeaves leaves;
        SnapshotTrouble trouble = Reader.Read(&leaves, sizeof(SeenLeaves));
        _seesOther = leaves.IsAmd != Vm->Machine->Facts.Processor.IsAmd;
        trouble = trouble != SnapshotTrouble.None ? trouble
            : _seesOther && Vm->Board.Hypervisor == HypervisorKind.Kvm ? SnapshotTrouble.OtherMaker
            : leaves.Compare(Vm);
        return trouble == SnapshotTrouble.None && IsGiven && !leaves.TryShow(Vm) ? SnapshotTrouble.BrokenOff : trouble;
    }

    // Its area comes before it is loaded.
    private SnapshotTrouble TakeProcessor()
    {
        ProcessorImage image;
        SnapshotTrouble trouble = Reader.Read(&image, sizeof(ProcessorImage));
        uint index = _processors++;
        if (trouble != SnapshotTrouble.None || index >= (uint)Vm->VcpuCount || !image.IsSound(Vm->At((int)index)))
        {
            return trouble == SnapshotTrouble.None ? SnapshotTrouble.Damaged : trouble;
        }

        if (image.HasSysenter && _seesOther)
        {
            return SnapshotTrouble.OtherMaker;
        }

        if (IsGiven)
        {
            image.Give(Vm->At((int)index), Tsc, IsForeign);
            ExitMemory.Of(Vm->At((int)index))->Sites = default;
            _started |= image.IsStarted ? 1u << (int)index : 0;
            SetStarted(Vm->At((int)index), image.IsStarted);
        }

        return trouble;
    }

    private SnapshotTrouble TakeArea()
    {
        SnapshotTrouble trouble = Reader.Read(Scratch, SnapshotFormat.PageBytes);
        uint index = _areas++;
        if (trouble != SnapshotTrouble.None || index != _processors || index >= (uint)Vm->VcpuCount
            || !ProcessorImage.IsSoundArea(Scratch))
        {
            return trouble == SnapshotTrouble.None ? SnapshotTrouble.Damaged : trouble;
        }

        if (IsGiven)
        {
            VcpuSwitch.Unload(Vm->Processor);
            new Span<byte>(Scratch, SnapshotFormat.PageBytes)
                .CopyTo(new Span<byte>(Vm->At((int)index)->StateArea.Pointer, SnapshotFormat.PageBytes));
        }

        return trouble;
    }

    private SnapshotTrouble TakeApic()
    {
        ApicImage image;
        SnapshotTrouble trouble = Reader.Read(&image, sizeof(ApicImage));
        trouble = trouble == SnapshotTrouble.None ? Reader.Read(Scratch, SnapshotFormat.PageBytes) : trouble;
        uint index = _apics++;
        if (trouble != SnapshotTrouble.None || index >= (uint)Vm->VcpuCount || !image.IsSound(index))
        {
            return trouble == SnapshotTrouble.None ? SnapshotTrouble.Damaged : trouble;
        }

        if (IsGiven)
        {
            new Span<byte>(Scratch, SnapshotFormat.PageBytes)
                .CopyTo(new Span<byte>(Vm->Board.At(index)->Page, SnapshotFormat.PageBytes));
            image.Give(Vm->At((int)index));
        }

        return trouble;
    }

    private SnapshotTrouble TakeBoard()
    {
        BoardImage image;
        SnapshotTrouble trouble = Reader.Read(&image, sizeof(BoardImage));
        _boards++;
        trouble = trouble == SnapshotTrouble.None && !image.IsSound ? SnapshotTrouble.Damaged : trouble;
        if (trouble == SnapshotTrouble.None && IsGiven)
        {
            image.Give(Vm);
        }

        return trouble;
    }

    private readonly uint Slots
    {
        get
        {
            uint slots = 0;
            for (uint slot = 1; slot < PciLayout.Slots; slot++)
            {
                slots |= GuestSnapshot.DeviceIn(Vm, slot) != null ? 1u << (int)slot : 0;
            }

            return slots;
        }
    }

    private SnapshotTrouble TakeDevice()
    {
        DeviceImage image;
        SnapshotTrouble trouble = Reader.Read(&image, sizeof(DeviceImage));
        if (trouble != SnapshotTrouble.None)
        {
            return trouble;
        }

        VirtioDevice* device = GuestSnapshot.DeviceIn(Vm, image.Slot);
        if (device == null || !device->Fits(ref image.Driver))
        {
            return SnapshotTrouble.OtherDevices;
        }

        _slots |= 1u << (int)image.Slot;
        if (IsGiven)
        {
            device->Give(ref image.Driver);
        }

        return trouble;
    }

    private SnapshotTrouble TakeZeroes()
    {
        ZeroPages zeroes;
        SnapshotTrouble trouble = Reader.Read(&zeroes, sizeof(ZeroPages));
        return trouble != SnapshotTrouble.None ? trouble
            : Counts(zeroes.Count) ? PageSections.LoadZeroes(in zeroes, &Vm->Memory, IsGiven)
            : SnapshotTrouble.Damaged;
    }

    private bool Counts(ulong pages)
    {
        ulong most = _guest.MemoryBytes / SnapshotFormat.PageBytes;
        bool areThere = pages <= most - _pages;
        _pages += areThere ? pages : 0;
        return areThere;
    }

    private SnapshotTrouble TakeEnd()
    {
        uint sections;
        SnapshotTrouble trouble = Reader.Read(&sections, sizeof(uint));
        return trouble == SnapshotTrouble.None && sections != _sections ? SnapshotTrouble.Damaged : trouble;
    }
}
