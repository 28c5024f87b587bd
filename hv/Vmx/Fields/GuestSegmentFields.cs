// The four VMCS fields of a guest's segment register. SDM 3C 26.4.1 Guest Register State.

namespace MinusOne.Hv.Vmx.Fields;

internal static class GuestSegmentFields
{
    public static Vmcs16 Selector(GuestSegment segment) => Vmcs16.GuestEsSelector + ((uint)segment * 2);

    public static VmcsNatural Base(GuestSegment segment) => VmcsNatural.GuestEsBase + ((uint)segment * 2);

    public static Vmcs32 Limit(GuestSegment segment) => Vmcs32.GuestEsLimit + ((uint)segment * 2);

    public static Vmcs32 AccessRights(GuestSegment segment) => Vmcs32.GuestEsAccessRights + ((uint)segment * 2);
}
