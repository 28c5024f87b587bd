// A guest's accesses to its local APIC, by MSR or by memory: the same registers. What leaves the APIC (commands, the
// end of a level-triggered interrupt) is passed on here. SDM 3A 12.12.1.2 x2APIC Register Address Space, 12.4.1.
namespace MinusOne.Hv.Devices.Interrupts;

internal static unsafe class ApicAccess
{
    private const uint LastMsr = (uint)Msr.X2ApicBase + 0x3F;
    private const uint ToSelf = 1, ToAll = 2, ToOthers = 3;
    private const uint FirstVector = 16;
    private const uint WindowBytes = 0x1000;

    // INIT with level 0 and trigger mode level only sets arbitration ids, which nothing has any more.
    private const uint Deassert = (1u << 15) | ((uint)DeliveryMode.Init << 8);
    private const uint DeassertBits = Deassert | (7u << 8) | (1u << 14);

    public static void Plug(Board* board) => board->Bus->Memory.TryAdd(0xFEE0_0000, WindowBytes, Window(board));

    // The window goes where IA32_APIC_BASE says, and stays as well where another processor still has it. What is there
    // already, memory or a device, keeps its place. SDM 3A 12.4.5 Relocating the Local APIC Registers.
    public static void Follow(Board* board, ulong from, ulong to)
    {
        bool isKept = false;
        for (uint i = 0; i < board->ApicCount; i++)
        {
            isKept |= board->At(i)->Window == from;
        }

        if (from != to && !(isKept && board->Bus->Memory.TryAdd(to, WindowBytes, Window(board))))
        {
            board->Bus->Memory.TryMove(from, to);
        }
    }

    private static BusRange Window(Board* board) =>
        new() { Owner = board, Widest = 4, Chip = ShortChip.LocalApic, Read = &Read, Write = &Write };

    public static bool IsMsr(uint msr) => msr is >= (uint)Msr.X2ApicBase and <= LastMsr;

    // False: #GP(0).
    public static bool TryReadMsr(Board* board, uint msr, out ulong value)
    {
        LocalApic* apic = board->Apic;
        ApicRegister register = RegisterOf(msr);
        value = 0;
        if (apic->Mode != ApicMode.X2Apic || !apic->TryRead(register, NowFor(board, register), out uint low))
        {
            return false;
        }

        value = register == ApicRegister.CommandLow ? apic->Command : low;
        InterruptRouting.Refresh(board);
        return true;
    }

    // False: #GP(0).
    public static bool TryWriteMsr(Board* board, uint msr, ulong value)
    {
        LocalApic* apic = board->Apic;
        if (apic->Mode != ApicMode.X2Apic)
        {
            return false;
        }

        switch (RegisterOf(msr))
        {
            case ApicRegister.EndOfInterrupt: return value == 0 && EndInterrupt(board);
            case ApicRegister.SelfIpi: return value <= byte.MaxValue && SendToSelf(board, (uint)value);
            case ApicRegister.CommandLow: return LocalApic.IsCommand(value) && Command(board, value);
            case ApicRegister register:
                return value <= uint.MaxValue && apic->TryWrite(register, (uint)value, NowFor(board, register))
                    && Changed(board, register);
        }
    }

    // Registers take aligned accesses of 32 bits; of others, reads give a part of the register, and writes are lost.
    public static ulong ReadMemory(Board* board, uint offset, int bytes)
    {
        LocalApic* apic = board->Apic;
        if (!apic->IsInMemory)
        {
            return Board.Ones(bytes);
        }

        var register = (ApicRegister)(offset & ~0xFu);
        bool isRead = apic->TryRead(register, NowFor(board, register), out uint value);
        if (!isRead && register != ApicRegister.EndOfInterrupt)
        {
            apic->Note(LocalApic.IllegalRegister);
        }

        InterruptRouting.Refresh(board);
        return (offset & 0xF) < 4 ? value >> (int)(8 * (offset & 3)) : 0;
    }

    public static void WriteMemory(Board* board, uint offset, int bytes, uint value)
    {
        LocalApic* apic = board->Apic;
        if (!apic->IsInMemory || bytes != 4 || (offset & 0xF) != 0)
        {
            return;
        }

        switch ((ApicRegister)offset)
        {
            case ApicRegister.EndOfInterrupt:
                EndInterrupt(board);
                break;
            case ApicRegister.CommandLow:
                Command(board, (apic->Command & ~(ulong)uint.MaxValue) | value);
                break;
            case ApicRegister register:
                if (!apic->TryWrite(register, value, NowFor(board, register)))
                {
                    apic->Note(LocalApic.IllegalRegister);
                }

                Changed(board, register);
                break;
        }
    }

    private static ApicRegister RegisterOf(uint msr) => (ApicRegister)((msr - (uint)Msr.X2ApicBase) << 4);

    // Only the timer's registers ask for the time.
    private static ulong NowFor(Board* board, ApicRegister register) =>
        register >= ApicRegister.LvtTimer ? board->Now : 0;

    // Those before the spurious-vector register have nothing to do with the timer.
    private static bool Changed(Board* board, ApicRegister register)
    {
        InterruptRouting.Refresh(board);
        if (register >= ApicRegister.SpuriousVector)
        {
            Deadlines.ApicChanged(board);
        }

        return true;
    }

    public static bool EndInterrupt(Board* board)
    {
        LocalApic* apic = board->Apic;
        apic->Settle();
        if (!apic->HasInService || apic->TryEndOnly())
        {
            return true;
        }

        if (apic->EndInterrupt(out byte vector))
        {
            InterruptRouting.EndLevel(board, vector);
        }

        InterruptRouting.Refresh(board);
        return true;
    }

    public static bool SendToSelf(Board* board, uint vector)
    {
        LocalApic* apic = board->Apic;
        if (vector < FirstVector)
        {
            apic->Note(LocalApic.SendIllegalVector);
        }
        else
        {
            apic->Accept(vector, isLevel: false);
        }

        InterruptRouting.Refresh(board);
        return true;
    }

    // SDM 3A 12.6.1 Interrupt Command Register (ICR).
    private static bool Command(Board* board, ulong command)
    {
        LocalApic* apic = board->Apic;
        apic->SetCommand(command);
        uint shorthand = (uint)(command >> 18) & 3;
        var message = new InterruptMessage
        {
            Destination = apic->Mode == ApicMode.X2Apic ? (uint)(command >> 32) : (uint)(command >> 56),
            Vector = (byte)command,
            Mode = (DeliveryMode)((command >> 8) & 7),
            IsLogical = (command & (1UL << 11)) != 0,
        };
        if (message.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority && message.Vector < FirstVector)
        {
            apic->Note(LocalApic.SendIllegalVector);
        }
        else if (shorthand == ToSelf)
        {
            InterruptRouting.Deliver(board, apic, in message);
        }
        else if (((uint)command & DeassertBits) != Deassert)
        {
            if (shorthand != 0)
            {
                message.Destination = byte.MaxValue;
                message.IsLogical = false;
            }

            InterruptRouting.Send(board, in message, shorthand == ToOthers ? apic : null);
        }

        InterruptRouting.Refresh(board);
        return true;
    }

    // The deadline is one of the guest's TSC: the host's plus an offset, or one of another rate.
    public static void SetTscDeadline(Board* board, ulong value, ulong tscOffset)
    {
        ulong tsc = value - tscOffset;
        tsc = board->Tsc == null ? tsc : (long)tsc <= 0 ? 0 : board->Tsc->Clock.TscAt(tsc);
        bool isNever = board->Tsc != null && tsc == GuestClock.Never;
        ulong at = isNever ? GuestClock.Never
            : (long)tsc <= (long)board->Clock.Origin ? 0 : board->Clock.Now(tsc);
        at += board->Clock.TscAt(at) < tsc ? 1UL : 0;
        board->Apic->SetTscDeadline(value, at);
        Deadlines.ApicChanged(board);
    }

    private static ulong Read(void* board, uint offset, int bytes) => ReadMemory((Board*)board, offset, bytes);

    private static void Write(void* board, uint offset, int bytes, ulong value) =>
        WriteMemory((Board*)board, offset, bytes, (uint)value);
}
