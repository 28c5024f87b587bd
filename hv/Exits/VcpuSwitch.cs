// From one virtual processor to another: everything that stays in the processor while the host runs. The VMCS holds the
// rest, and the world switch saves general registers and XMM0-5 at every exit (efi/Stubs/WorldSwitch.cs). SDM 3C 26.4.1
// Guest Register State (what the VMCS has, and so what it has not), SDM 1 13.7-13.9 (XSAVE, XRSTOR).
namespace MinusOne.Hv.Exits;

internal static unsafe class VcpuSwitch
{
    private const int DebugAddresses = 4;
    private const int DebugStatus = 6;
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
        vcpu->Xcr0 = X87;
        vcpu->States = (ulong)XsaveRules.Allowed;
        vcpu->Debug[DebugAddresses] = DebugStatusAtReset;
        if (vcpu->States != 0)
        {
            Cpu.WriteCr4(Cpu.ReadCr4() | (ulong)Cr4.OsXsave);
        }
    }

    public static void ResetDebugRegisters()
    {
        for (int i = 0; i <= DebugAddresses; i++)
        {
            Cpu.WriteDebugRegister(
                i == DebugAddresses ? DebugStatus : i, i == DebugAddresses ? DebugStatusAtReset : 0);
        }
    }

    // Its VMCS is current and its registers are in the processor when this returns.
    public static bool To(Machine* machine, Vcpu* vcpu)
    {
        if (machine->Loaded == vcpu)
        {
            return true;
        }

        Unload(machine);
        bool isLoaded = Backend.TryLoad(vcpu);
        if (isLoaded)
        {
            Restore(vcpu);
            machine->Loaded = vcpu;
        }

        return isLoaded;
    }

    // Nobody's registers are in the processor.
    public static void Unload(Machine* machine)
    {
        if (machine->Loaded != null)
        {
            Save(machine->Loaded);
            machine->Loaded = null;
        }
    }

    // It is over: its VMCS is made clear, and what it has in the processor is not kept.
    public static void Forget(Machine* machine, Vcpu* vcpu)
    {
        Backend.Unload(vcpu);
        machine->Loaded = machine->Loaded == vcpu ? null : machine->Loaded;
    }

    private static void Save(Vcpu* vcpu)
    {
        vcpu->Cr2 = Cpu.ReadCr2();
        for (int i = 0; i <= DebugAddresses; i++)
        {
            vcpu->Debug[i] = Cpu.ReadDebugRegister(i == DebugAddresses ? DebugStatus : i);
        }

        for (int i = 0; i < Msrs.Length; i++)
        {
            Cpu.TryReadMsr(Msrs[i], vcpu->Msrs + i);
        }

        if (vcpu->States != 0)
        {
            // What XCR0 hides at the moment is there all the same.
            vcpu->Xcr0 = Cpu.ReadXcr0();
            Cpu.TryWriteXcr0(vcpu->States);
        }

        Cpu.SaveExtendedState(vcpu->StateArea.Pointer, vcpu->States);
    }

    private static void Restore(Vcpu* vcpu)
    {
        if (vcpu->States != 0)
        {
            Cpu.TryWriteXcr0(vcpu->States);
        }

        Cpu.RestoreExtendedState(vcpu->StateArea.Pointer, vcpu->States);
        if (vcpu->States != 0)
        {
            Cpu.TryWriteXcr0(vcpu->Xcr0);
        }

        Cpu.WriteCr2(vcpu->Cr2);
        for (int i = 0; i <= DebugAddresses; i++)
        {
            Cpu.WriteDebugRegister(i == DebugAddresses ? DebugStatus : i, vcpu->Debug[i]);
        }

        for (int i = 0; i < Msrs.Length; i++)
        {
            Cpu.TryWriteMsr(Msrs[i], vcpu->Msrs[i]);
        }
    }
}
