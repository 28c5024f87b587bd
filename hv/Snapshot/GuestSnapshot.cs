// Takes a guest down as it stands between two exits, and puts one in its place that was taken down before: looked
// through to its end first, so that what cannot go on changes nothing. The guest that is replaced has the same memory,
// processors and devices; what the run counts of it goes on.
namespace MinusOne.Hv.Snapshot;

internal static unsafe class GuestSnapshot
{
    // None: it can be taken down.
    public static SnapshotTrouble CanSave(Vm* vm)
    {
        for (uint slot = 1; slot < PciLayout.Slots; slot++)
        {
            VirtioDevice* device = DeviceIn(vm, slot);
            if (device != null && device->KeepsWrites)
            {
                return SnapshotTrouble.HasDisk;
            }
        }

        return vm->Filter != null ? SnapshotTrouble.HasFilter
            : Backend.HasTscOffset(vm->First) ? SnapshotTrouble.None : SnapshotTrouble.NoClock;
    }

    // The host's TSC was this when the guest was stopped; this processor is loaded, and is again afterwards.
    public static void Save(ref SnapshotWriter writer, Vm* vm, Vcpu* loaded, ulong tsc, bool withPages)
    {
        // One that waits is made ready a little early: its chips are ahead of the clock then.
        ulong now = vm->Board.Clock.Now(Math.Max(tsc, vm->HeldUntil));
        writer.Begin();
        var guest = SnapshotGuest.Of(vm, now);
        writer.Whole(SnapshotSection.Guest, &guest, sizeof(SnapshotGuest));
        SeenLeaves leaves = default;
        leaves.Take(vm);
        writer.Whole(SnapshotSection.Leaves, &leaves, sizeof(SeenLeaves));
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            SaveProcessor(ref writer, vm->At(i), tsc);
        }

        VcpuSwitch.To(loaded);
        BoardImage board = default;
        board.Take(vm);
        writer.Whole(SnapshotSection.Board, &board, sizeof(BoardImage));
        SaveDevices(ref writer, vm);
        if (withPages)
        {
            SavePages(ref writer, vm);
        }

        uint sections = writer.Sections + 1;
        writer.Whole(SnapshotSection.End, &sections, sizeof(uint));
    }

    private static void SavePages(ref SnapshotWriter writer, Vm* vm)
    {
        FramePool* frames = &vm->Machine->Frames;
        bool isThere = frames->TryAllocate(FrameOwner.Hypervisor, out Hpa scratch);
        writer.HasFailed |= !isThere;
        if (isThere)
        {
            PageSections.Save(ref writer, &vm->Memory, (byte*)scratch.Pointer);
            frames->Free(scratch, FrameOwner.Hypervisor);
        }
    }

    // Null: the slot is empty, or there is none.
    public static VirtioDevice* DeviceIn(Vm* vm, uint slot) =>
        slot is 0 or >= PciLayout.Slots ? null : (VirtioDevice*)vm->Board.Pci.At((int)slot);

    private static void SaveDevices(ref SnapshotWriter writer, Vm* vm)
    {
        for (uint slot = 1; slot < PciLayout.Slots; slot++)
        {
            VirtioDevice* device = DeviceIn(vm, slot);
            if (device != null)
            {
                var image = new DeviceImage { Slot = slot };
                device->Take(ref image.Driver);
                writer.Whole(SnapshotSection.Device, &image, sizeof(DeviceImage));
            }
        }
    }

    private static void SaveProcessor(ref SnapshotWriter writer, Vcpu* vcpu, ulong tsc)
    {
        ProcessorImage processor = default;
        processor.Take(vcpu, tsc);
        ApicImage apic = default;
        apic.Take(vcpu);
        writer.Whole(SnapshotSection.Extended, vcpu->StateArea.Pointer, SnapshotFormat.PageBytes);
        writer.Whole(SnapshotSection.Processor, &processor, sizeof(ProcessorImage));
        writer.Begin(SnapshotSection.Apic, sizeof(ApicImage) + SnapshotFormat.PageBytes);
        writer.Put(&apic, sizeof(ApicImage));
        writer.Put(Vm.Of(vcpu)->Board.At(vcpu->Index)->Page, SnapshotFormat.PageBytes);
        writer.End();
    }

    // A guest that is to go on from a file has its configuration and nothing else yet. If its TSC has counted at
    // another rate than this processor's, reading it has to exit.
    public static void Configure(Vm* vm)
    {
        VmSlot* slot = VmSlot.Of(vm);
        ulong hertz = vm->Machine->TscHertz;
        if (slot->Settings.Snapshot.IsGiven && SnapshotGuest.TryPeek(slot->Settings.Snapshot, out SnapshotGuest guest)
            && !guest.HasRateOf(hertz) && guest.CanKeepRate(hertz))
        {
            slot->Config.Controls.PrimarySet |= (uint)PrimaryControls.RdtscExiting;
        }
    }

    // From this TSC of the host's on the guest's counts as fast as it did where it began. False: no frame for its
    // clock.
    public static bool TryKeepRate(Vm* vm, in SnapshotGuest guest, ulong tsc)
    {
        if (guest.HasRateOf(vm->Board.Tsc != null ? vm->Board.Tsc->Hertz : vm->Machine->TscHertz))
        {
            return true;
        }

        if (!vm->Machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa frame))
        {
            return false;
        }

        vm->Board.Tsc = (ForeignTsc*)frame.Pointer;
        vm->Board.Tsc->Hertz = guest.TscHertz;
        vm->Board.Tsc->Clock.Start(vm->Machine->TscHertz, tsc, guest.TscHertz);
        Interception open = vm->Interception;
        open.Msrs = open.OpenMsrs.Value != 0 ? open.OpenMsrs : open.Msrs;
        open.SetMsr((uint)Msr.TimeStampCounter, MsrPolicy.Both);
        vm->Interception.SetMsr((uint)Msr.TimeStampCounter, MsrPolicy.Both);
        return true;
    }

    // The guest goes, and what it has kept of another machine.
    public static void Forget(Vm* vm)
    {
        SeenLeaves.Forget(vm);
        vm->Machine->Frames.Free(new Hpa(vm->Board.Tsc), FrameOwner.Hypervisor);
        vm->Board.Tsc = null;
    }

    // A guest that begins goes on from a file instead, if one was given; once. What it cannot go on from is its end.
    public static void GoOn(Vm* vm)
    {
        if (vm->Slot == null || !VmSlot.Of(vm)->Settings.Snapshot.IsGiven)
        {
            if (vm->Slot != null && VmSlot.Of(vm)->Settings.IsPortable)
            {
                ShowLittle(vm);
            }

            return;
        }

        FileBytes file = VmSlot.Of(vm)->Settings.Snapshot;
        VmSlot.Of(vm)->Settings.Snapshot = default;
        ulong began = Cpu.ReadTsc();
        SnapshotTrouble trouble;
        fixed (byte* start = file.Span)
        {
            trouble = Load(SnapshotReader.Of(start, file.Length), null, vm, vm->First, began);
        }

        GuestTime.Skip(vm, vm->First, Cpu.ReadTsc() - began);
        Writer line = Writer.Log.Text("guest '"u8).Text(VmSlot.Of(vm)->Name);
        if (trouble == SnapshotTrouble.None)
        {
            line.Text("' goes on from a snapshot"u8).EndLine();
            return;
        }

        line.Text("' cannot go on from its snapshot: "u8).Text(SnapshotTroubles.Text(trouble)).EndLine();
        vm->EndWith(GuestEnd.NotLoaded);
    }

    // A guest that may move sees no more than it will find elsewhere.
    private static void ShowLittle(Vm* vm)
    {
        SeenLeaves leaves = default;
        leaves.Take(vm);
        leaves.MakeCommon();
        if (!leaves.TryShow(vm))
        {
            vm->EndWith(GuestEnd.NotLoaded);
        }
    }

    // None: the guest has become that of the snapshot, at this TSC of the host's. BrokenOff: it is neither. Its pages
    // are in the snapshot, or lie beside it.
    public static SnapshotTrouble Load(SnapshotReader reader, KeptPages* pages, Vm* vm, Vcpu* loaded, ulong tsc)
    {
        SnapshotTrouble trouble = CanSave(vm);
        if (trouble != SnapshotTrouble.None
            || !vm->Machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa scratch))
        {
            return trouble != SnapshotTrouble.None ? trouble : SnapshotTrouble.NoFrames;
        }

        var look = new SnapshotWalk { Vm = vm, Reader = reader, Scratch = (byte*)scratch.Pointer };
        trouble = look.Run();
        if (trouble == SnapshotTrouble.None)
        {
            var give = new SnapshotWalk
            {
                Vm = vm,
                Reader = reader,
                Scratch = (byte*)scratch.Pointer,
                Pages = pages,
                Loaded = loaded,
                Tsc = tsc,
                IsGiven = true,
            };
            trouble = give.Run();
            VcpuSwitch.To(loaded);
        }

        vm->Machine->Frames.Free(scratch, FrameOwner.Hypervisor);
        return trouble;
    }
}
