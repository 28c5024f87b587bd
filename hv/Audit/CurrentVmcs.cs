// The current VMCS of this processor, for the auditor. Where a control word enables what the processor does not have,
// fields are read that do not exist, and that overwrites the instruction error: whoever wants it reads it before the
// audit. `memoryEnd`: up to there the host finds physical memory at its own address, page 0 excepted.

namespace MinusOne.Hv.Audit;

internal readonly unsafe struct CurrentVmcs(Hpa region, Hpa memoryEnd) : IVmcsReader
{
    private const ulong PageSize = 4096;

    private readonly Hpa _memoryEnd = memoryEnd;

    public Hpa Region { get; } = region;

    public ulong Read(uint field)
    {
        ulong value = 0;
        return VmxCpu.TryVmRead(field, &value) == VmxResult.Succeed ? value : 0;
    }

    public bool TryRead(Hpa address, ulong* value)
    {
        if (address.Value < PageSize || address.Value + sizeof(ulong) > _memoryEnd.Value)
        {
            return false;
        }

        *value = *(ulong*)address.Pointer;
        return true;
    }
}

// The source the auditor reads from: the current VMCS of the processor, or the software processor's own.
internal unsafe interface IVmcsReader
{
    // The address of this VMCS.
    Hpa Region { get; }

    // 0 for a field that does not exist.
    ulong Read(uint field);

    // False where there is no memory to read; the rules about its content are then passed over.
    bool TryRead(Hpa address, ulong* value);
}
