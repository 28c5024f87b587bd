// The exit stub in software: what efi/Stubs/WorldSwitch.cs does around the short path, with the registers that the stub
// leaves in the processor out of the short path's reach.

using System;

namespace MinusOne.Tests.Model;

internal static unsafe class SoftShortPath
{
    private const ulong Poison = 0xDEAD_0000_0000_0000;
    private const uint Blocking = InterruptibilityState.Sti | InterruptibilityState.MovSs;

    // RBP, RSI, RDI, R12-R15.
    private static readonly int[] s_unsaved = [5, 6, 7, 12, 13, 14, 15];

    public static VmxResult Enter(SoftProcessor cpu, GuestRegisters* registers)
    {
        while (true)
        {
            VmxResult result = cpu.Vmx.Enter(registers);
            if (result != VmxResult.Succeed)
            {
                return result;
            }

            registers->Launched = 1;
            var reason = (uint)cpu.Vmx.VmRead((uint)VmcsReadOnly32.ExitReason);
            NoteExit(cpu.Vmx, registers, reason);
            if (!cpu.HasShortPath)
            {
                return Leave(cpu.Vmx, registers, Verdict.Refused);
            }

            Verdict answer = Ask(registers, reason);
            if (answer == Verdict.AllRegisters)
            {
                answer = DeviceMemoryExits.Short((Vcpu*)registers);
            }

            if (answer == Verdict.Advance && !TryAdvance(cpu.Vmx))
            {
                return Leave(cpu.Vmx, registers, answer);
            }

            if (answer is not (Verdict.Advance or Verdict.Resume or Verdict.ResumeAll))
            {
                return Leave(cpu.Vmx, registers, answer);
            }

            cpu.ShortExits++;
        }
    }

    // A test without a virtual processor has no ring.
    private static void NoteExit(SoftVmx vmx, GuestRegisters* registers, uint reason)
    {
        if (registers->Exit != null)
        {
            ExitRecord.Begin(registers, reason, vmx.VmRead((uint)VmcsNatural.GuestRip));
        }
    }

    private static VmxResult Leave(SoftVmx vmx, GuestRegisters* registers, Verdict answer)
    {
        registers->Answer = (ulong)answer;
        if (registers->Exit != null)
        {
            ExitRecord.Complete(registers->Exit, Cpu.ReadTsc(), vmx.VmRead((uint)VmcsNatural.GuestCr3),
                vmx.VmRead((uint)VmcsReadOnlyNatural.ExitQualification));
        }

        return VmxResult.Succeed;
    }

    // This follows the manual, not the stub: SDM 3C 34.4. The instruction pointer within its 4 GiB is the easy case.
    public static bool TryAdvance(SoftVmx vmx)
    {
        ulong rip = vmx.VmRead((uint)VmcsNatural.GuestRip);
        ulong next = rip + vmx.VmRead((uint)VmcsReadOnly32.ExitInstructionLength);
        if (rip >> 32 != next >> 32
            || (vmx.VmRead((uint)Vmcs32.GuestInterruptibilityState) & Blocking) != 0
            || ((Rflags)vmx.VmRead((uint)VmcsNatural.GuestRflags) & (Rflags.Trap | Rflags.Resume)) != 0)
        {
            return false;
        }

        vmx.VmWrite((uint)VmcsNatural.GuestRip, next);
        return true;
    }

    // The same around the exit stub of SVM, which moves RIP in C#: efi/FastExit.cs.
    public static Verdict AskSvm(SoftProcessor cpu, GuestRegisters* registers)
    {
        if (registers->Exit == null)
        {
            return Verdict.Refused;
        }

        if (SvmExit.IsTooLate((Vcpu*)registers))
        {
            return Verdict.Refused;
        }

        var reason = (uint)SvmExit.Note((Vcpu*)registers);
        if (!cpu.HasShortPath)
        {
            return Verdict.Refused;
        }

        Verdict answer = Ask(registers, reason);
        answer = answer == Verdict.Advance && SvmBackend.TryAdvance() ? Verdict.Resume : answer;
        return answer == Verdict.AllRegisters ? DeviceMemoryExits.Short((Vcpu*)registers) : answer;
    }

    private static Verdict Ask(GuestRegisters* registers, uint reason)
    {
        GuestRegisters real = *registers;
        foreach (int register in s_unsaved)
        {
            (*registers)[register] = Poison + (ulong)register;
        }

        Verdict answer = ShortPath.Handle((Vcpu*)registers, reason);
        foreach (int register in s_unsaved)
        {
            if ((*registers)[register] != Poison + (ulong)register)
            {
                throw new InvalidOperationException(
                    $"the short path wrote register {register}, which it does not have");
            }

            (*registers)[register] = real[register];
        }

        return answer;
    }
}
