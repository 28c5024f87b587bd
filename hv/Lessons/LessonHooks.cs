// What a configuration for learners does at the turns of a guest's life (Hooks in Exits/Machine.cs): the registers that
// it starts with, the host's interrupt, what is told, and the verdict on its end.
namespace MinusOne.Hv.Lessons;

internal static unsafe class LessonHooks
{
    // All zero where nothing is to be learnt.
    public static Lesson LessonOf(Vm* vm)
    {
        var lesson = (Lesson*)GuestSetup.ConfigOf(vm)->Lesson;
        return lesson == null ? default : *lesson;
    }

    // Its title is shown once, however often it is played.
    public static void Configure(Vm* vm)
    {
        ref VmSlot slot = ref *VmSlot.Of(vm);
        if (slot.Config.Title.Length != 0 && slot.Plays == slot.Config.Repeats && !slot.Settings.HasSeeds)
        {
            Writer.Console.Text(slot.Config.Title.Span).EndLine();
        }

        LessonFilter.Set(vm);
    }

    // Configurations that show what no guest can see: the hypervisor works something out and prints it. Right: it came
    // out as it must. False: there is a guest.
    public static bool WorkOut(Vm* vm, Vcpu* vcpu, ref bool isRight)
    {
        FramePool* frames = &vm->Machine->Frames;
        switch (LessonOf(vm).Computation)
        {
            case Computation.None: return false;
            case Computation.VmxonRegion: isRight = VmxonRegion.Run(vm->Machine); break;
            case Computation.ShadowTables: isRight = ShadowTables.Run(frames); break;
            case Computation.NestedWalk: isRight = NestedWalk.Run(frames); break;
            case Computation.BrokenEntries: isRight = BrokenEntries.Run(vm, vcpu, VmSlot.Of(vm)->Settings); break;
            default: isRight = false; break;
        }

        return true;
    }

    public static void Prepare(Vm* vm, Vcpu* vcpu)
    {
        ref RunSettings settings = ref VmSlot.Of(vm)->Settings;
        Lesson lesson = LessonOf(vm);
        if (lesson.Has(LessonFeatures.MemoryInRbx))
        {
            vcpu->Registers.Rbx = GuestSetup.MemoryBytes(GuestSetup.ConfigOf(vm), settings);
        }

        if (lesson.Has(LessonFeatures.SeedInRegisters))
        {
            vcpu->Registers.Rsi = settings.Seed;
            vcpu->Registers.Rbp = settings.Count;
        }

        if (lesson.PendingVector != 0)
        {
            vcpu->Events.PendExternal((byte)lesson.PendingVector);
        }

        // One that starts again has what it had.
        if (!VmSlot.Of(vm)->IsBrief && VmSlot.Of(vm)->TimeLimit == 0)
        {
            MemoryReport.Print(vm);
        }

        if (lesson.Has(LessonFeatures.Narrate))
        {
            ControlsReport.Print(Output.Console, vcpu);
        }
    }

    public static void Begin(Vm* vm)
    {
        TraceStream.Begin(vm);
        if (LessonOf(vm).HostVector != 0)
        {
            HostTimer.Arm((byte)LessonOf(vm).HostVector);
        }
    }

    public static bool End(Vm* vm, Vcpu* vcpu)
    {
        VmSlot* slot = VmSlot.Of(vm);
        TraceStream.End(vm);
        if (LessonOf(vm).HostVector != 0)
        {
            HostTimer.Disarm((byte)LessonOf(vm).HostVector);
        }

        bool asExpected = Expectations.AreMet(vm) & Expectations.AreMarked(vm);
        FinalReport.Print(vm, vcpu, slot->Name, asExpected, brief: slot->IsBrief && asExpected);
        ulong tally = 0;
        if (LessonOf(vm).TallyAddress != 0)
        {
            vm->Memory.Read(new Gpa(LessonOf(vm).TallyAddress), new Span<byte>(&tally, sizeof(ulong)));
        }

        slot->Tally = tally;
        return asExpected;
    }
}

// One interrupt of the host's own local APIC timer, for configurations that want to see where it goes. SDM 3A 12.5.4
// APIC Timer, 12.8.5 Signaling Interrupt Servicing Completion.
internal static class HostTimer
{
    private const uint SoftwareEnabled = 0x1FF;
    private const uint Masked = 1u << 16;
    private const uint DivideBy1 = 0xB;

    // Long enough for a guest to start, short enough not to be waited for.
    private const uint Ticks = 500_000;

    public static void Arm(byte vector)
    {
        Write(ApicRegister.SpuriousVector, SoftwareEnabled);
        Write(ApicRegister.Divide, DivideBy1);
        Write(ApicRegister.LvtTimer, vector);
        Write(ApicRegister.InitialCount, Ticks);
    }

    // Nothing stays in service, whether the hypervisor took the interrupt or the guest.
    public static void Disarm(byte vector)
    {
        Write(ApicRegister.LvtTimer, Masked);
        Write(ApicRegister.InitialCount, 0);
        uint word = (uint)ApicRegister.InService + (((uint)vector >> 5) * 0x10);
        if ((Cpu.ReadApic(word) & (1u << (vector & 31))) != 0)
        {
            Write(ApicRegister.EndOfInterrupt, 0);
        }
    }

    private static void Write(ApicRegister register, uint value) => Cpu.WriteApic((uint)register, value);
}
