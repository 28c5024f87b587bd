// The state of a task in memory, and the segment registers of the one that begins. SDM 3A 8.2.1 Task-State Segment
// (TSS), 8.6 16-Bit Task-State Segment (TSS), 8.3 Task Switching, table Exception Conditions Checked During a Task
// Switch. The order of those checks is each model's own: here LDTR, CS, SS, the others.
namespace MinusOne.Hv.Exits.Emulate;

// What is loaded, by its place in a TSS of 32 bits from CR3 on, in steps of four bytes.
internal static class TaskSlot
{
    public const int Cr3 = 0;
    public const int Eip = 1;
    public const int Eflags = 2;
    public const int General = 3;
    public const int Segments = 11;
    public const int Ldt = 17;
    public const int Trap = 18;
    public const int Count = 19;
}

internal struct TaskChange
{
    public TaskSegment Old, New;
    public ushort Selector;
    public SystemDescriptor Descriptor;
    public GuestOperand Link, OldType, NewType;
}

internal readonly unsafe struct TaskSegment(ulong start, SegmentAccessRights rights)
{
    public readonly bool Is32Bit = (rights.Type & 8) != 0;
    private readonly Gva _start = new(start);

    // Reads or writes these slots; without values it only finds out whether that can be done. One of 16 bits has no
    // CR3 and no trap, and FS and GS become null.
    public bool TryCopy(Vm* vm, ref GuestSpace space, int from, int to, bool isWrite, uint* values)
    {
        for (int slot = from; slot < to; slot++)
        {
            int offset = OffsetOf(slot);
            int bytes = Is32Bit && slot < TaskSlot.Segments ? 4 : 2;
            GuestOperand field = default;
            if (offset != 0 && !space.TryFindDescriptor(space.Next(_start, offset), bytes, isWrite, out field))
            {
                return false;
            }

            if (values != null && !isWrite)
            {
                values[slot] = offset == 0 ? 0 : (uint)field.Read(vm);
            }
            else if (values != null && offset != 0)
            {
                field.Write(vm, values[slot]);
            }
        }

        return true;
    }

    private int OffsetOf(int slot) => Is32Bit ? 0x1C + (4 * slot)
        : slot == TaskSlot.Ldt ? 0x2A
        : slot is >= TaskSlot.Eip and < TaskSlot.Segments + 4 ? 0xC + (2 * slot)
        : 0;
}

internal static unsafe class TaskSwitchSegments
{
    private const uint Accessed = 1;
    private const uint Virtual8086Rights = 0xF3;
    private const uint FlatCode = 0xC09B;

    private static bool IsVirtual8086 => (GuestState.Rflags & Rflags.Virtual8086) != 0;

    // The selectors alone, LDTR's behind the others, as the handler of a fault in their descriptors finds them; in
    // virtual-8086 mode that is all. Until it is loaded, CS is one that an entry takes, and SS has the CPL.
    public static void Name(uint* selectors)
    {
        uint level = (selectors[(int)GuestSegment.Cs] & 3) << 5;
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Ldtr; segment++)
        {
            ushort selector = (ushort)selectors[(int)segment];
            bool isPlain = IsVirtual8086 && segment != GuestSegment.Ldtr;
            uint rights = isPlain ? Virtual8086Rights
                : (segment == GuestSegment.Cs ? FlatCode : SegmentAccessRights.UnusableBit) | level;
            GuestState.SetSegment(
                segment, selector, isPlain ? (uint)selector << 4 : 0, isPlain ? 0xFFFF : uint.MaxValue, new(rights));
        }
    }

    // Advance: all are loaded.
    public static Verdict Load(Vm* vm, Vcpu* vcpu, uint external)
    {
        Verdict verdict = Load(vm, vcpu, GuestSegment.Ldtr, external);
        for (int i = 0; i < 6 && verdict == Verdict.Advance && !IsVirtual8086; i++)
        {
            // CS and SS first, for the others depend on CPL.
            var segment = i < 2 ? (GuestSegment)(i + 1) : i == 2 ? GuestSegment.Es : (GuestSegment)i;
            verdict = Load(vm, vcpu, segment, external);
        }

        return verdict;
    }

    private static Verdict Load(Vm* vm, Vcpu* vcpu, GuestSegment segment, uint external)
    {
        ushort selector = GuestState.Selector(segment);
        uint error = (selector & 0xFFFCu) | external;
        if ((selector & ~3) == 0 && segment is not (GuestSegment.Cs or GuestSegment.Ss))
        {
            return Verdict.Advance;
        }

        if (!TryLocate(segment, selector, out Gva address))
        {
            return Exceptions.Raise(vm, vcpu, ExceptionVector.InvalidTss, error);
        }

        var space = new GuestSpace(vm);
        if (!space.TryFindDescriptor(address, 8, isWrite: false, out GuestOperand operand))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        var descriptor = new SystemDescriptor(operand.Read(vm), 0);
        SegmentAccessRights rights = descriptor.Rights;
        if (!Fits(segment, rights, selector & 3u) || !rights.IsPresent)
        {
            var vector = !Fits(segment, rights, selector & 3u) || segment == GuestSegment.Ldtr
                ? ExceptionVector.InvalidTss
                : segment == GuestSegment.Ss ? ExceptionVector.StackFault : ExceptionVector.SegmentNotPresent;
            return Exceptions.Raise(vm, vcpu, vector, error);
        }

        uint raw = rights.Raw | (segment == GuestSegment.Ldtr ? 0 : Accessed);
        if (raw != rights.Raw && !TaskRegisterExits.TryWriteType(vm, ref space, address, raw))
        {
            return space.Trouble.Answer(vm, vcpu);
        }

        GuestState.SetSegment(segment, selector, descriptor.Base, descriptor.Limit, new(raw));
        return Verdict.Advance;
    }

    // False: null, or there is no such table, or the descriptor lies behind its end. An LDT stands in the GDT.
    private static bool TryLocate(GuestSegment segment, ushort selector, out Gva descriptor)
    {
        bool isLocal = (selector & TaskRegisterExits.TableIndicator) != 0;
        ulong table = isLocal ? GuestState.Base(GuestSegment.Ldtr) : GuestState.Gdtr.Base;
        uint limit = isLocal ? GuestState.Limit(GuestSegment.Ldtr) : GuestState.Gdtr.Limit;
        descriptor = new((uint)table + (selector & ~7u));
        bool exists = !isLocal || (segment != GuestSegment.Ldtr && !GuestState.Rights(GuestSegment.Ldtr).IsUnusable);
        return exists && (selector & ~3) != 0 && (selector | 7u) <= limit;
    }

    private static bool Fits(GuestSegment segment, SegmentAccessRights rights, uint level)
    {
        bool isConforming = rights.IsCode && rights.IsConformingOrExpandDown;
        return segment == GuestSegment.Ldtr ? !rights.IsCodeOrData && rights.Type == TaskRegisterExits.LocalTable
            : rights.IsCodeOrData && segment switch
            {
                GuestSegment.Cs => rights.IsCode && (isConforming ? rights.Dpl <= level : rights.Dpl == level),
                GuestSegment.Ss => !rights.IsCode && rights.IsWritableOrReadable
                    && rights.Dpl == level && level == GuestMode.Cpl,
                _ => (!rights.IsCode || rights.IsWritableOrReadable)
                    && (isConforming || (rights.Dpl >= level && rights.Dpl >= GuestMode.Cpl)),
            };
    }
}
