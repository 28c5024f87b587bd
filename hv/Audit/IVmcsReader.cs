// Where the auditor reads from: the current VMCS of the processor, or the software processor's own.

namespace MinusOne.Hv.Audit;

internal unsafe interface IVmcsReader
{
    // Where this VMCS lies.
    Hpa Region { get; }

    // 0 for a field that does not exist.
    ulong Read(uint field);

    // False where there is no memory to read; the rules about its content are then passed over.
    bool TryRead(Hpa address, ulong* value);
}
