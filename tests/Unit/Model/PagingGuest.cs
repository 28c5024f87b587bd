// A 64-bit guest with page tables of its own, written by hand in its memory: tables at 0x8000 and up, four pages
// mapped at a high linear address onto guest-physical 0x1000-0x4FFF. Page n below the tables starts with n.

using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Model;

internal sealed class PagingGuest
{
    public const ulong Linear = 0xFFFF_8000_0040_0000;
    public const ulong Root = 0x8000, Table3 = 0x9000, Table2 = 0xA000, Table1 = 0xB000;
    public const ulong All = 7;

    public PagingGuest(VmxMachine vmx = null)
    {
        Machine = new GuestFixture(GoodVmcs.Long64(), vmx ?? new VmxMachine());
        Vmcs.Write(VmcsNatural.GuestCr3, Root);
        Entry(Root + (256 * 8), Table3 | All);
        Entry(Table3, Table2 | All);
        Entry(Table2 + (2 * 8), Table1 | All);
        for (uint page = 0; page < 4; page++)
        {
            SetPage(page, ((page + 1) << 12) | All);
        }

        for (uint i = 0; i < Root >> 12; i++)
        {
            Machine.Memory.Write(Machine.Ram + (i << 12), (byte)i);
        }
    }

    public GuestFixture Machine { get; }

    public static Gva Address(uint page) => new(Linear + (page << 12));

    public static ulong Slot(uint page) => Table1 + (page * 8);

    public void SetPage(uint page, ulong entry) => Entry(Slot(page), entry);

    public void Entry(ulong address, ulong entry) => Machine.Memory.Write(Machine.Ram + address, entry);

    public ulong Entry(ulong address) => Machine.Memory.Read<ulong>(Machine.Ram + address);
}
