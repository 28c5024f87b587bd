// Whether the handler of a vector can be reached: the gate, the code segment that it names, and the stack that the
// processor would push to, in the order in which a processor looks at them. SDM 3A 7.12.1 Exception- or
// Interrupt-Handler Procedures, 7.14 Exception and Interrupt Handling in 64-bit Mode, SDM 3A 21.1.4 Interrupt and
// Exception Handling (8086 emulation). The tables are followed as they stand now.
namespace MinusOne.Hv.Report;

internal enum HandlerFlaw : byte
{
    // The handler is reached.
    None,
    BeyondIdt,
    IdtNotMapped,
    NoGate,
    GateNotPresent,
    NullSelector,
    BeyondTable,
    TableNotMapped,
    NotCode,
    CodeNotPresent,
    HandlerNotCanonical,
    BeyondTss,
    TssNotMapped,
    StackNotCanonical,
    StackBeyondLimit,
    StackNotMapped,
    NoStackSegment,
    StackNotPresent,

    // A task gate's own words, and those of the task behind it.
    NoTask,
    TaskNotPresent,
    TaskTooShort,
    TaskWithoutCode,
}

internal unsafe ref partial struct HandlerCheck
{
    private const GuestAccess Read = GuestAccess.Probe | GuestAccess.Implicit;
    private const int Type = 40, Level = 45, Present = 47, TaskGate = 5;

    public HandlerFlaw Flaw;

    // What the processor meets instead, and the address or selector that is meant.
    public ExceptionVector Then;
    public ulong Where;
    public ulong Handler;

    // The handler is a task's, whose selector this is.
    public ulong Task;

    private ref GuestLook _look;
    private readonly bool _isLong;
    private readonly uint _gateBytes;
    private ulong _gate;
    private ulong _upper;

    public HandlerCheck(ref GuestLook look, byte vector)
    {
        _look = ref look;
        _isLong = (GuestState.Efer & Efer.LongModeActive) != 0;
        bool isProtected = (GuestState.Cr0 & Cr0.ProtectionEnable) != 0;
        _gateBytes = _isLong ? 16u : isProtected ? 8u : 4u;
        if (HasGate(vector) && (isProtected ? HasCode() : HasRealHandler()))
        {
            Flaw = isProtected ? Flaw : HandlerFlaw.None;
        }
    }

    private bool Fail(HandlerFlaw flaw, ExceptionVector then, ulong where)
    {
        Flaw = flaw;
        Then = then;
        Where = where;
        return false;
    }

    // Eight bytes of a table. False: they cannot be read, which is a page fault.
    private bool TryRead(ulong address, HandlerFlaw flaw, out ulong value)
    {
        ulong read = 0;
        for (uint i = 0; i < sizeof(ulong); i++)
        {
            Gva at = new(_isLong ? address + i : (uint)(address + i));
            LookStatus status = _look.At(at, Read, out byte* host);
            if (status is LookStatus.PageFault or LookStatus.NotCanonical)
            {
                value = 0;
                return Fail(flaw, ExceptionVector.PageFault, at.Value);
            }

            read |= status == LookStatus.Found ? (ulong)*host << (int)(8 * i) : 0;
        }

        value = read;
        return true;
    }

    private bool HasGate(byte vector)
    {
        DescriptorTable idt = GuestState.Idtr;
        ulong at = vector * _gateBytes;
        return at + _gateBytes - 1 > idt.Limit ? Fail(HandlerFlaw.BeyondIdt, ExceptionVector.GeneralProtection, at)
            : TryRead(idt.Base + at, HandlerFlaw.IdtNotMapped, out _gate)
                && (!_isLong || TryRead(idt.Base + at + 8, HandlerFlaw.IdtNotMapped, out _upper));
    }

    // Offset and segment; a segment of real mode takes anything.
    private bool HasRealHandler()
    {
        Handler = (((_gate >> 16) & 0xFFFF) << 4) + (_gate & 0xFFFF);
        return true;
    }

    private bool HasCode()
    {
        uint type = (uint)(_gate >> Type) & 0x1F;
        bool isTask = type == TaskGate && !_isLong;
        bool isGate = type is 0xE or 0xF || (!_isLong && type is 6 or 7) || isTask;
        ulong selector = (_gate >> 16) & 0xFFFF;
        Handler = (_gate & 0xFFFF) | ((type & 8) != 0 ? (_gate >> 32) & 0xFFFF_0000 : 0) | (_upper << 32);
        if (!isGate || (_gate >> Present & 1) == 0)
        {
            return isGate ? Fail(HandlerFlaw.GateNotPresent, ExceptionVector.SegmentNotPresent, Handler)
                : Fail(HandlerFlaw.NoGate, ExceptionVector.GeneralProtection, type);
        }

        if (isTask)
        {
            return HasTask(selector);
        }

        if ((selector & ~3UL) == 0)
        {
            return Fail(HandlerFlaw.NullSelector, ExceptionVector.GeneralProtection, selector);
        }

        return IsInTable(
            selector, HandlerFlaw.BeyondTable, ExceptionVector.GeneralProtection, out SystemDescriptor code)
            && Enters(code, selector);
    }

    private bool Enters(SystemDescriptor code, ulong selector)
    {
        SegmentAccessRights rights = code.Rights;
        bool isMode = !_isLong || (rights.IsLong && !rights.IsDefaultBig);
        if (!rights.IsCodeOrData || !rights.IsCode || rights.Dpl > GuestMode.Cpl || !isMode)
        {
            return Fail(HandlerFlaw.NotCode, ExceptionVector.GeneralProtection, selector);
        }

        if (!rights.IsPresent)
        {
            return Fail(HandlerFlaw.CodeNotPresent, ExceptionVector.SegmentNotPresent, selector);
        }

        return HasStack(rights.IsConformingOrExpandDown ? GuestMode.Cpl : rights.Dpl)
            && ((_isLong ? RegisterLimits.IsCanonical(Handler, _look.LinearBits) : Handler <= code.Limit)
                || Fail(HandlerFlaw.HandlerNotCanonical, ExceptionVector.GeneralProtection, Handler));
    }
}
