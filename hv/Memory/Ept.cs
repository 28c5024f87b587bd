// One guest's extended page tables: the table builder with guest-physical addresses, the EPT pointer, the capabilities
// of the processor, and INVEPT. SDM 3C 30.3 The Extended Page Table Mechanism (EPT). Tables are walked as four levels.
//
// The contract with the run loop: it calls InvalidateIfDue before every entry, and nobody else executes INVEPT. Mapping
// what was not mapped never makes an invalidation due; every other change does (see PageTable).

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Hv.Memory;

internal unsafe struct Ept
{
    private PageTable<EptEntry> _table;
    private EptPointer _pointer;
    private EptVpidCapabilities _capabilities;

    public readonly EptPointer Pointer => _pointer;

    // Counts how often the processor was told to forget: as long as it stays, nothing that was mapped has changed, and
    // the host's addresses of guest memory are good.
    public ulong Changes { readonly get; private set; }

    public readonly uint Tables => _table.Tables;

    public readonly bool NeedsInvalidation => _table.NeedsInvalidation;

    public readonly int LargestLeaf =>
        _capabilities.Pages1G ? PageLevel.Page1G : _capabilities.Pages2M ? PageLevel.Page2M : PageLevel.Page4K;

    // The builder itself, for the path of a demand fault.
    [UnscopedRef]
    public ref PageTable<EptEntry> Table => ref _table;

    // False: no frame for the root.
    public bool Initialize(FramePool* pool, EptVpidCapabilities capabilities)
    {
        _capabilities = capabilities;
        if (!_table.Initialize(pool, FrameOwner.EptTable, LargestLeaf))
        {
            return false;
        }

        MemoryType tables = capabilities.WriteBackTables ? MemoryType.WriteBack : MemoryType.Uncacheable;
        _pointer = EptPointer.Create(_table.Root, PageLevel.Root, tables, capabilities.AccessedAndDirty);

        // The root's frame may have been the root of an earlier guest, and translations are remembered under that
        // address.
        _table.RequireInvalidation();
        return true;
    }

    public void Release() => _table.Release();

    public TableStatus Map(Gpa start, ulong length, Hpa target, PageAttributes attributes) =>
        _table.Map(start.Value, length, target, attributes);

    public TableStatus Unmap(Gpa start, ulong length) => _table.Unmap(start.Value, length);

    public TableStatus Protect(Gpa start, ulong length, PageRights rights) =>
        _table.Protect(start.Value, length, rights);

    public TableStatus Split(Gpa start, ulong length, int level) => _table.Split(start.Value, length, level);

    public TableStatus Merge(Gpa start, ulong length) => _table.Merge(start.Value, length);

    public Translation Translate(Gpa address) => _table.Translate(address.Value);

    public PageStatistics<EptEntry> Statistics()
    {
        PageStatistics<EptEntry> statistics = default;
        _table.Walk(0, PageTable<EptEntry>.InputLimit, ref statistics);
        return statistics;
    }

    // Tells the processor to forget what it remembers of these tables, if it may be wrong.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VmxResult InvalidateIfDue() => _table.NeedsInvalidation ? Invalidate() : VmxResult.Succeed;

    private VmxResult Invalidate()
    {
        InvEptDescriptor descriptor = new() { EptPointer = _pointer.Raw };
        VmxResult result = Cpu.InvEpt(
            _capabilities.InveptSingleContext ? InvEptKind.SingleContext : InvEptKind.AllContexts, &descriptor);
        if (result == VmxResult.Succeed)
        {
            _table.ClearNeedsInvalidation();
            Changes++;
        }

        return result;
    }
}
