// Instructions that only the host side of the image needs; the hypervisor proper reaches the processor through
// hv/Seam/Cpu.cs.
// Stubs in Stubs/HostStubs.cs.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal static unsafe class HostCpu
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LoadDescriptorTables")]
    public static extern void LoadDescriptorTables(DescriptorTablePointer* gdt, DescriptorTablePointer* idt);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "DisableInterrupts")]
    public static extern void DisableInterrupts();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Halt")]
    public static extern void Halt();

    // The vector of the interrupt that has come, or 0.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "HaltForInterrupt")]
    public static extern uint HaltForInterrupt();

    // Others see what was written before it; writes to an MSR of the local APIC wait for nothing by themselves.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CompleteWrites")]
    public static extern void CompleteWrites();

    // Leaves the current stack for good and goes on in RunOnOwnStack.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ContinueOnStack")]
    public static extern void ContinueOnStack(ulong top);

    // Calls function(first, second, 0, 0) of the firmware under the page tables at `tables`.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CallFirmware")]
    public static extern void CallFirmware(void* function, ulong tables, ulong first, ulong second);

    // Nothing, if there is no such exception there.
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RaiseFault")]
    public static extern void RaiseFault(uint vector);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RecoveryTableAddress")]
    public static extern ulong* RecoveryTableAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InterruptEntriesAddress")]
    public static extern ulong InterruptEntriesAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "StartUpCodeAddress")]
    public static extern byte* StartUpCodeAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ContinueOnArrivalAddress")]
    public static extern ulong ContinueOnArrivalAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ExitAddress")]
    public static extern ulong ExitAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ImageBaseAddress")]
    public static extern byte* ImageBaseAddress();
}
