// Memory accesses of a scripted guest: MOVs between memory and RAX of the size in the name. By guest-physical address
// they are what a guest without paging does, by linear address they go through its page tables. An access that the
// hypervisor carries out itself (RIP stands behind it) reads what it left in RAX.

using System;

namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private const uint AccessLength = 3;
    private const ulong PageMask = 0xFFF;

    public byte Read8(Gpa address) => (byte)Read(address.Value, false, 1);

    public ushort Read16(Gpa address) => (ushort)Read(address.Value, false, 2);

    public uint Read32(Gpa address) => (uint)Read(address.Value, false, 4);

    public ulong Read64(Gpa address) => Read(address.Value, false, 8);

    public byte Read8(Gva address) => (byte)Read(address.Value, true, 1);

    public ushort Read16(Gva address) => (ushort)Read(address.Value, true, 2);

    public uint Read32(Gva address) => (uint)Read(address.Value, true, 4);

    public ulong Read64(Gva address) => Read(address.Value, true, 8);

    public void Write8(Gpa address, byte value) => Write(address.Value, false, 1, value);

    public void Write16(Gpa address, ushort value) => Write(address.Value, false, 2, value);

    public void Write32(Gpa address, uint value) => Write(address.Value, false, 4, value);

    public void Write64(Gpa address, ulong value) => Write(address.Value, false, 8, value);

    public void Write8(Gva address, byte value) => Write(address.Value, true, 1, value);

    public void Write16(Gva address, ushort value) => Write(address.Value, true, 2, value);

    public void Write32(Gva address, uint value) => Write(address.Value, true, 4, value);

    public void Write64(Gva address, ulong value) => Write(address.Value, true, 8, value);

    // An instruction fetch of one byte.
    public byte Fetch(Gpa address) => (byte)Touch(address.Value, false, 1, Access.Execute, null);

    public byte Fetch(Gva address) => (byte)Touch(address.Value, true, 1, Access.Execute, null);

    private ulong Read(ulong address, bool isLinear, int bytes) => Touch(address, isLinear, bytes, Access.Read, null);

    private void Write(ulong address, bool isLinear, int bytes, ulong value)
    {
        Registers.Rax = bytes == 8 ? value : Low(Registers.Rax, bytes, value);
        Touch(address, isLinear, bytes, Access.Write, value);
    }

    private ulong Touch(ulong address, bool isLinear, int bytes, Access access, ulong? written)
    {
        RequireActive();
        ulong rip = Rip;
        while (Rip == rip)
        {
            _executeAgain = false;
            ulong second = (address + (uint)bytes - 1) & ~PageMask;
            bool crosses = second != (address & ~PageMask);
            Hpa last = default;
            bool isReady = Reach(address, isLinear, access, out Hpa first)
                && (!crosses || Reach(second, isLinear, access, out last));
            if (isReady)
            {
                int here = crosses ? (int)(second - address) : bytes;
                ulong value = Transfer(first, here, last, bytes, written);
                Complete(AccessLength);
                return value;
            }
        }

        return Registers.Rax;
    }

    // False: there was an exit or a page fault. The access is to be tried again, unless RIP has moved.
    private bool Reach(ulong address, bool isLinear, Access access, out Hpa target)
    {
        uint? pageFault = null;
        GuestExit exit = isLinear
            ? _memory.Translate(new Gva(address), access, out target, out pageFault)
            : _memory.Translate(new Gpa(address), access, out target);
        if (pageFault is uint code)
        {
            RaiseFault(ExceptionVector.PageFault, code, address, AccessLength);
            return false;
        }

        if (exit != null)
        {
            LeaveAt(exit, 0);
            return false;
        }

        return true;
    }

    private ulong Transfer(Hpa first, int here, Hpa last, int bytes, ulong? written)
    {
        Span<byte> data = stackalloc byte[8];
        Span<byte> start = _cpu.Memory.Bytes(first, here);
        Span<byte> end = here == bytes ? default : _cpu.Memory.Bytes(last, bytes - here);
        if (written is ulong value)
        {
            BitConverter.TryWriteBytes(data, value);
            data[..here].CopyTo(start);
            data[here..bytes].CopyTo(end);
            return value;
        }

        start.CopyTo(data);
        end.CopyTo(data[here..]);
        return BitConverter.ToUInt64(data);
    }
}
