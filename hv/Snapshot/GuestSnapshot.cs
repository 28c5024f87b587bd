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
    public static void Save(ref SnapshotWriter writer, Vm* vm, Vcpu* loaded, ulong tsc)
    {
        // One that waits is made ready a little early: its chips are ahead of the clock then.
        ulong now = vm->Board.Clock.Now(Math.Max(tsc, vm->HeldUntil));
        writer.Begin();
        var guest = SnapshotGuest.Of(vm, now);
        writer.Whole(SnapshotSection.Guest, &guest, sizeof(SnapshotGuest));
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            SaveProcessor(ref writer, vm->At(i), tsc);
        }

        VcpuSwitch.To(vm->Machine, loaded);
        BoardImage board = default;
        board.Take(vm);
        writer.Whole(SnapshotSection.Board, &board, sizeof(BoardImage));
        SaveDevices(ref writer, vm);
        PageSections.Save(ref writer, ref vm->Memory);
        uint sections = writer.Sections + 1;
        writer.Whole(SnapshotSection.End, &sections, sizeof(uint));
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

    // A guest that begins goes on from a file instead, if one was given; once. What it cannot go on from is its end.
    public static void GoOn(Vm* vm)
    {
        if (vm->Slot == null || !VmSlot.Of(vm)->Settings.Snapshot.IsGiven)
        {
            return;
        }

        FileBytes file = VmSlot.Of(vm)->Settings.Snapshot;
        VmSlot.Of(vm)->Settings.Snapshot = default;
        ulong began = Cpu.ReadTsc();
        SnapshotTrouble trouble;
        fixed (byte* start = file.Span)
        {
            trouble = Load(SnapshotReader.Of(start, file.Length), vm, vm->First, began);
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

    // None: the guest has become that of the snapshot, at this TSC of the host's. BrokenOff: it is neither.
    public static SnapshotTrouble Load(SnapshotReader reader, Vm* vm, Vcpu* loaded, ulong tsc)
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
                Loaded = loaded,
                Tsc = tsc,
                IsGiven = true,
            };
            trouble = give.Run();
            VcpuSwitch.To(vm->Machine, loaded);
        }

        vm->Machine->Frames.Free(scratch, FrameOwner.Hypervisor);
        return trouble;
    }
}
