// The seam's side in the image: each call is a call of the stub of the same name (Tools/Stubs). RuntimeImport makes it
// a direct call, without marshalling or transition.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    private static bool s_isAmd;

    public static partial bool IsAmd { get => s_isAmd; set => s_isAmd = value; }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Cpuid")]
    public static extern partial void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadTsc")]
    public static extern partial ulong ReadTsc();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadMsr")]
    public static extern partial ulong ReadMsr(uint msr);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteMsr")]
    public static extern partial void WriteMsr(uint msr, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryReadMsr")]
    public static extern partial bool TryReadMsr(uint msr, ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryWriteMsr")]
    public static extern partial bool TryWriteMsr(uint msr, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadXcr0")]
    public static extern partial ulong ReadXcr0();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryWriteXcr0")]
    public static extern partial bool TryWriteXcr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "SaveExtendedState")]
    public static extern partial void SaveExtendedState(void* area, ulong mask);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "RestoreExtendedState")]
    public static extern partial void RestoreExtendedState(void* area, ulong mask);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr0")]
    public static extern partial ulong ReadCr0();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr0")]
    public static extern partial void WriteCr0(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr2")]
    public static extern partial ulong ReadCr2();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr2")]
    public static extern partial void WriteCr2(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr3")]
    public static extern partial ulong ReadCr3();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr3")]
    public static extern partial void WriteCr3(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadCr4")]
    public static extern partial ulong ReadCr4();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteCr4")]
    public static extern partial void WriteCr4(ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadDebugRegister")]
    public static extern partial ulong ReadDebugRegister(int register);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ClearBuffers")]
    public static extern partial void ClearBuffers();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "FillReturns")]
    public static extern partial void FillReturns();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadDebugRegisters")]
    public static extern partial void ReadDebugRegisters(ulong* values);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "WriteDebugRegister")]
    public static extern partial void WriteDebugRegister(int register, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "In8")]
    public static extern partial byte In8(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Out8")]
    public static extern partial void Out8(ushort port, byte value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "TryRandom")]
    public static extern partial bool TryRandom(ulong* value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Pause")]
    public static extern partial void Pause();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ClearFrame")]
    public static extern partial void ClearFrame(void* frame);
}
