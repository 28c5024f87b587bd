// What a configuration gives its guest beside control bits, and how it is played.

namespace MinusOne.Hv.Guests;

[Flags]
internal enum VmFeatures : uint
{
    None = 0,

    // The whole PC: interrupt controllers, timers, clock, reset ports, and CPUID that shows the local APIC's x2APIC
    // mode and TSC deadline. Kernels get it; a demonstration has the small board unless it says so.
    Pc = 1u << 0,

    // It waits for somebody to type. `all` runs what stands before it in the list.
    Interactive = 1u << 1,

    // It runs at the same time as the next configuration.
    WithNext = 1u << 2,

    // Memory that is used densely is mapped in large pages, as a kernel's is; in other configurations a page is a page.
    LargePages = 1u << 3,

    // The image is a kernel file: its header, or the load address if that is not 0, says where it goes, and it is
    // entered as a file of the user's is. Without an image it is the user's file.
    Kernel = 1u << 4,
}
