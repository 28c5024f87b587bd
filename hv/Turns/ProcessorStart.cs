// How a processor other than the first comes to run, and stops doing so: INIT and start-up messages. SDM 3A 9.4
// Multiple-Processor (MP) Initialization, 9.1.1 Processor State After Reset (table, column INIT). The wait-for-SIPI
// activity state is not used: who waits has no place in the scheduler. A message is noted when it comes and heeded
// between two turns; what it does to the VMCS and to registers that are in the processor is done with the turn that
// follows: only then are they this processor's own. Leaves out an INIT to the boot processor that goes on at the reset
// vector: it is the guest's end, as any other reset is.
namespace MinusOne.Hv.Turns;

internal static unsafe class ProcessorStart
{
    private const int VectorToSelector = 8;
    private const int VectorToBase = 12;

    // One that does not run, and has its turns here, has got something.
    public static void Woken(Vcpu* vcpu)
    {
        if (vcpu->Slot != Vcpu.NoSlot && IdleExits.IsWokenMeanwhile(vcpu))
        {
            Rota.Of(vcpu)->Rouse(vcpu);
        }
    }

    // Nobody runs now.
    public static void Heed(Vm* vm, Vcpu* vcpu)
    {
        LocalApic* apic = vm->Board.At(vcpu->Index);
        StartSignals signals = apic->Signals;
        apic->Signals = StartSignals.None;
        if ((signals & StartSignals.Init) != 0)
        {
            Stop(vm, vcpu);
        }

        if ((signals & StartSignals.StartUp) != 0 && vcpu->Index != 0)
        {
            vcpu->MustStart = true;
            Rota.Of(vcpu)->TryAdd(vcpu, VmSlot.Of(vm)->Weight, Cpu.ReadTsc());
        }
    }

    // It is its turn: its VMCS is current, its registers are in the processor. MSRs, TSC and extended state stay.
    public static void Enter(Vm* vm, Vcpu* vcpu)
    {
        uint vector = vm->Board.Apic->StartVector;
        Backend.Reset(vcpu, default);
        GuestState.SetSegment(GuestSegment.Cs, (ushort)(vector << VectorToSelector), (ulong)vector << VectorToBase,
            GuestState.Limit(GuestSegment.Cs), GuestState.Rights(GuestSegment.Cs));
        Backend.SetMode(default);
        for (int i = 0; i < 16; i++)
        {
            vcpu->Registers[i] = 0;
        }

        vcpu->Registers.Rdx = Cpu.Cpuid(1).Eax;
        GuestState.Cr2 = 0;
        VcpuSwitch.ResetDebugRegisters();
        vcpu->IsDeaf = vcpu->MustStart = false;

        // INIT invalidates the TLBs.
        Backend.ForgetTranslations(vcpu);

        Backend.ArmTimer(vm->SliceTicks);

        // What the VMCS says of the local APIC is as it was before.
        InterruptRouting.Refresh(&vm->Board);
        vm->Machine->Hooks.Begun(vm, vcpu);
    }

    private static void Stop(Vm* vm, Vcpu* vcpu)
    {
        if (vcpu->Index == 0)
        {
            vm->EndWith(GuestEnd.Reset);
            return;
        }

        Rota.Of(vcpu)->Leave(vcpu);
        vm->Board.At(vcpu->Index)->Init();
        vcpu->Events.Clear();
        Deadlines.BoardChanged(&vm->Board);
    }
}
