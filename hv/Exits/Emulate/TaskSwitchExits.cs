// Task switches of the hardware's, which always exit: carried out as the processor would. Before the exit it has
// checked the gate, the selector and the descriptor of the new task. SDM 3A 8.3 Task Switching, 8.4 Task Linking; SDM
// 3C 27.4.2 Treatment of Task Switches. Until everything is known to be in reach, faults are the old task's; later ones
// are the new task's. Guests have no shadow stacks.
namespace MinusOne.Hv.Exits.Emulate;

internal static unsafe class TaskSwitchExits
{
    // What can be set in RFLAGS.
    private const Rflags Defined = (Rflags)0x3F_7FD7;

    // L0 to L3 and LE of DR7 belong to a task. SDM 3B 19.2.4 Debug Control Register (DR7).
    private const ulong LocalBreakpoints = 0x155;

    public static Verdict Switch(Vm* vm, Vcpu* vcpu)
    {
        TaskSwitchSource source = ExitFacts.TaskSwitch.Source;
        Event cause = default;
        if (source == TaskSwitchSource.TaskGate)
        {
            Injection.RecordInterruptedDelivery(vcpu);
            cause = ExitFacts.InterruptedDelivery;
        }

        var space = new GuestSpace(vm);
        if (!TryFind(vm, ref space, source, out TaskChange change))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        uint* state = stackalloc uint[TaskSlot.Count];
        Store(vm, vcpu, source, in cause, state);
        change.Old.TryCopy(vm, ref space, TaskSlot.Eip, TaskSlot.Ldt, isWrite: true, state);
        change.New.TryCopy(vm, ref space, TaskSlot.Cr3, TaskSlot.Count, isWrite: false, state);
        Commit(vm, vcpu, source, in change, state);
        vcpu->Events.Delivered();
        InterruptibilityState blocked = GuestState.Blocking;
        bool blocksNmis = blocked.BlockingByNmi || cause.Information.Type == InterruptionType.Nmi;
        GuestState.Blocking = blocked.AfterInstruction.WithNmiBlocking(blocksNmis && source != TaskSwitchSource.Iret);
        Load(vcpu, state);
        return Begin(vm, vcpu, change.New, in cause, state);
    }

    // All that the switch reads or writes before it loads segments; nothing is changed.
    private static bool TryFind(Vm* vm, ref GuestSpace space, TaskSwitchSource source, out TaskChange change)
    {
        bool nests = source is TaskSwitchSource.Call or TaskSwitchSource.TaskGate;
        change = default;
        change.Selector = ExitFacts.TaskSwitch.Selector;
        Gva found = space.Next(new Gva(GuestState.Gdtr.Base), change.Selector & ~7);
        Gva left = space.Next(new Gva(GuestState.Gdtr.Base), GuestState.Selector(GuestSegment.Tr) & ~7);
        if (!space.TryFindDescriptor(found, 8, isWrite: false, out GuestOperand descriptor))
        {
            return false;
        }

        change.Descriptor = new SystemDescriptor(descriptor.Read(vm), 0);
        change.New = new TaskSegment(change.Descriptor.Base, change.Descriptor.Rights);
        change.Old = new TaskSegment(GuestState.Base(GuestSegment.Tr), GuestState.Rights(GuestSegment.Tr));
        return change.New.TryCopy(vm, ref space, TaskSlot.Cr3, TaskSlot.Count, isWrite: false, null)
            && change.Old.TryCopy(vm, ref space, TaskSlot.Eip, TaskSlot.Ldt, isWrite: true, null)
            && (nests
                ? space.TryFindDescriptor(new Gva(change.Descriptor.Base), 2, isWrite: true, out change.Link)
                : TaskRegisterExits.TryFindType(ref space, left, out change.OldType))
            && (source == TaskSwitchSource.Iret || TaskRegisterExits.TryFindType(ref space, found, out change.NewType));
    }

    // EIP is that of the next instruction if it was an instruction that switched. RF is as it has to be.
    private static void Store(Vm* vm, Vcpu* vcpu, TaskSwitchSource source, in Event cause, uint* state)
    {
        bool isInstruction = source != TaskSwitchSource.TaskGate || cause.Information.HasInstructionLength;
        state[TaskSlot.Eip] = (uint)GuestState.Rip + (isInstruction ? ExitInstruction.Length(vm) : 0);
        state[TaskSlot.Eflags] = (uint)(GuestState.Rflags & ~(source == TaskSwitchSource.Iret ? Rflags.NestedTask : 0));
        for (int i = 0; i < TaskSlot.Segments - TaskSlot.General; i++)
        {
            state[TaskSlot.General + i] = (uint)GuestMode.ReadRegister(vcpu, i);
        }

        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            state[TaskSlot.Segments + (int)segment] = GuestState.Selector(segment);
        }
    }

    // SDM 3A 8.4 Task Linking, table Effect of a Task Switch on Busy Flag, NT Flag, Previous Task Link Field, TS Flag.
    private static void Commit(Vm* vm, Vcpu* vcpu, TaskSwitchSource source, in TaskChange change, uint* state)
    {
        uint busy = change.Descriptor.Rights.Raw | TaskRegisterExits.Busy;
        if (source is TaskSwitchSource.Call or TaskSwitchSource.TaskGate)
        {
            change.Link.Write(vm, GuestState.Selector(GuestSegment.Tr));
            state[TaskSlot.Eflags] |= (uint)Rflags.NestedTask;
        }
        else
        {
            change.OldType.Write(vm, change.OldType.Read(vm) & ~(ulong)TaskRegisterExits.Busy);
        }

        if (source != TaskSwitchSource.Iret)
        {
            change.NewType.Write(vm, busy);
        }

        SystemDescriptor descriptor = change.Descriptor;
        GuestState.SetSegment(GuestSegment.Tr, change.Selector, descriptor.Base, descriptor.Limit, new(busy));
        Backend.SetCr0(vcpu, GuestMode.Cr0 | Cr0.TaskSwitched);
        GuestState.Dr7 &= ~LocalBreakpoints;
    }

    private static void Load(Vcpu* vcpu, uint* state)
    {
        GuestState.Rip = state[TaskSlot.Eip];
        GuestState.Rflags = ((Rflags)state[TaskSlot.Eflags] & Defined) | Rflags.AlwaysSet;
        TaskSwitchSegments.Name(&state[TaskSlot.Segments]);
        for (int i = 0; i < TaskSlot.Segments - TaskSlot.General; i++)
        {
            GuestMode.WriteRegister(vcpu, i, state[TaskSlot.General + i], 4);
        }
    }

    // In the new task, before its first instruction: CR3, descriptors, the error code of the event, its debug trap.
    private static Verdict Begin(Vm* vm, Vcpu* vcpu, TaskSegment task, in Event cause, uint* state)
    {
        uint external = cause.Information.IsExternal ? 1u : 0;
        bool loadsCr3 = task.Is32Bit && (GuestState.Cr0 & Cr0.Paging) != 0 && state[TaskSlot.Cr3] != GuestState.Cr3;
        Verdict verdict = loadsCr3 ? ControlRegisterExits.WriteCr3(vm, vcpu, state[TaskSlot.Cr3]) : Verdict.Advance;
        verdict = verdict == Verdict.Advance ? TaskSwitchSegments.Load(vm, vcpu, external) : verdict;
        verdict = verdict == Verdict.Advance && cause.Information.HasErrorCode
            ? Push(vm, vcpu, cause.ErrorCode, task.Is32Bit ? 4 : 2) : verdict;
        if (verdict == Verdict.Advance && state[TaskSlot.Eip] > GuestState.Limit(GuestSegment.Cs))
        {
            verdict = Exceptions.Raise(vm, vcpu, ExceptionVector.GeneralProtection, external);
        }

        if (verdict == Verdict.Advance && (state[TaskSlot.Trap] & 1) != 0)
        {
            DebugRegisters.RecordCause((ulong)Dr6.TaskSwitch);
            DebugRegisters.EnterHandler();
            verdict = Exceptions.Raise(vm, vcpu, ExceptionVector.Debug);
        }

        return verdict == Verdict.Advance ? Verdict.Resume : verdict;
    }

    private static Verdict Push(Vm* vm, Vcpu* vcpu, uint errorCode, int bytes)
    {
        var space = new GuestSpace(vm);
        ulong mask = GuestState.Rights(GuestSegment.Ss).IsDefaultBig ? uint.MaxValue : ushort.MaxValue;
        ulong top = (GuestState.Rsp - (uint)bytes) & mask;
        Gva address = space.Linear(GuestSegment.Ss, top);
        if (!space.TryFind(GuestSegment.Ss, address, bytes, isWrite: true, out GuestOperand place))
        {
            return space.Trouble.Answer(vm, vcpu, external: 1);
        }

        place.Write(vm, errorCode);
        GuestState.Rsp = (GuestState.Rsp & ~mask) | top;
        return Verdict.Advance;
    }
}
