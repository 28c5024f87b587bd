// The built-in guests in the order in which `run --list` shows them and `run all` runs them. A new guest is one file
// in Demos/ and one line here.

using MinusOne.Guests.Bench;
using MinusOne.Guests.Contract;
using MinusOne.Guests.Demos;
using MinusOne.Guests.Kit;

namespace MinusOne.Guests;

internal static class Catalogue
{
    public static Guest[] All { get; } =
    [
        // First steps, and what can go wrong.
        Hello.Guest,
        PowerOff.Guest,
        Registers.Guest,
        Demand.Guest,
        TouchAll.Guest,
        BadEntry.Guest,
        TripleFault.Guest,

        // A: the exercises of the tutorial.
        VmxonRegion.Guest,
        Halt.Guest,
        Pause.Guest,
        ExternalInterrupt.Guest,
        GuestInterrupts.Guest,
        PageFaultMask.Guest,
        AllIo.Guest,
        IoBitmap.Guest,
        AllMsrs.Guest,
        EferWrite.Guest,
        Cr0Paging.Guest,
        ShadowCost.Guest,
        NestedWalk.Guest,
        BiosGdt.Guest,
        LastPage.Guest,
        EntryAddress.Guest,
        CounterPort.Guest,
        DeviceMemory.Guest,
        RegistersTwo.Guest,
        TwoLoops.Guest,
        RestartSoak.Guest,

        // B: the minimal hypervisor of the course notes.
        SkipIllegal.Guest,
        FaultLoop.Guest,
        Shares.Guest,

        // C: the KVM sample.
        OnePage.Guest,
        TrapAndEmulate.Guest,

        // D: the vCPU library.
        RunLoop.Guest,
        IoBitmapHalves.Guest,
        MsrBitmapQuarters.Guest,
        ControlRegisters.Guest,
        EptDirty.Guest,
        EptViolation.Guest,
        Injection.Guest,
        InterruptVector.Guest,
        PowerOffPort.Guest,
        CpuidFilter.Guest,
        Apic.Guest,
        UnhandledExit.Guest,

        // Whatever a guest may think of.
        Hostile.Guest,

        // Kernels, and the machine they expect.
        NimbosContract.Guest,
        Acpi.Guest,
        Disk.Guest,
        Smp.Guest,

        // Measuring.
        Timers.Guest,
        BenchGuest.Guest,
        SwitchGuest.Guest,
        ParallelGuest.Guest,

        // A guest that wants somebody to type comes last: `all` stops here.
        Echo.Guest,
    ];

    // The kernel of Kernel/, a program of its own, comes as a file.
    public static Guest Kernel(byte[] file) => new(
        "kernel", "", "a small kernel in C# with a shell and a dozen programs; type help",
        new GuestConfig(new GuestImage(StartMode.Protected, 0, file))
        {
            MemoryBytes = 0,
            Flags = VmFeatures.Kernel | VmFeatures.Pc | VmFeatures.Interactive,
        });
}
