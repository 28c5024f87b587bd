// The system calls as programs see them.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MinusOne.Guests.Kernel.Shared;

namespace MinusOne.Guests.Kernel.User;

internal static unsafe class Sys
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SystemCall")]
    public static extern long Call(Shared.Call number, ulong a = 0, ulong b = 0, ulong c = 0);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Cpuid")]
    public static extern void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadTsc")]
    public static extern ulong ReadTsc();

    public static ulong Time => (ulong)Call(Shared.Call.Time);

    // 0 in the child; negative if there is none.
    public static int Fork()
    {
        Output.Flush();
        return (int)Call(Shared.Call.Fork);
    }

    public static void Exit(int status)
    {
        Output.Flush();
        Call(Shared.Call.Exit, (ulong)status);
    }

    public static ExitReport Wait(int id)
    {
        Output.Flush();
        ExitReport report = default;
        Call(Shared.Call.Wait, (ulong)id, (ulong)&report);
        return report;
    }

    public static void Sleep(ulong milliseconds)
    {
        Output.Flush();
        Call(Shared.Call.Sleep, milliseconds * 1_000_000);
    }

    public static long Read(int handle, byte* to, int count) =>
        Call(Shared.Call.Read, (ulong)handle, (ulong)to, (ulong)count);

    public static long Open(ReadOnlySpan<byte> name, OpenMode mode) =>
        Call(Shared.Call.Open, Address(name), (ulong)name.Length, (ulong)mode);

    public static void Close(int handle) => Call(Shared.Call.Close, (ulong)handle);

    public static SystemInformation GetSystem()
    {
        SystemInformation information = default;
        Call(Shared.Call.GetSystem, (ulong)&information);
        return information;
    }

    // Null if memory is used up.
    public static byte* Extend(ulong bytes)
    {
        long answer = Call(Shared.Call.Extend, bytes);
        return answer < 0 ? null : (byte*)answer;
    }

    public static ulong Address(ReadOnlySpan<byte> text) =>
        (ulong)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
}
