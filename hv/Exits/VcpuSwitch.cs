// From one virtual processor to another: everything that stays in the processor while the host runs. The VMCS holds the
// rest, and the world switch saves general registers and XMM0-5 at every exit (efi/Stubs/WorldSwitch.cs). What the one
// before has left there is known, so only what differs is written, and only what changes without an exit is read. SDM
// 3C 26.4.1 Guest Register State (what the VMCS has, and so what it has not), SDM 1 13.7-13.9 (XSAVE, XRSTOR).
namespace MinusOne.Hv.Exits;

internal static unsafe class VcpuSwitch
{
    // The order of Vcpu.Kept: CR2, DR0-3, DR6, the MSRs. SWAPGS changes one of those.
    private const int Debug = 1;
    private const int DebugStatus = 5;
    private const int FirstMsr = 6;
    private const int Swapped = FirstMsr + 4;
    private const ulong DebugStatusAtReset = 0xFFFF_0FF0;

    // In an XSAVE or FXSAVE area: the x87 control word and MXCSR, and their values at reset.
    private const int MxcsrOffset = 24;
    private const ushort ControlAtReset = 0x37F;
    private const uint MxcsrAtReset = 0x1F80;
    private const ulong X87 = 1;

    // MSRs of the guest's that no VMCS field holds: those that MsrPolicy calls registers.
    public static ReadOnlySpan<uint> Msrs =>
    [
        (uint)Msr.Star, (uint)Msr.Lstar, (uint)Msr.Cstar, (uint)Msr.Fmask, (uint)Msr.KernelGsBase, (uint)Msr.TscAux,
    ];

    // As after reset. `area` is a cleared frame: an XSAVE header of zeros says of every component that it is in its
    // initial state, and only MXCSR is read from the area all the same.
    public static void Reset(Vcpu* vcpu, Hpa area)
    {
        vcpu->StateArea = area;
        *(ushort*)area.Pointer = ControlAtReset;
        *(uint*)(area + MxcsrOffset).Pointer = MxcsrAtReset;
        vcpu->States = (ulong)XsaveRules.Allowed;
        vcpu->Kept[DebugStatus] = DebugStatusAtReset;
        if (vcpu->States != 0)
        {
            vcpu->Xcr0 = X87;
            AllowStates();
        }
    }

    // Once on each processor of the machine.
    public static void AllowStates()
    {
        if (XsaveRules.Allowed != 0)
        {
            Cpu.WriteCr4(Cpu.ReadCr4() | (ulong)Cr4.OsXsave);
        }
    }

    public static void ResetDebugRegisters()
    {
        for (int i = Debug; i <= DebugStatus; i++)
        {
            Write(i, i == DebugStatus ? DebugStatusAtReset : 0);
        }
    }

    // What a guest writes with an exit, or not: false is #GP.
    public static bool TrySetXcr0(Vcpu* vcpu, ulong value)
    {
        bool isSet = Cpu.TryWriteXcr0(value);
        vcpu->Xcr0 = isSet ? value : vcpu->Xcr0;
        return isSet;
    }

    public static bool TrySetMsr(Vcpu* vcpu, uint msr, ulong value)
    {
        int place = FirstMsr + Msrs.IndexOf(msr);
        bool isSet = Cpu.TryWriteMsr(msr, value);
        vcpu->Kept[place] = isSet ? value : vcpu->Kept[place];
        if (isSet)
        {
            Backend.NoteMsr(msr, value);
        }

        return isSet;
    }

    // Its VMCS is current and its registers are in the processor when this returns.
    public static bool To(Vcpu* vcpu)
    {
        HostProcessor* processor = Vm.Of(vcpu)->Processor;
        Vcpu* held = processor->Loaded;
        if (held == vcpu)
        {
            return true;
        }

        if (held != null)
        {
            Save(held);
        }

        ref Speculation guards = ref processor->Machine->Facts.Speculation;
        if (guards.IsWanted && (held == null || Vm.Of(held) != Vm.Of(vcpu)))
        {
            guards.ForgetGuest();
        }

        if (!Backend.TryLoad(vcpu))
        {
            processor->Loaded = null;
            return false;
        }

        Restore(held, vcpu);
        processor->Loaded = vcpu;
        return true;
    }

    // Nobody's registers are in the processor.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unload(HostProcessor* processor)
    {
        if (processor->Loaded != null)
        {
            Save(processor->Loaded);
            processor->Loaded = null;
        }
    }

    // It is over: its VMCS is made clear, and what it has in the processor is not kept.
    public static void Forget(Vcpu* vcpu)
    {
        HostProcessor* processor = Vm.Of(vcpu)->Processor;
        Backend.Unload(vcpu);
        processor->Loaded = processor->Loaded == vcpu ? null : processor->Loaded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Save(Vcpu* vcpu)
    {
        vcpu->Kept[0] = GuestState.Cr2;
        Cpu.ReadDebugRegisters(vcpu->Kept + Debug);
        vcpu->Kept[Swapped] = Cpu.ReadMsr((uint)Msr.KernelGsBase);
        if (Cpu.IsAmd)
        {
            // A VMCB has DR6, and not every emulator's SVM lets XSETBV exit.
            vcpu->Kept[DebugStatus] = GuestState.Dr6;
            vcpu->Xcr0 = vcpu->States != 0 ? Cpu.ReadXcr0() : vcpu->Xcr0;
        }

        if (vcpu->Xcr0 != vcpu->States)
        {
            // What XCR0 hides at the moment is there all the same.
            Cpu.TryWriteXcr0(vcpu->States);
        }

        Cpu.SaveExtendedState(vcpu->StateArea.Pointer, vcpu->States);
    }

    // Null: nothing is known of what is there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Restore(Vcpu* held, Vcpu* vcpu)
    {
        bool isKnown = held != null;
        if (!isKnown && vcpu->States != 0)
        {
            Cpu.TryWriteXcr0(vcpu->States);
        }

        Cpu.RestoreExtendedState(vcpu->StateArea.Pointer, vcpu->States);
        if (vcpu->Xcr0 != vcpu->States)
        {
            Cpu.TryWriteXcr0(vcpu->Xcr0);
        }

        if (isKnown && !Differ(held->Kept, vcpu->Kept))
        {
            return;
        }

        for (int i = 0; i < Vcpu.KeptWords; i++)
        {
            if (!isKnown || held->Kept[i] != vcpu->Kept[i])
            {
                Write(i, vcpu->Kept[i]);
            }
        }
    }

    // Without a loop, which would be twice as long.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Differ(ulong* a, ulong* b) =>
        ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | (a[4] ^ b[4]) | (a[5] ^ b[5]) | (a[6] ^ b[6])
        | (a[7] ^ b[7]) | (a[8] ^ b[8]) | (a[9] ^ b[9]) | (a[10] ^ b[10]) | (a[11] ^ b[11])) != 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Write(int place, ulong value)
    {
        switch (place)
        {
            case 0: GuestState.Cr2 = value; break;
            case < DebugStatus: Cpu.WriteDebugRegister(place - Debug, value); break;
            case DebugStatus: GuestState.Dr6 = value; break;
            default: Cpu.TryWriteMsr(Msrs[place - FirstMsr], value); break;
        }
    }
}
