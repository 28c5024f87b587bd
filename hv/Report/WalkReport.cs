// The way of an address, entry by entry: through the guest's own tables, SDM 3A 5 Paging, and through the second-level
// tables that the hypervisor keeps for it, SDM 3C 30.3 The Extended Page Table Mechanism (EPT), AMD APM 2 15.25 Nested
// Paging.
namespace MinusOne.Hv.Report;

internal static unsafe class WalkReport
{
    private const int EntryColumn = 38;
    private const ulong Present = 1UL << 0, Writable = 1UL << 1, UserMode = 1UL << 2, Accessed = 1UL << 5;
    private const ulong Dirty = 1UL << 6, NoExecute = 1UL << 63;

    public static void Linear(Output output, Vm* vm, Gva address)
    {
        if (!TryGuest(output, vm, address, GuestLook.Kernel, out Gpa physical))
        {
            return;
        }

        Physical(output, vm, physical);
    }

    // The guest's own tables. False: they do not lead anywhere, or not for such an access.
    public static bool TryGuest(Output output, Vm* vm, Gva address, GuestAccess access, out Gpa physical)
    {
        var look = new GuestLook(vm);
        look.At(address, access, out _);
        physical = look.Translation.Address;
        Writer line = new Writer(output).Text("  linear "u8).Hex(address.Value).Text(": "u8)
            .Text(Word(look.Paging.Mode));
        if (look.Paging.Mode == PagingMode.None)
        {
            line.Text(", the address is the physical one"u8).EndLine();
            return true;
        }

        line.Text(", CR3 "u8).Hex(GuestState.Cr3).EndLine();
        if (look.Paging.Mode == PagingMode.Pae)
        {
            Entry(new Writer(output).Text("  level 3, kept"u8), look.Paging.Pdpte(address), isLeaf: false);
        }

        Entries(output, in look);
        return TryEnd(output, in look, address);
    }

    private static void Entries(Output output, in GuestLook look)
    {
        GuestTranslation end = look.Translation;
        int top = look.Paging.Mode switch
        {
            PagingMode.FiveLevel => 5,
            PagingMode.FourLevel => 4,
            _ => 2,
        };
        for (int i = 0; i < look.Trace.Levels; i++)
        {
            bool isLast = i == look.Trace.Levels - 1 && end.Status == GuestWalkStatus.Translated;
            Writer line = new Writer(output).Text("  level "u8).Decimal((uint)(top - i)).Text(" at "u8)
                .Hex(look.Trace.Slot(i).Value);
            if (look.Trace.Status(i) == LookStatus.Found)
            {
                Entry(line, look.Trace.Entry(i), isLast);
            }
            else
            {
                line.To(EntryColumn).Text(GuestLook.Word(look.Trace.Status(i))).EndLine();
            }
        }
    }

    private static bool TryEnd(Output output, in GuestLook look, Gva address)
    {
        GuestTranslation end = look.Translation;
        Writer line = new Writer(output).Text("  "u8);
        switch (end.Status)
        {
            case GuestWalkStatus.Translated:
                line.Text("guest-physical "u8).Hex(end.Address.Value).Text(", in a page of "u8)
                    .Size(1UL << end.PageShift).EndLine();
                return true;
            case GuestWalkStatus.PageFault:
                line.Text("leads nowhere: page fault, error code "u8).Hex((ulong)end.ErrorCode)
                    .Text((end.ErrorCode & PageFaultError.Reserved) != 0 ? ", a reserved bit is 1"u8
                        : (end.ErrorCode & PageFaultError.Protection) != 0 ? ", the page does not allow it"u8
                        : ", not present"u8).EndLine();
                return false;
            case GuestWalkStatus.NotCanonical:
                line.Hex(address.Value).Text(" is not canonical: no table is asked, general protection"u8).EndLine();
                return false;
            default:
                line.Text("leads nowhere: the table at "u8).Hex(end.Address.Value)
                    .Text(" is not in the guest's memory"u8).EndLine();
                return false;
        }
    }

    // The hypervisor's tables: where the guest's page lies in the host's memory.
    public static void Physical(Output output, Vm* vm, Gpa address)
    {
        LookStatus status = GuestLook.Physical(vm, address, out byte* host);
        if (address.Value >= PageTable.InputLimit)
        {
            new Writer(output).Text("  guest-physical "u8).Hex(address.Value)
                .Text(" is beyond 48 bits, which no second-level table here has"u8).EndLine();
            return;
        }

        Hpa table = vm->Memory.Table.Root;
        for (int level = PageLevel.Root; level > 0; level--)
        {
            PageEntry* entry = (PageEntry*)table.Pointer + PageLevel.Index(address.Value, level);
            bool isLeaf = entry->IsLeaf(level);
            Second(new Writer(output).Text(Cpu.IsAmd ? "  nested "u8 : "  EPT "u8), entry, level, isLeaf);
            if (!entry->IsPresent || isLeaf)
            {
                break;
            }

            table = entry->Table;
        }

        Writer line = new Writer(output).Text("  guest-physical "u8).Hex(address.Value).Text(": "u8)
            .Text(GuestLook.Word(status));
        if (status == LookStatus.Found)
        {
            line = line.Text(", the host's "u8).Hex((ulong)host);
        }

        line.EndLine();
    }

    private static void Second(Writer line, PageEntry* entry, int level, bool isLeaf)
    {
        PageAttributes attributes = entry->Attributes(Cpu.IsAmd ? PageFormat.Nested : PageFormat.Ept);
        line = line.Text("level "u8).Decimal((uint)level).Text(" at "u8).Hex(new Hpa(entry).Value)
            .To(EntryColumn).Hex(entry->Raw, 16).Text("  "u8);
        if (!entry->IsPresent)
        {
            line.Text("not present"u8).EndLine();
            return;
        }

        line = line.Text("read"u8).Text((attributes.Rights & PageRights.Write) != 0 ? ", write"u8 : ""u8)
            .Text((attributes.Rights & PageRights.Execute) != 0 ? ", execute"u8 : ""u8);
        if (isLeaf)
        {
            line = line.Text(", page of "u8).Size(PageLevel.Size(level)).Text(", "u8).Text(Word(attributes.Type));
        }

        line.EndLine();
    }

    private static void Entry(Writer line, ulong entry, bool isLeaf)
    {
        line = line.To(EntryColumn).Hex(entry, 16).Text("  "u8);
        if ((entry & Present) == 0)
        {
            line.Text("not present"u8).EndLine();
            return;
        }

        line.Text((entry & Writable) != 0 ? "writable"u8 : "read-only"u8)
            .Text((entry & UserMode) != 0 ? ", user"u8 : ", supervisor"u8)
            .Text((entry & Accessed) != 0 ? ", accessed"u8 : ""u8)
            .Text(isLeaf && (entry & Dirty) != 0 ? ", dirty"u8 : ""u8)
            .Text((entry & NoExecute) != 0 ? ", not executable"u8 : ""u8).EndLine();
    }

    private static ReadOnlySpan<byte> Word(PagingMode mode) => mode switch
    {
        PagingMode.None => "no paging"u8,
        PagingMode.Bits32 => "32-bit paging"u8,
        PagingMode.Pae => "PAE paging"u8,
        PagingMode.FourLevel => "4-level paging"u8,
        _ => "5-level paging"u8,
    };

    private static ReadOnlySpan<byte> Word(MemoryType type) => type switch
    {
        MemoryType.Uncacheable => "uncacheable"u8,
        MemoryType.WriteCombining => "write-combining"u8,
        MemoryType.WriteThrough => "write-through"u8,
        MemoryType.WriteProtected => "write-protected"u8,
        _ => "write-back"u8,
    };
}
