// The other half of a handler's way: the stack that the processor would push to, which is the one that it has, or one
// that the TSS names for the handler's level; and the task behind a task gate. SDM 3A 7.12.1 Exception- or
// Interrupt-Handler Procedures, 8.2.1 Task-State Segment (TSS), 8.3 Task Switching, 8.6 16-Bit Task-State Segment.
namespace MinusOne.Hv.Report;

internal unsafe ref partial struct HandlerCheck
{
    private const uint MostPushed = 48;

    // Types of a TSS that is not busy, and the bit of 32-bit ones.
    private const uint FreeTask = 1, Wide = 8;

    // Where a TSS has the instruction pointer and CS, and its least limit; the 16-bit one behind it.
    private const uint WidePointer = 0x20, WideCode = 0x4C, WideLimit = 0x67;
    private const uint NarrowPointer = 0xE, NarrowCode = 0x12, NarrowLimit = 0x2B;

    // The one of the level that the handler runs at, or that the gate names.
    private bool HasStack(uint level)
    {
        uint table = (uint)(_gate >> 32) & 7;
        bool isNamed = _isLong && table != 0;
        bool isInner = isNamed || level < GuestMode.Cpl;
        SegmentAccessRights rights = GuestState.Rights(GuestSegment.Ss);
        uint limit = GuestState.Limit(GuestSegment.Ss);
        ulong top = GuestState.Rsp;
        ulong bottom = GuestState.Base(GuestSegment.Ss);
        if (isInner)
        {
            if (!HasPointer(level, isNamed ? table : 0, out top, out ulong selector))
            {
                return false;
            }

            bottom = 0;
            if (!_isLong && !HasStackSegment(level, selector, out rights, out limit, out bottom))
            {
                return false;
            }
        }

        if (_isLong)
        {
            return RegisterLimits.IsCanonical(top - 1, _look.LinearBits) ? CanPush(top & ~15UL)
                : Fail(HandlerFlaw.StackNotCanonical, ExceptionVector.StackFault, top);
        }

        top = rights.IsDefaultBig ? (uint)top : (ushort)top;
        ulong last = rights.IsDefaultBig ? (uint)top - 1 : (ushort)(top - 1);
        ulong pushed = (isInner ? 5ul : 3) * ((_gate >> Type & Wide) != 0 ? 4u : 2);
        bool isWithin = rights.IsConformingOrExpandDown ? last >= limit + pushed : last <= limit;
        return isWithin ? CanPush(bottom + last + 1)
            : Fail(HandlerFlaw.StackBeyondLimit, ExceptionVector.StackFault, top);
    }

    // What the TSS has for this level, or in this place of its table of stacks.
    private bool HasPointer(uint level, uint table, out ulong top, out ulong selector)
    {
        bool isWide = (GuestState.Rights(GuestSegment.Tr).Type & Wide) != 0;
        uint at = table != 0 ? 0x1C + (8 * table) : _isLong || isWide ? 4 + (8 * level) : 2 + (4 * level);
        uint last = at + (_isLong ? 7u : isWide ? 5u : 3u);
        top = selector = 0;
        if (last > GuestState.Limit(GuestSegment.Tr))
        {
            return Fail(HandlerFlaw.BeyondTss, ExceptionVector.InvalidTss, at);
        }

        if (!TryRead(GuestState.Base(GuestSegment.Tr) + at, HandlerFlaw.TssNotMapped, out ulong raw))
        {
            return false;
        }

        top = _isLong ? raw : isWide ? (uint)raw : (ushort)raw;
        selector = isWide ? (ushort)(raw >> 32) : (ushort)(raw >> 16);
        return true;
    }

    private bool HasStackSegment(
        uint level, ulong selector, out SegmentAccessRights rights, out uint limit, out ulong bottom)
    {
        rights = default;
        limit = 0;
        bottom = 0;
        if (!IsInTable(selector, HandlerFlaw.NoStackSegment, ExceptionVector.InvalidTss, out SystemDescriptor stack))
        {
            return false;
        }

        rights = stack.Rights;
        limit = stack.Limit;
        bottom = (uint)stack.Base;
        bool isStack = rights.IsCodeOrData && !rights.IsCode && rights.IsWritableOrReadable && rights.Dpl == level
            && (selector & 3) == level;
        return isStack
            ? rights.IsPresent || Fail(HandlerFlaw.StackNotPresent, ExceptionVector.StackFault, selector)
            : Fail(HandlerFlaw.NoStackSegment, ExceptionVector.InvalidTss, selector);
    }

    // The descriptor of a selector that is not null; the flaw is for one that is, or that lies beyond the end.
    private bool IsInTable(ulong selector, HandlerFlaw flaw, ExceptionVector then, out SystemDescriptor descriptor)
    {
        descriptor = default;
        bool isLocal = (selector & 4) != 0;
        ulong table = isLocal ? GuestState.Base(GuestSegment.Ldtr) : GuestState.Gdtr.Base;
        uint limit = isLocal ? GuestState.Limit(GuestSegment.Ldtr) : GuestState.Gdtr.Limit;
        bool isThere = !isLocal || !GuestState.Rights(GuestSegment.Ldtr).IsUnusable;
        if (!isThere || (selector & ~3UL) == 0 || (selector | 7) > limit)
        {
            return Fail(flaw, then, selector);
        }

        bool isRead = TryRead(table + (selector & ~7UL), HandlerFlaw.TableNotMapped, out ulong raw);
        descriptor = new SystemDescriptor(raw, 0);
        return isRead;
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

    // A task of its own takes it, and has tables of its own: it is followed up to the code that it begins with.
    private bool HasTask(ulong selector)
    {
        Task = selector;
        if ((selector & 4) != 0)
        {
            return Fail(HandlerFlaw.NoTask, ExceptionVector.GeneralProtection, selector);
        }

        if (!IsInTable(selector, HandlerFlaw.NoTask, ExceptionVector.GeneralProtection, out SystemDescriptor task))
        {
            return false;
        }

        SegmentAccessRights rights = task.Rights;
        bool isWide = (rights.Type & Wide) != 0;
        if (rights.IsCodeOrData || (rights.Type & ~Wide) != FreeTask)
        {
            return Fail(HandlerFlaw.NoTask, ExceptionVector.GeneralProtection, selector);
        }

        if (!rights.IsPresent)
        {
            return Fail(HandlerFlaw.TaskNotPresent, ExceptionVector.SegmentNotPresent, selector);
        }

        if (task.Limit < (isWide ? WideLimit : NarrowLimit))
        {
            return Fail(HandlerFlaw.TaskTooShort, ExceptionVector.InvalidTss, selector);
        }

        if (!TryRead(task.Base + (isWide ? WidePointer : NarrowPointer), HandlerFlaw.TssNotMapped, out ulong pointer)
            || !TryRead(task.Base + (isWide ? WideCode : NarrowCode), HandlerFlaw.TssNotMapped, out ulong code))
        {
            return false;
        }

        Handler = isWide ? (uint)pointer : (ushort)pointer;
        return (code & 0xFFFC) != 0
            || Fail(HandlerFlaw.TaskWithoutCode, ExceptionVector.InvalidTss, (ushort)code);
    }
}
