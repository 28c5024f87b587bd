// A look at a guest's memory that leaves no mark: no page comes because of it, no flag of an entry is set, no device is
// read, and broken tables end in a word. It is for people who want to see; an access in the guest's name is
// GuestSpace's.
namespace MinusOne.Hv.Report;

// What a look comes to.
internal enum LookStatus : byte
{
    Found,

    // RAM that the guest has not touched: it has no page yet, and would read as zeros.
    Untouched,
    Device,

    // No memory has this address.
    Nothing,

    // The guest's own tables do not let it through.
    PageFault,
    NotCanonical,
    TableUnreachable,
}

internal unsafe struct GuestLook
{
    // As the kernel may look, even at what users have.
    public const GuestAccess Kernel = GuestAccess.Probe | GuestAccess.AlignmentCheck;

    private const ulong PageMask = 0xFFF, TableMask = 0xFFFF_FFE0;

    public readonly GuestPaging Paging;

    // What the last look at a linear address has read of the guest's tables, and how the walk ended.
    public WalkTrace Trace;
    public GuestTranslation Translation;

    private readonly Vm* _vm;

    public GuestLook(Vm* vm)
    {
        _vm = vm;
        Trace = new WalkTrace(vm);
        Translation = default;
        ref ProcessorExamination processor = ref vm->Machine->Facts.Processor;
        Paging = new GuestPaging(GuestState.Cr0, GuestState.Cr3, GuestState.Cr4, GuestState.Efer,
            processor.PhysicalAddressBits, processor.HasPages1G);
        for (int i = 0; i < 4 && Paging.Mode == PagingMode.Pae; i++)
        {
            Gpa slot = new((GuestState.Cr3 & TableMask) + (8 * (uint)i));
            Paging.SetPdpte(i, GuestState.KeepsPdptes ? GuestState.Pdpte(i)
                : Physical(vm, slot, out byte* host) == LookStatus.Found ? *(ulong*)host
                : 0);
        }
    }

    // Bits of a linear address in 64-bit mode.
    public readonly int LinearBits => Paging.Mode == PagingMode.FiveLevel ? 57 : 48;

    public static CodeSize Code => GuestMode.Is64Bit ? CodeSize.Bits64
        : GuestState.Rights(GuestSegment.Cs).IsDefaultBig ? CodeSize.Bits32
        : CodeSize.Bits16;

    // Where the next instruction is; outside 64-bit mode addresses wrap at 4 GiB.
    public static Gva AtRip => Linear(GuestState.Base(GuestSegment.Cs) + GuestState.Rip);
    public static Gva Linear(ulong address) => new(GuestMode.Is64Bit ? address : (uint)address);

    public static LookStatus Physical(Vm* vm, Gpa address, out byte* host)
    {
        Translation translation = vm->Memory.Table.Translate(address.Value);
        host = (byte*)translation.Address.Pointer;
        if (translation.IsMapped)
        {
            return LookStatus.Found;
        }

        foreach (ref readonly GuestExtent extent in vm->Memory.Extents)
        {
            if (address - extent.Start < extent.Length)
            {
                return extent.Backing == GuestBacking.Nothing ? LookStatus.Device : LookStatus.Untouched;
            }
        }

        return LookStatus.Nothing;
    }

    public LookStatus At(Gva address, GuestAccess access, out byte* host)
    {
        host = null;
        Trace = new WalkTrace(_vm);
        Translation = GuestWalk.Translate(ref Trace, in Paging, address, access);
        return Translation.Status switch
        {
            GuestWalkStatus.Translated => Physical(_vm, Translation.Address, out host),
            GuestWalkStatus.PageFault => LookStatus.PageFault,
            GuestWalkStatus.NotCanonical => LookStatus.NotCanonical,
            _ => LookStatus.TableUnreachable,
        };
    }

    // How many of the bytes can be had. Fewer: `status` says why not the next one.
    public int Read(Gva address, Span<byte> bytes, out LookStatus status)
    {
        status = LookStatus.Found;
        int count = 0;
        while (count < bytes.Length)
        {
            Gva at = Linear(address.Value + (uint)count);
            status = At(at, Kernel, out byte* host);
            if (status != LookStatus.Found)
            {
                break;
            }

            int part = Math.Min(bytes.Length - count, (int)(PageMask + 1 - (at.Value & PageMask)));
            new Span<byte>(host, part).CopyTo(bytes.Slice(count));
            count += part;
        }

        return count;
    }

    public static ReadOnlySpan<byte> Word(LookStatus status) => status switch
    {
        LookStatus.Found => "mapped"u8,
        LookStatus.Untouched => "not touched yet: the guest has no page there"u8,
        LookStatus.Device => "a device's, which looking would change"u8,
        LookStatus.Nothing => "nothing: no memory and no device"u8,
        LookStatus.PageFault => "not mapped by the guest's own tables"u8,
        LookStatus.NotCanonical => "not a canonical address"u8,
        _ => "unreachable: a table of the guest's lies where it has no memory"u8,
    };
}

// The guest's tables for a walk that only looks: what it read, and where.
internal unsafe struct WalkTrace(Vm* vm) : IGuestTables
{
    private readonly Vm* _vm = vm;
    private fixed ulong _slots[GuestTables.MostLevels];
    private fixed ulong _entries[GuestTables.MostLevels];
    private fixed byte _statuses[GuestTables.MostLevels];

    public int Levels { get; private set; }

    public readonly Gpa Slot(int index) => new(_slots[index]);
    public readonly ulong Entry(int index) => _entries[index];
    public readonly LookStatus Status(int index) => (LookStatus)_statuses[index];

    // A page that has not come yet has zeros; on an open bus what is nowhere has ones.
    public bool TryRead(Gpa address, int bytes, out ulong entry)
    {
        LookStatus status = GuestLook.Physical(_vm, address, out byte* host);
        bool isOpen = status == LookStatus.Nothing && _vm->HasOpenBus;
        entry = isOpen ? Board.Ones(bytes)
            : status != LookStatus.Found ? 0
            : bytes == 4 ? *(uint*)host : *(ulong*)host;
        if (Levels < GuestTables.MostLevels)
        {
            _slots[Levels] = address.Value;
            _entries[Levels] = entry;
            _statuses[Levels++] = (byte)status;
        }

        return isOpen || status is LookStatus.Found or LookStatus.Untouched;
    }

    // Nobody who only looks writes.
    public readonly bool TryWrite(Gpa address, int bytes, ulong entry) => false;
}
