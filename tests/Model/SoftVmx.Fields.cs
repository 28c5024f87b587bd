// VMREAD and VMWRITE of the current VMCS. A field this processor does not have is VMfailValid(12) where the seam can
// say so; elsewhere the real stub panics, so this throws. Two things a processor forgives are refused: writes of
// read-only fields (MISC bit 29), and values wider than their field.

using System.Linq;

namespace MinusOne.Tests.Model;

internal sealed partial class SoftVmx
{
    // How often the hypervisor has read and written fields.
    public int FieldReads { get; private set; }

    public int FieldWrites { get; private set; }

    public ulong VmRead(uint field)
    {
        VmxResult result = TryVmRead(field, out ulong value);
        return result == VmxResult.Succeed
            ? value
            : throw new SoftCpuException($"VMREAD of {VmcsFieldTable.Name(field)}: {result}; it does not exist here");
    }

    public VmxResult TryVmRead(uint field, out ulong value)
    {
        RequireOperation("VMREAD");
        FieldReads++;
        value = 0;
        if (Current == null)
        {
            return VmxResult.FailInvalid;
        }

        if (!VmcsFieldTable.Exists(field, Capabilities))
        {
            return Fail(InstructionError.UnsupportedVmcsComponent);
        }

        value = new VmcsEncoding(field).IsHighHalf ? Current[field & ~1u] >> 32 : Current[field];
        return VmxResult.Succeed;
    }

    public void VmWrite(uint field, ulong value)
    {
        RequireOperation("VMWRITE");
        FieldWrites++;
        Require(Current != null, $"VMWRITE of {VmcsFieldTable.Name(field)}: there is no current VMCS");
        if (!VmcsFieldTable.Exists(field, Capabilities))
        {
            Fail(InstructionError.UnsupportedVmcsComponent);
            throw new SoftCpuException($"VMWRITE of {VmcsFieldTable.Name(field)}, which does not exist here");
        }

        var encoding = new VmcsEncoding(field);
        if (encoding.Type == VmcsFieldType.ReadOnlyData)
        {
            Fail(InstructionError.VmwriteReadOnlyComponent);
            throw new SoftCpuException($"VMWRITE of {VmcsFieldTable.Name(field)}, which is read-only");
        }

        Require(value <= Widest(encoding), $"VMWRITE of {value:X} to {VmcsFieldTable.Name(field)}, which is narrower");
        Current[field & ~1u] = encoding.IsHighHalf ? (Current[field & ~1u] & uint.MaxValue) | (value << 32) : value;
    }

    private static ulong Widest(VmcsEncoding encoding) => encoding.Width switch
    {
        VmcsFieldWidth.Bits16 => ushort.MaxValue,
        VmcsFieldWidth.Bits32 => uint.MaxValue,
        _ => encoding.IsHighHalf ? uint.MaxValue : ulong.MaxValue,
    };

    // Guest and host state that every entry and exit uses, and the controls that are never ignored. A VMCS starts with
    // whatever was in memory: all of these must have been written. HOST_RSP is the world switch's.
    private static bool IsAlwaysUsed(uint field, SoftCapabilities has)
    {
        var encoding = new VmcsEncoding(field);
        bool optional = VmcsFieldTable.IsConditional(field) || field is (uint)Vmcs32.EntryExceptionErrorCode
            or (uint)Vmcs32.EntryInstructionLength or (uint)Vmcs32.PageFaultErrorCodeMask
            or (uint)Vmcs32.PageFaultErrorCodeMatch or (uint)Vmcs64.IoBitmapA or (uint)Vmcs64.IoBitmapB
            or (uint)Vmcs64.ExitMsrStoreAddress or (uint)Vmcs64.ExitMsrLoadAddress or (uint)Vmcs64.EntryMsrLoadAddress
            or (uint)Vmcs64.TscOffset or (uint)Vmcs64.GuestDebugCtl
            or (uint)VmcsNatural.GuestDr7 or (uint)VmcsNatural.HostRsp
            or (uint)VmcsNatural.Cr0ReadShadow or (uint)VmcsNatural.Cr4ReadShadow;
        return !optional && encoding.Type != VmcsFieldType.ReadOnlyData && VmcsFieldTable.Exists(field, has);
    }

    private void RequireWrittenFields()
    {
        string[] missing = [.. VmcsFieldTable.All
            .Where(field => IsAlwaysUsed(field, Capabilities) && !Current.IsWritten(field))
            .Select(VmcsFieldTable.Name)];
        Require(missing.Length == 0, $"VM entry with fields that nobody wrote: {string.Join(", ", missing)}");
    }
}
