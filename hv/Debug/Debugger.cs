// A debugger that has been asked for: when guests stand still for it, and how they go on. Nobody else in the house
// knows it: it stands in front of a guest's filter, its line is looked at whenever the console is, and it is told when
// a guest begins and ends. All guests stop together, for one processor runs them all.
namespace MinusOne.Hv.Debug;

internal unsafe struct Debugger
{
    private const ulong SlicesPerSecond = 100;

    public const byte SignalInterrupt = 2, SignalTrap = 5, SignalSegment = 11;

    // Asked for; and the first guest waits for somebody before its first instruction.
    public bool IsOn;
    public bool WaitsAtStart;

    public GdbServer Server;
    public Breakpoints Breakpoints;
    public BreakpointRegisters Registers;
    public Stepping Stepping;

    // Why the guest that runs has to stop, as the other end is to hear it.
    private StopCause _cause;
    private ulong _address;
    private byte _signal;

    // What a lesson has put in front of the dispatch: the guests' filters.
    private fixed ulong _filters[VmSlots.Most];

    public static Debugger* Of(Machine* machine) => (Debugger*)machine->Debugger;

    // The guest has a configuration and nothing else yet.
    public static void Configured(Vm* vm)
    {
        LessonHooks.Configure(vm);
        GuestSnapshot.Configure(vm);
        Debugger* own = Of(vm->Machine);
        if (!own->IsOn)
        {
            return;
        }

        ref ControlChanges changes = ref VmSlot.Of(vm)->Config.Controls;
        changes.PrimarySet |= (uint)PrimaryControls.MovDrExiting;

        // Interrupts that the processor delivers by itself would not wait for a step.
        VmSlot.Of(vm)->Settings.HasPlainApic = true;
        own->_filters[vm->Number - 1] = (ulong)vm->Filter;
        vm->Filter = &DebugFilter.Answer;
    }

    public static void Begun(Vm* vm, Vcpu* vcpu)
    {
        Debugger* own = Of(vm->Machine);
        if (vcpu->Index != 0)
        {
            own->Registers.Renew(vcpu, ref own->Breakpoints);
            return;
        }

        LessonHooks.Begin(vm);
        SerialLine.Begin(vm);
        if (own->IsOn && own->WaitsAtStart)
        {
            own->WaitsAtStart = false;
            own->_signal = SignalTrap;
            own->Converse(vm, vm->First, default, 0);
        }
        else if (own->IsOn && own->Server.IsConnected)
        {
            own->ForEachProcessor(vm->Machine, isIn: true);
            VcpuSwitch.To(vm->First);
        }
    }

    // One that ended badly can be looked at before it goes.
    public static bool Ended(Vm* vm, Vcpu* vcpu)
    {
        SerialLine.End(vm);
        Debugger* own = Of(vm->Machine);
        return own->IsOn && own->Server.IsConnected ? own->End(vm, vcpu) : LessonHooks.End(vm, vcpu);
    }

    // The other guests keep their breakpoints.
    private bool End(Vm* vm, Vcpu* vcpu)
    {
        Machine* machine = vm->Machine;
        _cause = StopCause.None;
        Lift(machine);
        VcpuSwitch.To(vcpu);
        bool isBad = vm->End is not (GuestEnd.PoweredOff or GuestEnd.Reset or GuestEnd.Stopped or GuestEnd.DebugExit);
        if (isBad && !machine->IsStopped)
        {
            _signal = SignalSegment;
            Converse(vm, vcpu, StopCause.End, 0);
        }

        bool isAsExpected = LessonHooks.End(vm, vcpu);
        Registers.Forget(vm);
        Server.EndSteps(vm);
        if (VmSlot.Of(vm)->StartsAgain)
        {
            Breakpoints.Restart(vm->Number);
        }
        else
        {
            Breakpoints.Clear(vm->Number);
            Server.TellEnd(vm);
        }

        Breakpoints.Insert(machine, isIn: true);
        ForEachProcessor(machine, isIn: true);
        VcpuSwitch.To(vcpu);
        return isAsExpected;
    }

    // Whenever the console is looked at.
    public static void Look(void* guest, ulong now, bool wants)
    {
        SerialLine.Look(guest, now, wants);
        Machine* machine = ((Vm*)guest)->Machine;
        Debugger* own = Of(machine);
        HostProcessor* processor = ((Vm*)guest)->Processor;
        processor->IsAsked |= Profiler.IsOn((Vm*)guest);
        processor->IsAsked |= own->IsOn && (own->_cause != StopCause.None || own->Stepping.IsOn
            || own->Server.Link.IsCalled());
    }

    // Between two exits, if somebody asks: the console, or the debugger.
    public static void Asked(Vm* vm, Vcpu* vcpu, ulong now)
    {
        Machine* machine = vm->Machine;
        Debugger* own = Of(machine);
        bool isProfiled = Profiler.IsOn(vm);
        if (isProfiled)
        {
            Profiler.Gone(vm, vcpu);
        }

        if (ConsoleInput.Of(machine)->Request != ConsoleRequest.None)
        {
            Monitor.Answer(vm, vcpu, now);
        }

        vm->Processor->IsAsked = false;
        if (own->IsOn && vm->End == GuestEnd.None)
        {
            own->Mind(vm, vcpu);
        }

        if (isProfiled)
        {
            Profiler.GoOn(vm);
        }
    }

    private void Mind(Vm* vm, Vcpu* vcpu)
    {
        if (_cause == StopCause.None && Stepping.Is(vcpu) && Stepping.IsOver(ExitFacts.Reason))
        {
            Stop(vm, StopCause.Step, 0);
        }

        if (_cause != StopCause.None)
        {
            StopCause cause = _cause;
            _cause = StopCause.None;
            _signal = SignalTrap;
            Converse(vm, vcpu, cause, _address);
        }
        else if (Server.Link.IsCalled())
        {
            _signal = SignalInterrupt;
            Converse(vm, vcpu, default, 0);
        }

        // A step that is not over keeps the processor for its own, but for a turn of the others' in a row of them.
        vm->Processor->IsAsked = Stepping.IsOn || ConsoleInput.Of(vm->Machine)->Request != ConsoleRequest.None;
        if (Stepping.Is(vcpu) && (vm->Leaving is TurnEnd.Preempted or TurnEnd.None))
        {
            Stepping.GoOn();
            vm->Leaving = Server.TakeOthersTurn() ? TurnEnd.Preempted : TurnEnd.None;
            Deadlines.SetSlice(&vm->Board, Cpu.ReadTsc() + (vm->Machine->TscHertz / SlicesPerSecond));
        }
    }

    public ulong FilterOf(Vm* vm) => _filters[vm->Number - 1];

    // The exit that is being answered is a stop.
    public void Stop(Vm* vm, StopCause cause, ulong address)
    {
        _cause = cause;
        _address = address;
        vm->Processor->IsAsked = true;
    }

    private void Converse(Vm* vm, Vcpu* vcpu, StopCause cause, ulong address)
    {
        Machine* machine = vm->Machine;
        ulong began = Cpu.ReadTsc();
        Lift(machine);
        Server.Talk(ref this, new Stopped { Vcpu = vcpu, Cause = cause, Address = address, Signal = _signal });
        VcpuSwitch.To(vcpu);
        if (vm->End == GuestEnd.None)
        {
            Resume(machine, vm, vcpu);
        }

        if (vm->StartTicks != 0)
        {
            ulong ended = Cpu.ReadTsc();
            Rota.Of(vm->Processor)->Scheduler.Skip(ended);
            GuestTime.Skip(vm, vcpu, ended - began);
        }

        Rota.Of(vm->Processor)->NextLook = 0;
        VmSlots.Of(machine)->LineOwner = 0;
    }

    // Memory and debug registers are the guests' again, and nobody steps.
    private void Lift(Machine* machine)
    {
        if (Stepping.IsOn)
        {
            VcpuSwitch.To(Stepping.Vcpu);
            Stepping.End(Vm.Of(Stepping.Vcpu));
        }

        Breakpoints.Insert(machine, isIn: false);
        ForEachProcessor(machine, isIn: false);
    }

    private void Resume(Machine* machine, Vm* vm, Vcpu* vcpu)
    {
        Breakpoints.Insert(machine, isIn: true);
        ForEachProcessor(machine, isIn: true);
        Vcpu* stepped = Server.Stepped.Processor != 0 ? Server.Stepped.Find(machine) : null;
        if (stepped != null)
        {
            VcpuSwitch.To(stepped);
            Stepping.Begin(Vm.Of(stepped), stepped);
            vm->Processor->IsAsked = true;
            vm->Leaving = stepped == vcpu ? TurnEnd.None : TurnEnd.Preempted;
        }

        VcpuSwitch.To(vcpu);
    }

    private void ForEachProcessor(Machine* machine, bool isIn)
    {
        for (Vcpu* vcpu = GdbThread.All.Find(machine); vcpu != null; vcpu = GdbThread.Next(machine, vcpu))
        {
            if (isIn ? Breakpoints.RegistersOf(Vm.Of(vcpu)->Number) == 0 : !Registers.IsIn(vcpu))
            {
                continue;
            }

            VcpuSwitch.To(vcpu);
            if (isIn)
            {
                Registers.Set(vcpu, ref Breakpoints);
            }
            else
            {
                Registers.Lift(vcpu);
            }
        }
    }
}

// Why guests stand still.
internal enum StopCause : byte
{
    None,
    Step,
    Software,
    Hardware,
    Write,
    Read,
    Access,

    // Its guest has ended, and not as one does.
    End,
}

internal unsafe struct Stopped
{
    public Vcpu* Vcpu;
    public ulong Address;
    public StopCause Cause;
    public byte Signal;
}
