// A guest that a test plays: a queue of steps, each plain code that does what an instruction would do. Whether an
// instruction exits, the controls of the VMCS decide, as the manual says; the step goes on when the hypervisor has
// entered again. See README.md.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private readonly SoftProcessor _cpu;
    private readonly SoftMmu _memory;
    private readonly VirtualApic _apic;
    private readonly Queue<Action<ScriptedGuest>> _steps = new();
    private readonly GuestThread _thread;

    private GuestRegisters* _registers;
    private GuestExit _last;

    public ScriptedGuest(SoftProcessor cpu)
    {
        _cpu = cpu;
        _memory = new SoftMmu(cpu);
        _apic = new VirtualApic(cpu);
        _thread = new GuestThread(cpu, Play);
    }

    // Everything the guest received, in order.
    public List<GuestEvent> Events { get; } = [];

    // What the guest runs for an event; it returns by IRET. Without one, interrupts return at once and an exception
    // that answers an action ends it with GuestFaultException.
    public Action<ScriptedGuest, GuestEvent> Handler { get; set; }

    public ref GuestRegisters Registers => ref *_registers;

    public SoftVmcs Vmcs => _cpu.Vmx.Current;

    public ulong Rip
    {
        get => Vmcs[VmcsNatural.GuestRip];
        set => Vmcs[VmcsNatural.GuestRip] = value;
    }

    public ulong Rflags
    {
        get => Vmcs[VmcsNatural.GuestRflags];
        set => Vmcs[VmcsNatural.GuestRflags] = value;
    }

    public ActivityState Activity
    {
        get => (ActivityState)Vmcs[Vmcs32.GuestActivityState];
        set => Vmcs[Vmcs32.GuestActivityState] = (uint)value;
    }

    public uint Blocking
    {
        get => Vmcs[Vmcs32.GuestInterruptibilityState];
        set => Vmcs[Vmcs32.GuestInterruptibilityState] = value;
    }

    public ScriptedGuest Then(Action<ScriptedGuest> step)
    {
        _steps.Enqueue(step);
        return this;
    }

    // An exit as it is, whatever the controls say.
    public ScriptedGuest Then(GuestExit exit) => Then(guest => guest.Exit(exit));

    // Every step was begun. (Of the last one, what stands behind its last exit may not have run.)
    public void AssertFinished()
    {
        if (_steps.Count != 0)
        {
            throw new SoftCpuException($"{_steps.Count} steps of the script were not reached");
        }
    }

    // The hypervisor's side: from an entry to the next exit.
    public GuestExit Run(GuestRegisters* registers)
    {
        _registers = registers;
        _last = _thread.Resume() ?? throw new SoftCpuException(
            $"the script has run out: entered at RIP {Rip:X}, the guest has nothing to do after {_last?.Reason}");
        return _last;
    }

    public void Abandon() => _thread.Abandon();

    // Ends when there are no steps left, which is an error unless the guest is not entered again.
    private void Play()
    {
        GuestExit exit = AfterEntry();
        if (exit != null)
        {
            Leave(exit);
        }

        while (_steps.TryDequeue(out Action<ScriptedGuest> step))
        {
            step(this);
            _pendingFault = null;
        }
    }
}
