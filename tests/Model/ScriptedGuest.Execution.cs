// How an action of a script meets the hypervisor: the exit, the next entry, and what must be right then. An
// instruction that exited is executed again if RIP is where it was, and counts as emulated if RIP stands behind it;
// anything else is a mistake, and so is an emulation that leaves behind what hardware would have cleared. SDM 3C
// Chapter 27 VMX Non-Root Operation.

using System;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private const uint StiOrMovSs = InterruptibilityState.Sti | InterruptibilityState.MovSs;
    private const uint LongestInstruction = 15;

    // An exception that the hypervisor injected and no handler took.
    private GuestEvent _pendingFault;
    private bool _executeAgain;

    // What the instruction that is being executed exits with when it is complete.
    private GuestExit _behind;

    // An exit as it is. The script goes on at the next entry, wherever RIP is then.
    public void Exit(GuestExit exit)
    {
        Leave(exit);
        _pendingFault = null;
    }

    // The action is answered with this exception, by the hypervisor or by the processor. Returns its error code.
    public uint? Faults(ExceptionVector vector, Action action)
    {
        try
        {
            action();
        }
        catch (GuestFaultException fault) when (fault.Event.Vector == (byte)vector)
        {
            return fault.Event.ErrorCode;
        }

        throw new SoftCpuException($"the guest got no {vector}");
    }

    private void RequireActive()
    {
        if (Activity != ActivityState.Active)
        {
            throw new SoftCpuException($"the guest is in activity state {Activity} and executes nothing");
        }
    }

    // One instruction: what makes it exit (null: it does not), and what it does if nothing does.
    private void Execute(uint length, Func<GuestExit> intercept, Action complete)
    {
        RequireActive();
        while (true)
        {
            GuestExit exit = intercept();
            if (exit == null)
            {
                ulong rip = Rip;
                complete();
                if (Rip == rip && !_executeAgain)
                {
                    Complete(length);
                }

                if (!IsToBeExecutedAgain())
                {
                    return;
                }
            }
            else if (PlaceCode(exit) || LeaveAt(exit, length))
            {
                return;
            }
        }
    }

    // The last action met an exception: the hypervisor has entered again without moving RIP.
    private bool IsToBeExecutedAgain()
    {
        bool again = _executeAgain;
        _executeAgain = false;
        return again;
    }

    // True: done on the guest's behalf. False: executed again. `length` 0: not known.
    private bool LeaveAt(GuestExit exit, uint length)
    {
        ulong rip = Rip;
        uint blocking = Blocking & StiOrMovSs;
        bool trap = (Rflags & (ulong)Hv.X86.Rflags.Trap) != 0;
        EnteredState entered = Leave(exit);
        if (_pendingFault is GuestEvent fault)
        {
            _pendingFault = null;
            Rip = Next(rip, Math.Max(length, 1));
            throw new GuestFaultException(fault);
        }

        if (entered.Rip == rip)
        {
            return Rip != rip;
        }

        RequireEmulated(entered, rip, length, blocking, trap);
        return true;
    }

    private void RequireEmulated(EnteredState entered, ulong rip, uint length, uint blocking, bool trap)
    {
        bool behind = length == 0
            ? IsBehind(entered.Rip, rip, 1, LongestInstruction)
            : IsBehind(entered.Rip, rip, length, length);
        string mistake = !behind ? $"RIP went from {rip:X} to {entered.Rip:X}, the instruction has {length} bytes"
            : (entered.Blocking & blocking) != 0 ? "blocking by STI or MOV SS outlived the emulated instruction"
            : (entered.Rflags & (ulong)Hv.X86.Rflags.Resume) != 0 ? "RFLAGS.RF outlived the emulated instruction"
            : trap && !entered.HasStepOrEvent ? "the single step over the emulated instruction is lost"
            : null;
        if (mistake != null)
        {
            throw new SoftCpuException(mistake);
        }
    }

    private bool IsBehind(ulong entered, ulong rip, uint least, uint most)
    {
        for (uint length = least; length <= most; length++)
        {
            ulong next = rip + length;
            bool narrow = !_cpu.Vmx.GuestIn64BitMode;
            if (entered == next || (narrow && (entered == (uint)next || entered == (ushort)next)))
            {
                return true;
            }
        }

        return false;
    }

    // Out, and in again as often as there is an exit before the next instruction. What the first entry found, is
    // returned.
    private EnteredState Leave(GuestExit exit)
    {
        EnteredState first = default;
        for (bool isFirst = true; exit != null; isFirst = false)
        {
            _thread.Leave(exit);
            first = isFirst ? new EnteredState(Vmcs) : first;
            exit = AfterEntry();
        }

        return first;
    }

    // What happens between an entry and the guest's first instruction. SDM 3C 28.6 Event Injection, 28.7 Special
    // Features of VM Entry. An exit at once is returned.
    private GuestExit AfterEntry()
    {
        _apic.Entered();
        return DeliverInjected() ?? DeliverPendingDebug() ?? Boundary();
    }

    // Between two instructions. SDM 3C 27.2 Other Causes of VM Exits.
    private GuestExit Boundary()
    {
        if (_behind is GuestExit trap)
        {
            _behind = null;
            return trap;
        }

        SoftVmcs vmcs = Vmcs;
        bool mayWake = Activity is ActivityState.Active or ActivityState.Hlt;
        bool nmiWindow = vmcs.Has(PrimaryControls.NmiWindowExiting) && mayWake && IsOpenToNmi;
        bool window = vmcs.Has(PrimaryControls.InterruptWindowExiting) && mayWake && IsOpenToInterrupts;
        return _cpu.Svm.IsRunning ? SvmBoundary()
            : _cpu.Vmx.Timer.HasExpired && Activity != ActivityState.WaitForSipi ? Exits.PreemptionTimer()
            : nmiWindow ? Exits.NmiWindow()
            : window ? Exits.InterruptWindow()
            : DeliverVirtual() ?? LeaveFor(Blocking & StiOrMovSs) ?? DeliverWaiting();
    }

    // An instruction has been executed.
    private void Complete(uint length)
    {
        uint blockedBefore = Blocking & StiOrMovSs;
        bool trap = (Rflags & (ulong)Hv.X86.Rflags.Trap) != 0;
        Rip = Next(Rip, length);
        Rflags &= ~(ulong)Hv.X86.Rflags.Resume;
        Blocking &= ~(_freshBlocking ? 0 : blockedBefore);
        _freshBlocking = false;
        if (trap)
        {
            Vmcs[VmcsNatural.GuestPendingDebugExceptions] |= PendingDebugExceptions.Step;
        }

        Leave(DeliverPendingDebug() ?? Boundary());
    }

    // A 16-bit code segment ends at its limit, which the next fetch finds out.
    private ulong Next(ulong rip, uint length) => _cpu.Vmx.GuestIn64BitMode ? rip + length : (uint)(rip + length);
}
