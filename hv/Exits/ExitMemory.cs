// What the exits of a virtual processor have worked out and look up again: in the part of a Vcpu that is theirs.
namespace MinusOne.Hv.Exits;

internal unsafe struct ExitMemory
{
    public PreparedLeaves Leaves;
    public MemorySites Sites;

    // Pages that stand in for something now, and whether what they are there for has been done: StandIn.
    public byte StandIns;
    public bool IsStepDone;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ExitMemory* Of(Vcpu* vcpu) => (ExitMemory*)vcpu->ExitPart;
}

// What CPUID answers where the answer never changes, worked out once for a guest. Leaves that depend on the subleaf or
// on the moment (1, 4, 7, B, D) are not here, nor what is asked for once (the hypervisor's own).
internal unsafe struct PreparedLeaves
{
    private const uint BasicRows = CpuidFilter.LastBasic + 1;
    private const uint ExtendedRows = CpuidFilter.LastExtended - CpuidFilter.FirstExtended + 1;
    private const uint Rows = BasicRows + ExtendedRows;
    private const uint Words = 4;
    private const uint Varying = (1u << 1) | (1u << 4) | (1u << 7) | (1u << 0xB) | (1u << 0xD);

    // One bit a row.
    private ulong _known;
    private fixed uint _words[(int)(Rows * Words)];

    // The leaf that the guest has asked for, if it is here. Basic leaves come first, extended ones behind them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFind(Vcpu* vcpu, out CpuidResult* prepared)
    {
        uint leaf = (uint)vcpu->Registers.Rax;
        uint row = leaf < BasicRows ? leaf : leaf - (CpuidFilter.FirstExtended - BasicRows);
        prepared = At(vcpu, row);
        return row < Rows && (ExitMemory.Of(vcpu)->Leaves._known & (1UL << (int)row)) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static CpuidResult* At(Vcpu* vcpu, uint row) => (CpuidResult*)ExitMemory.Of(vcpu)->Leaves._words + row;

    public void Prepare(Vm* vm, Vcpu* vcpu)
    {
        for (uint row = 0; row < Rows; row++)
        {
            if (row >= BasicRows || (Varying & (1u << (int)row)) == 0)
            {
                uint leaf = row < BasicRows ? row : row + (CpuidFilter.FirstExtended - BasicRows);
                CpuidExits.Answer(vm, vcpu, leaf, 0, out *At(vcpu, row));
                _known |= 1UL << (int)row;
            }
        }
    }
}

// The instructions on devices' memory that a processor has executed last, found by RIP, newer ones in place of older.
internal unsafe struct MemorySites
{
    private const int Places = 8;
    private fixed byte _sites[Places * MemorySite.Bytes];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MemorySite* At(ulong rip) =>
        (MemorySite*)Unsafe.AsPointer(ref _sites[0]) + ((rip ^ (rip >> 4)) & (Places - 1));
}
