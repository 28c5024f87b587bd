// What a configuration for learners does at the turns of a guest's life (Exits/Hooks.cs): the registers that it starts
// with, the host's interrupt, what is told, and the verdict on its end.

namespace MinusOne.Hv.Lessons;

internal static unsafe class LessonHooks
{
    public static bool WorkOut(Vm* vm, Vcpu* vcpu, ref bool isRight)
    {
        if (GuestSetup.ConfigOf(vm)->Computation == Computation.None)
        {
            return false;
        }

        isRight = Computed.Run(vm, vcpu, VmSlot.Of(vm)->Settings);
        return true;
    }

    public static void Prepare(Vm* vm, Vcpu* vcpu)
    {
        ref RunSettings settings = ref VmSlot.Of(vm)->Settings;
        VmConfig* config = GuestSetup.ConfigOf(vm);
        if ((config->Flags & VmFeatures.MemoryInRbx) != 0)
        {
            vcpu->Registers.Rbx = GuestSetup.MemoryBytes(config, settings);
        }

        if ((config->Flags & VmFeatures.SeedInRegisters) != 0)
        {
            vcpu->Registers.Rsi = settings.Seed;
            vcpu->Registers.Rbp = settings.Count;
        }

        if (config->PendingVector != 0)
        {
            vcpu->Events.PendExternal((byte)config->PendingVector);
        }

        if (!VmSlot.Of(vm)->IsBrief)
        {
            MemoryReport.Print(vm);
        }

        if ((config->Flags & VmFeatures.Narrate) != 0)
        {
            ControlsReport.Print(Output.Console, VmxVcpu.Of(vcpu)->Controls);
        }
    }

    public static void Begin(Vm* vm)
    {
        if (GuestSetup.ConfigOf(vm)->HostVector != 0)
        {
            HostTimer.Arm((byte)GuestSetup.ConfigOf(vm)->HostVector);
        }
    }

    public static bool End(Vm* vm, Vcpu* vcpu)
    {
        VmSlot* slot = VmSlot.Of(vm);
        if (GuestSetup.ConfigOf(vm)->HostVector != 0)
        {
            HostTimer.Disarm((byte)GuestSetup.ConfigOf(vm)->HostVector);
        }

        bool asExpected = Expectations.AreMet(vm);
        asExpected &= WatchedPages.AreMarkedAsExpected(vm);
        FinalReport.Print(vm, vcpu, slot->Name, asExpected, brief: slot->IsBrief && asExpected);
        ulong tally = 0;
        if (GuestSetup.ConfigOf(vm)->TallyAddress != 0)
        {
            vm->Memory.Read(new Gpa(GuestSetup.ConfigOf(vm)->TallyAddress), new Span<byte>(&tally, sizeof(ulong)));
        }

        slot->Tally = tally;
        return asExpected;
    }
}
