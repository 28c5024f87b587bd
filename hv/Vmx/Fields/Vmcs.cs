// Reads and writes of the current VMCS. Width and writability stand in the type of the field: a value too wide for
// its field or a write of read-only data does not compile. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS
// Fields.
namespace MinusOne.Hv.Vmx.Fields;

internal static class Vmcs
{
    public static ushort Read(Vmcs16 field) => (ushort)VmxCpu.VmRead((uint)field);
    public static uint Read(Vmcs32 field) => (uint)VmxCpu.VmRead((uint)field);
    public static ulong Read(Vmcs64 field) => VmxCpu.VmRead((uint)field);
    public static ulong Read(VmcsNatural field) => VmxCpu.VmRead((uint)field);
    public static uint Read(VmcsReadOnly32 field) => (uint)VmxCpu.VmRead((uint)field);
    public static ulong Read(VmcsReadOnly64 field) => VmxCpu.VmRead((uint)field);
    public static ulong Read(VmcsReadOnlyNatural field) => VmxCpu.VmRead((uint)field);
    public static void Write(Vmcs16 field, ushort value) => VmxCpu.VmWrite((uint)field, value);
    public static void Write(Vmcs32 field, uint value) => VmxCpu.VmWrite((uint)field, value);
    public static void Write(Vmcs64 field, ulong value) => VmxCpu.VmWrite((uint)field, value);
    public static void Write(VmcsNatural field, ulong value) => VmxCpu.VmWrite((uint)field, value);
}

// The four VMCS fields of a guest's segment register. SDM 3C 26.4.1 Guest Register State.
internal static class GuestSegmentFields
{
    public static Vmcs16 Selector(GuestSegment segment) => Vmcs16.GuestEsSelector + ((uint)segment * 2);
    public static VmcsNatural Base(GuestSegment segment) => VmcsNatural.GuestEsBase + ((uint)segment * 2);
    public static Vmcs32 Limit(GuestSegment segment) => Vmcs32.GuestEsLimit + ((uint)segment * 2);
    public static Vmcs32 AccessRights(GuestSegment segment) => Vmcs32.GuestEsAccessRights + ((uint)segment * 2);
}
