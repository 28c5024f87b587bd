// The software processor's current VMCS and memory, as the auditor reads them.
namespace MinusOne.Tests.Model;

internal readonly unsafe struct SoftVmcsReader : IVmcsReader
{
    private readonly SoftProcessor _cpu;
    private readonly SoftVmcs _vmcs;

    public SoftVmcsReader(SoftProcessor cpu, SoftVmcs vmcs)
    {
        _cpu = cpu;
        _vmcs = vmcs;
    }

    public Hpa Region => _vmcs.Region;

    public ulong Read(uint field) => VmcsFieldTable.Exists(field, _cpu.Vmx.Capabilities) ? _vmcs[field] : 0;

    public bool TryRead(Hpa address, ulong* value)
    {
        bool known = _cpu.Memory.Has(address, sizeof(ulong));
        *value = known ? _cpu.Memory.Read<ulong>(address) : 0;
        return known;
    }
}
