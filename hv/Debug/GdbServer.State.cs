// Registers, memory and breakpoints: the packets that look at a guest or change it.
namespace MinusOne.Hv.Debug;

internal unsafe partial struct GdbServer
{
    private const int MostRegisterBytes = 16;
    private const int MostMemory = GdbLink.PacketBytes / 2;

    private void SendRegisters()
    {
        byte* value = stackalloc byte[MostRegisterBytes];
        var registers = new DebugRegisterFile(Machine, Selected);
        registers.Open();
        Link.Begin();
        for (int i = 0; i < registers.Count; i++)
        {
            int bytes = registers.Read(i, new Span<byte>(value, MostRegisterBytes));
            Link.Bytes(new ReadOnlySpan<byte>(value, bytes));
        }

        Link.End();
        registers.Close();
    }

    private void SendRegister(ref GdbText text)
    {
        byte* value = stackalloc byte[MostRegisterBytes];
        var registers = new DebugRegisterFile(Machine, Selected);
        if (!text.TryNumber(out ulong number) || number >= (uint)registers.Count)
        {
            Link.Send("E01"u8);
            return;
        }

        registers.Open();
        int bytes = registers.Read((int)number, new Span<byte>(value, MostRegisterBytes));
        registers.Close();
        Link.Begin();
        Link.Bytes(new ReadOnlySpan<byte>(value, bytes));
        Link.End();
    }

    // All of them, in their order. Those that cannot be written stay.
    private bool TryTakeRegisters(ref GdbText text)
    {
        byte* value = stackalloc byte[MostRegisterBytes];
        var registers = new DebugRegisterFile(Machine, Selected);
        registers.Open();
        bool isWhole = true;
        for (int i = 0; i < registers.Count && isWhole && !text.IsEmpty; i++)
        {
            var bytes = new Span<byte>(value, RegisterTable.Bytes(i));
            isWhole = TryBytes(ref text, bytes);
            if (isWhole)
            {
                registers.TryWrite(i, bytes);
            }
        }

        registers.Close();
        return isWhole;
    }

    private bool TryTakeRegister(ref GdbText text)
    {
        byte* value = stackalloc byte[MostRegisterBytes];
        var registers = new DebugRegisterFile(Machine, Selected);
        if (!text.TryNumber(out ulong number) || number >= (uint)registers.Count || !text.Skip("="u8))
        {
            return false;
        }

        var bytes = new Span<byte>(value, RegisterTable.Bytes((int)number));
        registers.Open();
        bool isWritten = TryBytes(ref text, bytes) && text.IsEmpty && registers.TryWrite((int)number, bytes);
        registers.Close();
        return isWritten;
    }

    private static bool TryBytes(ref GdbText text, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!text.TryByte(out bytes[i]))
            {
                return false;
            }
        }

        return true;
    }

    // What can be had of it; nothing of it is an error.
    private void SendMemory(ref GdbText text)
    {
        byte* bytes = stackalloc byte[MostMemory];
        if (!text.TryPair(out ulong address, out ulong length))
        {
            Link.Send("E01"u8);
            return;
        }

        DebugMemory memory = MemoryOfSelected();
        int wanted = (int)Math.Min(length, MostMemory);
        int count = memory.Read(address, new Span<byte>(bytes, wanted));
        if (count == 0 && wanted != 0)
        {
            Link.Send("E14"u8);
            return;
        }

        Link.Begin();
        Link.Bytes(new ReadOnlySpan<byte>(bytes, count));
        Link.End();
    }

    private bool TryTakeMemory(ref GdbText text, bool isBinary)
    {
        if (!text.TryPair(out ulong address, out ulong length) || !text.Skip(":"u8) || length > GdbLink.PacketBytes)
        {
            return false;
        }

        byte* bytes = stackalloc byte[GdbLink.PacketBytes];
        var taken = new Span<byte>(bytes, (int)length);
        if (!isBinary)
        {
            if (!TryBytes(ref text, taken))
            {
                return false;
            }
        }
        else if (text.Rest.Length == taken.Length)
        {
            text.Rest.CopyTo(taken);
        }
        else
        {
            return false;
        }

        DebugMemory memory = MemoryOfSelected();
        return memory.Write(address, taken) == taken.Length;
    }

    private readonly DebugMemory MemoryOfSelected()
    {
        VcpuSwitch.To(Selected);
        return new DebugMemory(Vm.Of(Selected), _isPhysical);
    }

    // `kind,address,length`
    private static bool TryBreakpoint(
        ref GdbText text, out BreakpointKind kind, out ulong address, out ulong length)
    {
        kind = default;
        address = length = 0;
        if (!text.TryNumber(out ulong number) || number > (ulong)BreakpointKind.Access || !text.Skip(","u8))
        {
            return false;
        }

        kind = (BreakpointKind)number;
        return text.TryPair(out address, out length);
    }

    private readonly bool TrySet(ref Debugger debugger, ref GdbText text)
    {
        VcpuSwitch.To(Selected);
        return TryBreakpoint(ref text, out BreakpointKind kind, out ulong address, out ulong length)
            && debugger.Breakpoints.TryAdd(Vm.Of(Selected), kind, address, length);
    }

    // One that is not there has been taken away.
    private readonly bool TryClear(ref Debugger debugger, ref GdbText text)
    {
        bool isRead = TryBreakpoint(ref text, out BreakpointKind kind, out ulong address, out _);
        if (isRead)
        {
            debugger.Breakpoints.Remove(Vm.Of(Selected)->Number, kind, address);
        }

        return isRead;
    }
}
