// What an exit writes into the VMCB, and what makes a guest exit that VT-x has no control for. AMD APM 2 15.6 #VMEXIT,
// 15.7.1 State Saved on Exit, 15.10 IOIO Intercepts, 15.11 MSR Intercepts, 15.21 Interrupt and Local APIC Support.
namespace MinusOne.Tests.Model;

internal sealed unsafe partial class SoftSvm
{
    private const ulong Undefined = 0x7AD0_7AD0_7AD0_0000;
    private const uint HasCode = 1u << 11;
    private const int PairsPerRange = 0x2000;

    // A physical interrupt exits if it may come: by the host's IF, which the world switch sets, or by the guest's own.
    public bool IsInterruptDue => IsRunning && !LeavesInterrupts && _cpu.Apic.IsPending && !IsShadowed
        && ((_control.Interrupt & VirtualInterrupt.MaskedByHost) != 0 || GuestHasInterruptsOn);

    // A virtual interrupt that the guest would take now.
    public bool IsVirtualInterruptDue => IsRunning && (_control.Interrupt & VirtualInterrupt.Requested) != 0
        && !IsShadowed && GuestHasInterruptsOn
        && ((_control.Interrupt & VirtualInterrupt.IgnoreTaskPriority) != 0
            || (((ulong)_control.Interrupt >> 16) & 15) > ((ulong)_control.Interrupt & 15));

    private bool IsShadowed => (_cpu.Vmx.Current[Vmcs32.GuestInterruptibilityState]
        & (InterruptibilityState.Sti | InterruptibilityState.MovSs)) != 0;

    private bool GuestHasInterruptsOn =>
        (_cpu.Vmx.Current[VmcsNatural.GuestRflags] & (ulong)Rflags.InterruptEnable) != 0;

    // The vector of the virtual interrupt, which is on its way now.
    public byte TakeVirtualInterrupt()
    {
        _control.Interrupt &= ~VirtualInterrupt.Requested;
        return (byte)((ulong)_control.Interrupt >> 32);
    }

    // A bit a port, and behind the last ones those that a wide access reaches.
    public bool ExitsAtPort(ushort port, int bytes)
    {
        for (int i = 0; IsSet(0x7B) && i < bytes; i++)
        {
            if (Bit(_control.PortMap, (uint)(port + i)))
            {
                return true;
            }
        }

        return false;
    }

    // Two bits an MSR, in three ranges; outside them all exit.
    public bool ExitsAtMsr(uint msr, bool isWrite)
    {
        uint range = msr >= 0xC001_0000 ? 2u : msr >= 0xC000_0000 ? 1u : 0;
        uint index = msr - (range == 2 ? 0xC001_0000 : range == 1 ? 0xC000_0000 : 0);
        return IsSet(0x7C) && (index >= PairsPerRange
            || Bit(_control.MsrMap, (((range * PairsPerRange) + index) * 2) + (isWrite ? 1u : 0)));
    }

    // The same intercepts before the guest runs.
    private bool IsSet(ulong code)
    {
        bool runs = IsRunning;
        IsRunning = true;
        bool isSet = IsIntercepted(code);
        IsRunning = runs;
        return isSet;
    }

    private bool Bit(Hpa map, uint bit) =>
        (_cpu.Memory.Read<byte>(new Hpa((map.Value & ~0xFFFul) + (bit >> 3))) & (1 << (int)(bit & 7))) != 0;

    // The next RIP is told of instructions alone, and where the processor can; others leave the field as it was.
    private void SaveExit(Vmcb* vmcb, GuestExit exit)
    {
        (ulong code, ulong? info1, ulong? info2) = SvmExits.Say(exit, vmcb->Rip);
        vmcb->ExitCode = (ExitCode)code;
        vmcb->Info1 = info1 ?? Undefined | 1;
        vmcb->Info2 = info2 ?? Undefined | 2;
        vmcb->InterruptedEvent = Interrupted(exit);
        vmcb->NextRip = !HasNextRip ? vmcb->NextRip
            : exit.InstructionLength is uint length ? vmcb->Rip + length
            : 0;
        if (code == 0x41)
        {
            vmcb->Dr6 |= exit.Qualification;
        }
    }

    // INT3 and INTO are exceptions here.
    private static ulong Interrupted(GuestExit exit)
    {
        if (exit.IdtVectoring is not uint delivered)
        {
            return Undefined;
        }

        uint type = (delivered >> 8) & 7;
        ulong told = (delivered & ~0x700u) | ((type is 5 or 6 ? 3 : type) << 8);
        return told | ((told & HasCode) != 0 ? (ulong)(exit.IdtVectoringErrorCode ?? 0) << 32 : 0);
    }
}
