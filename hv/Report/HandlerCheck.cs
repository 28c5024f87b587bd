// Whether the handler of a vector can be reached: the gate, the code segment that it names, and the stack that the
// processor would push to, in the order in which a processor looks at them. SDM 3A 7.12.1 Exception- or
// Interrupt-Handler Procedures, 7.14 Exception and Interrupt Handling in 64-bit Mode, SDM 3A 21.1.4 Interrupt and
// Exception Handling (8086 emulation). The tables are followed as they stand now. Task gates, 16-bit TSSs and stack
// limits of inner levels are not followed.
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

    // It is left open.
    TaskGate,
}

internal unsafe ref struct HandlerCheck
{
    private const GuestAccess Read = GuestAccess.Probe | GuestAccess.Implicit;
    private const int Type = 40, Level = 45, Present = 47, TaskGate = 5;
    private const uint MostPushed = 48;

    public HandlerFlaw Flaw;

    // What the processor meets instead, and the address or selector that is meant.
    public ExceptionVector Then;
    public ulong Where;
    public ulong Handler;

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
        if (type == TaskGate && !_isLong)
        {
            return Fail(HandlerFlaw.TaskGate, default, _gate >> 16 & 0xFFFF);
        }

        bool isGate = type is 0xE or 0xF || (!_isLong && type is 6 or 7);
        ulong selector = (_gate >> 16) & 0xFFFF;
        Handler = (_gate & 0xFFFF) | ((type & 8) != 0 ? (_gate >> 32) & 0xFFFF_0000 : 0) | (_upper << 32);
        if (!isGate || (_gate >> Present & 1) == 0)
        {
            return isGate ? Fail(HandlerFlaw.GateNotPresent, ExceptionVector.SegmentNotPresent, Handler)
                : Fail(HandlerFlaw.NoGate, ExceptionVector.GeneralProtection, type);
        }

        if ((selector & ~3UL) == 0)
        {
            return Fail(HandlerFlaw.NullSelector, ExceptionVector.GeneralProtection, selector);
        }

        bool isLocal = (selector & 4) != 0;
        ulong table = isLocal ? GuestState.Base(GuestSegment.Ldtr) : GuestState.Gdtr.Base;
        uint limit = isLocal ? GuestState.Limit(GuestSegment.Ldtr) : GuestState.Gdtr.Limit;
        bool isThere = !isLocal || !GuestState.Rights(GuestSegment.Ldtr).IsUnusable;
        return !isThere || (selector | 7) > limit
            ? Fail(HandlerFlaw.BeyondTable, ExceptionVector.GeneralProtection, selector)
            : TryRead(table + (selector & ~7UL), HandlerFlaw.TableNotMapped, out ulong raw)
                && Enters(new SystemDescriptor(raw, 0), selector);
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

    // The one of the level that the handler runs at, or that the gate names.
    private bool HasStack(uint level)
    {
        uint table = (uint)(_gate >> 32) & 7;
        bool isNamed = _isLong && table != 0;
        ulong top = GuestState.Rsp;
        ulong bottom = GuestState.Base(GuestSegment.Ss);
        if (isNamed || level < GuestMode.Cpl)
        {
            uint at = isNamed ? 0x1C + (8 * table) : 4 + (8 * level);
            if (at + 7 > GuestState.Limit(GuestSegment.Tr))
            {
                return Fail(HandlerFlaw.BeyondTss, ExceptionVector.InvalidTss, at);
            }

            if (!TryRead(GuestState.Base(GuestSegment.Tr) + at, HandlerFlaw.TssNotMapped, out top))
            {
                return false;
            }

            top = _isLong ? top : (uint)top;
            bottom = 0;
        }
        else if (!_isLong && !GuestState.Rights(GuestSegment.Ss).IsConformingOrExpandDown
            && (uint)top - 1 > GuestState.Limit(GuestSegment.Ss))
        {
            return Fail(HandlerFlaw.StackBeyondLimit, ExceptionVector.StackFault, top);
        }

        return _isLong && !RegisterLimits.IsCanonical(top - 1, _look.LinearBits)
            ? Fail(HandlerFlaw.StackNotCanonical, ExceptionVector.StackFault, top)
            : CanPush(_isLong ? top & ~15UL : bottom + top);
    }

    private bool CanPush(ulong top)
    {
        for (uint below = 1; below <= MostPushed; below += MostPushed - 1)
        {
            Gva at = new(_isLong ? top - below : (uint)(top - below));
            if (_look.At(at, Read | GuestAccess.Write, out _) is LookStatus.PageFault or LookStatus.NotCanonical)
            {
                return Fail(HandlerFlaw.StackNotMapped, ExceptionVector.PageFault, at.Value);
            }
        }

        return true;
    }
}
