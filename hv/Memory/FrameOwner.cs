// What a frame of the pool is used for. The pool keeps one count per owner, and a frame comes back only under the owner
// it was given to.

namespace MinusOne.Hv.Memory;

internal enum FrameOwner : byte
{
    Free = 0,

    // Tables that translate guest-physical addresses.
    SecondLevelTable = 1,

    // Tables that the host itself runs on.
    HostTable = 2,

    // Memory that a guest sees.
    GuestPage = 3,

    // VMXON region, VMCS, bitmaps, MSR areas: what a VMX instruction or a VMCS field points to.
    VmxRegion = 4,

    // Stacks, descriptor tables, lists and buffers of the hypervisor.
    Hypervisor = 5,
}
