// What the hypervisor does differently in a configuration, beside control bits.

namespace MinusOne.Hv.Guests;

[Flags]
internal enum VmFeatures : uint
{
    None = 0,

    // For learners: the control words are shown before the entry, and every exit whose reason stands in Exits is told
    // on the guest's console, decoded. Accesses of the console's own ports and of the power-off port are left out.
    Narrate = 1u << 0,

    // An intercepted exception is skipped (RIP moves behind the instruction) instead of reflected.
    SkipExceptions = 1u << 1,

    // An intercepted page fault is answered by setting the present bit in the entry of the guest's own tables that
    // lacks it, and retried.
    FixPageFaults = 1u << 2,

    // RSI starts as the seed of the run, RBP as its count.
    SeedInRegisters = 1u << 3,

    // RBX starts as the size of the memory in bytes: for guests whose memory is as large as the options of the run say.
    MemoryInRbx = 1u << 4,

    // After HLT the guest goes on behind it, although nothing has woken it.
    ResumeAfterHalt = 1u << 5,

    // VMCALL queues an event: EAX is the interruption information as VM entry wants it, EDX the error code, ECX the
    // length of the instruction that it is to look like. It is injected like any other: with the next entry, or in
    // the window.
    InjectOnVmcall = 1u << 6,

    // An exit whose reason is CaseNumber is treated as if nobody knew it.
    SurfaceExit = 1u << 7,

    // The whole PC: interrupt controllers, timers, clock, reset ports, and CPUID that shows the local APIC's x2APIC
    // mode and TSC deadline. Kernels get it; a demonstration has the small board unless it says so.
    Pc = 1u << 11,

    // It waits for somebody to type. `all` runs what stands before it in the list.
    Interactive = 1u << 12,

    // It runs at the same time as the next configuration.
    WithNext = 1u << 13,

    // Memory that is used densely is mapped in large pages, as a kernel's is; in other configurations a page is a page.
    LargePages = 1u << 14,

    // The image is a kernel file: its header, or the load address if that is not 0, says where it goes, and it is
    // entered as a file of the user's is. Without an image it is the user's file.
    Kernel = 1u << 16,
}
