// A processor that walks EPT tables under test, marks them and remembers them until INVEPT.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;

namespace MinusOne.Tests.Unit.Memory;

internal sealed class EptUser
{
    public const ulong AllCapabilities = 0x0000_0F01_0633_4141;

    private readonly EptVpidCapabilities _capabilities;
    private readonly SoftEpt _ept;

    public EptUser(Arena arena, ulong capabilities = AllCapabilities)
    {
        _capabilities = new EptVpidCapabilities(capabilities);
        SoftProcessor processor = Presets.SkylakeX();
        processor.Msrs[(uint)Hv.X86.Msr.VmxEptVpidCap] = capabilities;
        Tlb = new VmxMachine(processor).Processor.Vmx.Tlb;
        processor.Memory.Add(arena.Base, (ulong)arena.Frames << 12);
        _ept = new SoftEpt(processor);
    }

    public SoftTlb Tlb { get; }

    // False: a violation.
    public bool Access(ref PageTable table, Gpa address, Access access, out EptMapping mapping)
    {
        ulong pointer = PointerTo(ref table);
        bool isAllowed = _ept.TryTranslate(pointer, address.Value, access, out mapping, out _);
        if (!isAllowed)
        {
            Tlb.ForgetViolation(pointer, address.Value, 0, null);
        }

        return isAllowed;
    }

    public bool Access(ref PageTable table, ulong address, Access access) =>
        Access(ref table, new Gpa(address), access, out _);

    // Refuses what is remembered and not true.
    public void Verify(ref PageTable table) => _ept.Verify(PointerTo(ref table));

    // As before an entry.
    public VmxResult Refresh(ref PageTable table)
    {
        VmxResult result = table.IsStale ? EptPointer.To(table.Root, _capabilities).Invalidate(_capabilities)
            : VmxResult.Succeed;
        if (result == VmxResult.Succeed)
        {
            table.IsStale = false;
        }

        return result;
    }

    private ulong PointerTo(ref PageTable table) => EptPointer.To(table.Root, _capabilities).Raw;
}
