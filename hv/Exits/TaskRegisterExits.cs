// LLDT, LTR, SLDT and STR, where a scene wants to see them: carried out in the guest's name. SDM 2A LLDT, LTR, 2B SLDT, STR;
// SDM 3A 3.5 System Descriptor Types. A stored selector's operand size is taken from the code segment, not from a prefix.

using System;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.Vmx.Qualifications;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Exits;

internal static unsafe class TaskRegisterExits
{
    private const uint LocalTable = 2;
    private const uint AvailableTask32 = 9;
    private const uint AvailableTask16 = 1;
    private const uint Busy = 2;
    private const uint TableIndicator = 4;

    public static Verdict Access(Vm* vm, Vcpu* vcpu)
    {
        var information = new TaskRegisterInformation(Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation));
        bool isTask = information.Instruction is TaskRegisterInstruction.Str or TaskRegisterInstruction.Ltr;
        GuestSegment segment = isTask ? GuestSegment.Tr : GuestSegment.Ldtr;
        return information.Instruction is TaskRegisterInstruction.Sldt or TaskRegisterInstruction.Str
            ? Store(vm, vcpu, information, Vmcs.Read(GuestSegmentFields.Selector(segment)))
            : Load(vm, vcpu, information, segment);
    }

    private static Verdict Store(Vm* vm, Vcpu* vcpu, TaskRegisterInformation information, ushort selector)
    {
        if (information.IsRegister)
        {
            bool isBig = new SegmentAccessRights(Vmcs.Read(Vmcs32.GuestCsAccessRights)).IsDefaultBig;
            GuestMode.WriteRegister(vcpu, information.Register, selector, GuestMode.Is64Bit ? 8 : isBig ? 4 : 2);
            return Verdict.Advance;
        }

        GuestAccess user = GuestMode.Cpl == 3 ? GuestAccess.User : GuestAccess.Read;
        Gva operand = InstructionOperand.Address(vcpu, information.Operand);
        LinearMemory.TryWrite(vm, vcpu, operand, new ReadOnlySpan<byte>(&selector, 2), user, out Verdict written);
        return written;
    }

    private static Verdict Load(Vm* vm, Vcpu* vcpu, TaskRegisterInformation information, GuestSegment segment)
    {
        ushort selector = 0;
        if (information.IsRegister)
        {
            selector = (ushort)GuestMode.ReadRegister(vcpu, information.Register);
        }
        else if (!LinearMemory.TryRead(vm, vcpu, InstructionOperand.Address(vcpu, information.Operand),
            new Span<byte>(&selector, 2), GuestAccess.Read, out Verdict refusal))
        {
            return refusal;
        }

        if ((selector & ~3) != 0)
        {
            return LoadDescriptor(vm, vcpu, segment, selector);
        }

        if (segment == GuestSegment.Tr)
        {
            return Exceptions.GeneralProtection(vm, vcpu);
        }

        Vmcs.Write(GuestSegmentFields.Selector(segment), selector);
        Vmcs.Write(GuestSegmentFields.AccessRights(segment), SegmentAccessRights.UnusableBit);
        return Verdict.Advance;
    }

    private static Verdict LoadDescriptor(Vm* vm, Vcpu* vcpu, GuestSegment segment, ushort selector)
    {
        bool isLong = (Vmcs.Read(Vmcs64.GuestEfer) & (ulong)Efer.LongModeActive) != 0;
        int bytes = isLong ? 16 : 8;
        uint error = selector & 0xFFFCu;
        ulong* descriptor = stackalloc ulong[2];
        descriptor[1] = 0;
        if ((selector & TableIndicator) != 0 || (selector | 7u) + (uint)bytes - 8 > Vmcs.Read(Vmcs32.GuestGdtrLimit))
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.GeneralProtection, error);
        }

        Gva address = new(Vmcs.Read(VmcsNatural.GuestGdtrBase) + (selector & ~7u));
        if (!LinearMemory.TryRead(vm, vcpu, address, new Span<byte>(descriptor, bytes), GuestAccess.Implicit, out Verdict refusal))
        {
            return refusal;
        }

        var rights = new SegmentAccessRights((uint)(descriptor[0] >> 40) & 0xF0FF);
        bool isTask = segment == GuestSegment.Tr;
        bool fits = isTask ? rights.Type == AvailableTask32 || (rights.Type == AvailableTask16 && !isLong) : rights.Type == LocalTable;
        if (!fits || rights.IsCodeOrData)
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.GeneralProtection, error);
        }

        if (!rights.IsPresent)
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.SegmentNotPresent, error);
        }

        uint raw = rights.Raw | (isTask ? Busy : 0);
        byte type = (byte)raw;
        if (isTask && !LinearMemory.TryWrite(
            vm, vcpu, address + 5, new ReadOnlySpan<byte>(&type, 1), GuestAccess.Implicit, out refusal))
        {
            return refusal;
        }

        uint limit = (uint)(descriptor[0] & 0xFFFF) | ((uint)(descriptor[0] >> 32) & 0xF_0000);
        ulong start = ((descriptor[0] >> 16) & 0xFF_FFFF) | ((descriptor[0] >> 32) & 0xFF00_0000) | (descriptor[1] << 32);
        Vmcs.Write(GuestSegmentFields.Selector(segment), selector);
        Vmcs.Write(GuestSegmentFields.Base(segment), start);
        Vmcs.Write(GuestSegmentFields.Limit(segment), rights.HasPageGranularity ? (limit << 12) | 0xFFF : limit);
        Vmcs.Write(GuestSegmentFields.AccessRights(segment), raw);
        return Verdict.Advance;
    }
}
