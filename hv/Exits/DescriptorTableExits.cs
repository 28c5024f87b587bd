// LGDT, LIDT, SGDT and SIDT, where a scene wants to see them: carried out in the guest's name. SDM 3C 26.6.2
// (descriptor-table exiting), SDM 2A LGDT/LIDT, 2B SGDT. Privilege has been checked by the processor before the exit.

using System;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.Vmx.Qualifications;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits;

internal static unsafe class DescriptorTableExits
{
    private const int LimitBytes = 2;
    private const ulong Base24 = 0xFF_FFFF;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        var information = new DescriptorTableInformation(Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation));
        Gva operand = InstructionOperand.Address(vcpu, information.Operand);
        bool is64Bit = GuestMode.Is64Bit;
        bool global = information.Instruction is DescriptorTableInstruction.Sgdt or DescriptorTableInstruction.Lgdt;
        VmcsNatural baseField = global ? VmcsNatural.GuestGdtrBase : VmcsNatural.GuestIdtrBase;
        Vmcs32 limitField = global ? Vmcs32.GuestGdtrLimit : Vmcs32.GuestIdtrLimit;
        byte* bytes = stackalloc byte[LimitBytes + 8];
        var value = new Span<byte>(bytes, LimitBytes + (is64Bit ? 8 : 4));
        GuestAccess user = GuestMode.Cpl == 3 ? GuestAccess.User : GuestAccess.Read;
        if (information.Instruction is DescriptorTableInstruction.Sgdt or DescriptorTableInstruction.Sidt)
        {
            *(ushort*)bytes = (ushort)Vmcs.Read(limitField);
            *(ulong*)(bytes + LimitBytes) = Vmcs.Read(baseField);
            LinearMemory.TryWrite(vm, vcpu, operand, value, user, out Verdict written);
            return written;
        }

        if (!LinearMemory.TryRead(vm, vcpu, operand, value, user, out Verdict refusal))
        {
            return refusal;
        }

        ulong address = is64Bit ? *(ulong*)(bytes + LimitBytes) : *(uint*)(bytes + LimitBytes);
        address = is64Bit || information.Is32Bit ? address : address & Base24;
        if (!RegisterLimits.IsCanonical(address, 48))
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        Vmcs.Write(baseField, address);
        Vmcs.Write(limitField, *(ushort*)bytes);
        return Verdict.Advance;
    }
}
