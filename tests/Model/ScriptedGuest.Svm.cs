// What a scripted guest does otherwise on SVM: VMMCALL, instructions without a control on VT-x, interrupts at the end
// of an instruction, IRET behind a handler, and the bytes of what it executes. AMD APM 2 15.9 Instruction Intercepts,
// 15.21.5 Interrupt Shadows.

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private const ulong MostIrets = 3;

    public void Vmmcall() => Always(SvmExits.Vmmcall());

    // An instruction of SVM's, or another whose intercept has this code.
    public void Svm(ulong code, uint length = 3) => Always(SvmExits.Instruction(code, length));

    // An instruction that this processor has not.
    public void RaiseInvalid(GuestExit exit)
    {
        Place(SvmCode.Of(exit, _cpu.Vmx.GuestIn64BitMode));
        ulong rip = Rip;
        do
        {
            RaiseFault(ExceptionVector.InvalidOpcode, null, 0, exit.InstructionLength.Value);
        }
        while (IsToBeExecutedAgain() && Rip == rip);
    }

    private void RequireIntercept(GuestExit exit)
    {
        if (_cpu.Svm.IsRunning && SvmExits.Say(exit, Rip).Code is var code && !_cpu.Svm.IsIntercepted(code))
        {
            throw new SoftCpuException($"{code:X} is not intercepted, and what it does then is left out");
        }
    }

    private bool ExitsAtCr(int cr, bool isWrite) => _cpu.Svm.IsIntercepted((ulong)cr + (isWrite ? 16u : 0));

    // Physical interrupts go before virtual ones.
    private GuestExit SvmBoundary()
    {
        if (_cpu.Svm.IsInterruptDue)
        {
            return _cpu.Svm.IsIntercepted(0x60) ? Exits.ExternalInterrupt(null)
                : throw new SoftCpuException("an interrupt of the host's goes to the guest");
        }

        if (_cpu.Svm.IsVirtualInterruptDue)
        {
            return _cpu.Svm.IsIntercepted(0x64) ? Exits.InterruptWindow()
                : Deliver(0x8000_0000u | _cpu.Svm.TakeVirtualInterrupt(), null, false, Rip) ?? Boundary();
        }

        return DeliverWaiting();
    }

    // Time that passes is that of instructions.
    private void EndShadow() => Blocking &= _cpu.Svm.IsRunning ? ~StiOrMovSs : uint.MaxValue;

    // SVM has no pending debug exceptions: what a trap was about stands in DR6.
    private void RecordDebug(ulong causes)
    {
        if (_cpu.Svm.IsRunning)
        {
            _cpu.DebugRegisters[6] |= causes & (0xF | PendingDebugExceptions.Step);
        }
    }

    // An IRET that exits is executed again, for it is a fault that never moves RIP.
    private void Return(GuestEvent received)
    {
        bool exits = _cpu.Svm.IsIntercepted(0x74);
        for (ulong count = 0; _cpu.Svm.IsIntercepted(0x74); count++)
        {
            if (count == MostIrets)
            {
                throw new SoftCpuException("the guest never comes behind its IRET");
            }

            Leave(SvmExits.Iret());
        }

        Rip = received.ReturnRip;
        Rflags = received.Rflags;
        UnblockNmi();
        if (exits)
        {
            EndShadow();
            Leave(Boundary());
        }
    }

    // False: what the guest is about to execute stands in its memory now, if anybody knows what that is.
    private bool PlaceCode(GuestExit exit)
    {
        if (_cpu.Svm.IsRunning)
        {
            Place(SvmCode.Of(exit, _cpu.Vmx.GuestIn64BitMode));
        }

        return false;
    }

    private void PlaceInterrupt(uint information)
    {
        if (_cpu.Svm.IsRunning)
        {
            byte vector = (byte)information;
            bool isException = ((information >> 8) & 7) == (uint)InterruptionType.SoftwareException;
            Place(isException ? [(byte)(vector == 3 ? 0xCC : 0xCE)] : SvmCode.Interrupt(vector));
        }
    }

    // Fetches find the code's frames, as the processor's would: with exits, if it has to be.
    public void Place(params byte[] code)
    {
        for (int i = 0; code != null && i < code.Length; i++)
        {
            ulong linear = Vmcs[VmcsNatural.GuestCsBase] + Rip + (uint)i;
            Hpa target;
            while (!Reach(linear, true, Access.Execute, out target))
            {
                _executeAgain = false;
            }

            _cpu.Memory.Write(target, code[i]);
        }
    }
}
