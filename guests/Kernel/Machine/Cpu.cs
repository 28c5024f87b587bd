// The instructions that C# has no words for: each call is a call of the stub of that name (Stubs/KernelStubs.cs,
// efi/Stubs).

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Guests.Kernel.Machine;

internal static unsafe class Cpu
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Cpuid")]
    public static extern void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadTsc")]
    public static extern ulong ReadTsc();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Pause")]
    public static extern void Pause();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadMsr")]
    public static extern ulong ReadMsr(Msr msr);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteMsr")]
    public static extern void WriteMsr(Msr msr, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr0")]
    public static extern void WriteCr0(Cr0 value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr2")]
    public static extern ulong ReadCr2();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr3")]
    public static extern ulong ReadCr3();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr3")]
    public static extern void WriteCr3(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr4")]
    public static extern void WriteCr4(Cr4 value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteXcr0")]
    public static extern void WriteXcr0(uint value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "In8")]
    public static extern byte In8(uint port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Out8")]
    public static extern void Out8(uint port, uint value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Out16")]
    public static extern void Out16(uint port, uint value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ClearFrame")]
    public static extern void ClearFrame(void* frame);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CopyFrame")]
    public static extern void CopyFrame(void* to, void* from);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InvalidatePage")]
    public static extern void InvalidatePage(ulong address);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LoadDescriptorTables")]
    public static extern void LoadDescriptorTables(void* global, void* interrupts);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SwitchStack")]
    public static extern void SwitchStack(ulong* saved, ulong next);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WaitForInterrupt")]
    public static extern void WaitForInterrupt();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "LetInterruptsIn")]
    public static extern void LetInterruptsIn();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Stop")]
    public static extern void Stop();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SaveExtendedState")]
    public static extern void SaveExtendedState(void* area, uint mask);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RestoreExtendedState")]
    public static extern void RestoreExtendedState(void* area, uint mask);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SaveLegacyState")]
    public static extern void SaveLegacyState(void* area);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RestoreLegacyState")]
    public static extern void RestoreLegacyState(void* area);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "CurrentProcessor")]
    public static extern Processor* CurrentProcessor();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InterruptEntriesAddress")]
    public static extern ulong InterruptEntriesAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SystemCallEntryAddress")]
    public static extern ulong SystemCallEntryAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TaskBeginningAddress")]
    public static extern ulong TaskBeginningAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ProcessorEntryAddress")]
    public static extern ulong ProcessorEntryAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ProgramsImageAddress")]
    public static extern ulong ProgramsImageAddress();
}
