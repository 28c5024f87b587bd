// The 16-bit fields of a VMCS; the value is the encoding. SDM 3D B.1 16-Bit Fields, in its order.
// All of them are writable. Fields that we neither write nor audit are left
// out, here and in the other tables.

namespace MinusOne.Hv.Vmx.Fields;

internal enum Vmcs16 : uint
{
    // Control fields.
    VirtualProcessorId = 0x0000,
    PostedInterruptNotificationVector = 0x0002,
    HlatPrefixSize = 0x0006,
    LastPidPointerIndex = 0x0008,

    // Guest-state fields.
    GuestEsSelector = 0x0800,
    GuestCsSelector = 0x0802,
    GuestSsSelector = 0x0804,
    GuestDsSelector = 0x0806,
    GuestFsSelector = 0x0808,
    GuestGsSelector = 0x080A,
    GuestLdtrSelector = 0x080C,
    GuestTrSelector = 0x080E,
    GuestInterruptStatus = 0x0810,
    GuestUserInterruptNotificationVector = 0x0814,

    // Host-state fields.
    HostEsSelector = 0x0C00,
    HostCsSelector = 0x0C02,
    HostSsSelector = 0x0C04,
    HostDsSelector = 0x0C06,
    HostFsSelector = 0x0C08,
    HostGsSelector = 0x0C0A,
    HostTrSelector = 0x0C0C,
}
