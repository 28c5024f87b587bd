// The four page-directory-pointer-table entries of PAE paging, which a processor loads when CR3 is loaded; under EPT
// they stand in the VMCS. SDM 3A 5.4.1 PDPTE Registers, SDM 3C 26.4.2 (PDPTEs).

namespace MinusOne.Hv.Exits.Emulate.Space;

internal static unsafe class PagingTables
{
    private const ulong TableMask = 0xFFFF_FFE0;

    // Advance: loaded. A reserved bit set is #GP(0), and nothing is loaded.
    public static Verdict Load(Vm* vm, Vcpu* vcpu, ulong cr3)
    {
        ulong* entries = stackalloc ulong[4];
        var table = new Gpa(cr3 & TableMask);
        Resolution resolution = vm->Memory.Read(table, new Span<byte>(entries, 32));
        if (resolution != Resolution.Mapped)
        {
            // All ones have reserved bits among them.
            return resolution == Resolution.IllegalAddress && vm->HasOpenBus
                ? Exceptions.GeneralProtection(vm, vcpu)
                : MemoryExits.Refuse(vm, resolution, table, PageRights.Read);
        }

        int bits = RegisterLimits.Read().PhysicalAddressBits;
        for (int i = 0; i < 4; i++)
        {
            if (!ControlRegisterRules.IsPdpteAllowed(entries[i], bits))
            {
                return Exceptions.GeneralProtection(vm, vcpu);
            }
        }

        for (int i = 0; i < 4; i++)
        {
            GuestState.SetPdpte(i, entries[i]);
        }

        return Verdict.Advance;
    }
}
