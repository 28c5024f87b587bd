// Gives a guest what it owns, and takes it back. Any step can fail for want of frames; TakeBack works after each.
namespace MinusOne.Hv.Guests;

internal static unsafe class GuestSetup
{
    private const ulong SlicesPerSecond = 100;
    private const ulong PageBytes = 4096;

    private static ReadOnlySpan<byte> NoFrames => "no frames left for its VMCS and bitmaps"u8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VmConfig* ConfigOf(Vm* vm) => (VmConfig*)vm->Config;

    public static bool TryGiveMemory(Vm* vm, in RunSettings settings, out ReadOnlySpan<byte> complaint)
    {
        Machine* machine = vm->Machine;
        VmConfig* config = ConfigOf(vm);
        ulong bytes = MemoryBytes(config, settings);
        ulong start = config->MemoryStart;
        complaint = "no frames left for its memory tables"u8;
        SecondLevelFeatures features = machine->Facts.SecondLevel(config->HasLargePages);
        ulong quota = (bytes + (settings.HasTestDevice ? TestDevice.MemoryBytes : 0)
            + settings.Files.FirmwareBytes) / PageBytes;
        if (!vm->Memory.Initialize(&machine->Frames, &machine->Memory, &machine->Mtrr, features, quota))
        {
            return false;
        }

        complaint = "its memory is not whole pages, or the map of this machine is too fragmented for it"u8;
        if (start >= bytes
            || vm->Memory.AddRegion(GuestRegionKind.Ram, new Gpa(start), bytes - start) != RegionStatus.Added
            || (settings.HasTestDevice && vm->Memory.AddRegion(
                GuestRegionKind.Ram, new Gpa(TestDevice.MemoryStart), TestDevice.MemoryBytes) != RegionStatus.Added))
        {
            return false;
        }

        NetState port = NetState.For(machine->Lan, settings.Files.Devices.Network, vm->Number);
        if (!vm->Board.TryMap(&vm->Memory, &machine->Frames, in settings.Files.Devices, port, out complaint))
        {
            return false;
        }

        vm->Board.Hypervisor = settings.Hypervisor;
        vm->Board.Cmos.Reset(machine->DateAt(Cpu.ReadTsc()), bytes, VcpusOf(config, settings));
        complaint = "no memory left for its ACPI tables"u8;
        if ((config->Flags & VmFeatures.Pc) != 0
            && !AcpiTables.TryLoad(&vm->Memory, settings.Files.OwnTables, bytes, VcpusOf(config, settings)))
        {
            return false;
        }

        return TryLoad(vm, settings, bytes, out complaint);
    }

    private static bool TryLoad(Vm* vm, in RunSettings settings, ulong bytes, out ReadOnlySpan<byte> complaint)
    {
        VmConfig* config = ConfigOf(vm);
        if ((config->Flags & VmFeatures.Kernel) != 0 && !(settings.Snapshot.IsGiven && config->Image == null))
        {
            KernelFiles files = config->Image == null
                ? settings.Files
                : settings.Files.With(new FileBytes(config->Image, config->ImageBytes), config->LoadAddress);
            files.IsForPc = (config->Flags & VmFeatures.Pc) != 0;
            return KernelLoader.TryLoad(&vm->Memory, ref config->Start, files, bytes, out complaint);
        }

        complaint = "its image does not fit its memory"u8;
        if (config->LoadAddress > bytes || config->ImageBytes > bytes - config->LoadAddress)
        {
            return false;
        }

        complaint = "no memory left for its image"u8;
        var image = new ReadOnlySpan<byte>(config->Image, (int)config->ImageBytes);
        return vm->Memory.Load(new Gpa(config->LoadAddress), image) == Resolution.Mapped;
    }

    // The first processor's, and others beside it.
    public static bool TryGiveProcessors(Vm* vm, Vcpu* vcpu, in RunSettings settings, out ReadOnlySpan<byte> complaint)
    {
        complaint = NoFrames;
        if (!vm->Interception.TryAllocate(&vm->Machine->Frames, vm->Machine->Facts.Processor.IsAmd))
        {
            return false;
        }

        vm->Interception.InterceptAll();
        MsrPolicy.Apply(ref vm->Interception);
        ApplyRanges(vm);
        VirtualizeApic(vm, vcpu, settings);
        for (int count = VcpusOf(ConfigOf(vm), settings); vm->VcpuCount < count;)
        {
            if (!vm->Machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa frame))
            {
                return false;
            }

            var other = (Vcpu*)frame.Pointer;
            vm->Add(other);
            Backend.CopyChoice(vcpu, other);
        }

        for (int i = vm->VcpuCount - 1; i >= 0; i--)
        {
            if (!TryGiveOne(vm, vm->At(i), out complaint))
            {
                return false;
            }
        }

        vcpu->Registers.Rax = ConfigOf(vm)->Start.Rax;
        vcpu->Registers.Rbx = ConfigOf(vm)->Start.Rbx;
        return true;
    }

    // It is the current one afterwards.
    private static bool TryGiveOne(Vm* vm, Vcpu* vcpu, out ReadOnlySpan<byte> complaint)
    {
        Machine* machine = vm->Machine;
        complaint = NoFrames;
        if (!Backend.TryAllocate(vcpu, &machine->Frames)
            || !machine->Frames.TryAllocateCleared(FrameOwner.VmxRegion, out vcpu->ApicPage)
            || !machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa area))
        {
            return false;
        }

        VcpuSwitch.Reset(vcpu, area);
        complaint = "the processor refused its VMCS"u8;
        if (!Backend.TryPrepare(vcpu) || !VcpuSwitch.To(vcpu))
        {
            return false;
        }

        Write(vm, vcpu);
        vm->Board.At(vcpu->Index)->Reset((byte*)vcpu->ApicPage.Pointer, vcpu->Index);
        VirtualInterrupts.Prepare(vm, vcpu);
        PrepareShortPath(vm, vcpu);
        return true;
    }

    // Done only if the processor has all that belongs to it.
    private static void VirtualizeApic(Vm* vm, Vcpu* vcpu, in RunSettings settings)
    {
        if ((ConfigOf(vm)->Flags & VmFeatures.Pc) != 0 && !settings.HasPlainApic && !vm->IsSpread
            && vm->Interception.TryAllocateOpen(&vm->Machine->Frames))
        {
            bool isVirtual = Backend.TryVirtualizeApic(vcpu, ConfigOf(vm)->Controls);
            vm->Interception.Open(&vm->Machine->Frames, isVirtual);
        }
    }

    public static void TakeBack(Vm* vm, Vcpu* vcpu)
    {
        while (vm->VcpuCount > 1)
        {
            Vcpu* other = vm->At(--vm->VcpuCount);
            TakeOne(vm, other);
            vm->Machine->Frames.Free(new Hpa(other), FrameOwner.Hypervisor);
        }

        TakeProcessors(vm, vcpu);
        vm->Memory.Release();
    }

    // The same for a guest with one processor.
    public static void TakeProcessors(Vm* vm, Vcpu* vcpu)
    {
        TakeOne(vm, vcpu);
        vm->Interception.Release(&vm->Machine->Frames);
    }

    private static void TakeOne(Vm* vm, Vcpu* vcpu)
    {
        FramePool* frames = &vm->Machine->Frames;
        if (Backend.IsAllocated(vcpu))
        {
            VcpuSwitch.Forget(vcpu);
            Backend.Free(vcpu, frames);
        }

        frames->Free(vcpu->ApicPage, FrameOwner.VmxRegion);
        frames->Free(vcpu->StateArea, FrameOwner.Hypervisor);
        vcpu->ApicPage = vcpu->StateArea = default;
        vcpu->Registers = default;
        vcpu->Exits.Connect(ref vcpu->Registers);
    }

    private static void PrepareShortPath(Vm* vm, Vcpu* vcpu)
    {
        vcpu->Events.Pending |= vm->IsWatched ? EventKinds.Watched : vm->IsSpread ? EventKinds.Shared : 0;

        ExitMemory.Of(vcpu)->Leaves.Prepare(vm, vcpu);
    }

    public static int VcpusOf(VmConfig* config, in RunSettings settings)
    {
        uint wanted = settings.Vcpus != 0 ? settings.Vcpus : config->Vcpus;
        return (config->Flags & VmFeatures.Pc) != 0 ? Math.Max(1, (int)Math.Min(wanted, Vm.MostVcpus)) : 1;
    }

    // There is RAM up to this address.
    public static ulong MemoryBytes(VmConfig* config, in RunSettings settings) =>
        config->MemoryBytes != 0 ? config->MemoryBytes : settings.MemoryBytes;

    private static void Write(Vm* vm, Vcpu* vcpu)
    {
        VmConfig* config = ConfigOf(vm);
        if (Backend.HasTags(vcpu))
        {
            vcpu->Tag = (ushort)(((vm->Number - 1) * Vm.MostVcpus) + vcpu->Index + 1);
        }

        Backend.Write(vcpu, new VcpuOrder
        {
            Host = &((HostProcessor*)vcpu->Home)->Host,
            Changes = &config->Controls,
            Interception = &vm->Interception,
            MemoryRoot = vm->Memory.Table.Root,
            Start = config->Start,
            IsShared = !vm->Board.HasOwnLine || vm->VcpuCount > 1,
        });
        if (Backend.HasTimer(vcpu))
        {
            int shift = Backend.TimerShift(vcpu);
            vm->TimerShift = shift;
            vm->SliceTicks = (uint)Math.Min((vm->Machine->TscHertz / SlicesPerSecond) >> shift, uint.MaxValue);
            Backend.ArmTimer(vm->SliceTicks);
        }
    }

    private static void ApplyRanges(Vm* vm)
    {
        ref ControlChanges changes = ref ConfigOf(vm)->Controls;
        for (ulong i = 0; i < changes.PortCount; i++)
        {
            InterceptRange range = changes.Ports[i];
            for (uint port = range.First; port <= range.Last && port <= ushort.MaxValue; port++)
            {
                vm->Interception.SetPort((ushort)port, range.Accesses != 0);
            }
        }

        for (ulong i = 0; i < changes.MsrCount; i++)
        {
            InterceptRange range = changes.Msrs[i];
            for (ulong msr = range.First; msr <= range.Last; msr++)
            {
                vm->Interception.SetMsr((uint)msr, range.Accesses);
            }
        }
    }
}
