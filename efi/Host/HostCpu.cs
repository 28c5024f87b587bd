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
    [RuntimeImport("*", "ExitAddress")]
    public static extern ulong ExitAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ImageBaseAddress")]
    public static extern byte* ImageBaseAddress();
}
