// The seam's other side for unit tests: every call goes to the software processor of the current thread.

using System;
using MinusOne.Tests.Model;

namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    private const int XmmOffset = 160 / 8;
    private const int HeldOffset = 512 / 8;
    private const int YmmOffset = 576 / 8;
    private const ulong Sse = 2;
    private const ulong Avx = 4;
    private const ulong PretendedLimit = 1UL << 36;

    [ThreadStatic]
    private static SoftProcessor s_processor;

    public static partial bool IsAmd { get => Soft.IsAmd; set => Soft.IsAmd = value; }

    internal static SoftProcessor Soft
    {
        get => s_processor ??= new SoftProcessor();
        set
        {
            if (s_processor != value)
            {
                s_processor?.Vmx.Abandon();
                s_processor = value;
                SvmCpu.Forget();
            }
        }
    }

    public static partial void Cpuid(uint leaf, uint subleaf, CpuidResult* result) =>
        *result = Soft.Cpuid(leaf, subleaf);

    public static partial ulong ReadTsc() => Soft.ReadTsc();

    public static partial ulong ReadMsr(uint msr) => Soft.ReadMsr(msr);

    public static partial void WriteMsr(uint msr, ulong value) => Soft.WriteMsr(msr, value);

    public static partial bool TryReadMsr(uint msr, ulong* value) => Soft.TryReadMsr(msr, out *value);

    public static partial bool TryWriteMsr(uint msr, ulong value) => Soft.TryWriteMsr(msr, value);

    public static partial ulong ReadXcr0() => Soft.ReadXcr0();

    public static partial bool TryWriteXcr0(ulong value) => Soft.TryWriteXcr0(value);

    // The model has one vector register, to stand for all of them. It lies where XMM0 does, and its upper half in AVX's
    // component. XSAVE leaves out what XCR0 hides, and writes nothing for a component in its initial state.
    public static partial void SaveExtendedState(void* area, ulong mask)
    {
        var words = (ulong*)area;
        if (mask == 0)
        {
            words[XmmOffset] = Soft.Vector;
            return;
        }

        ulong saved = mask & Soft.ReadXcr0();
        ulong used = saved & ((Soft.Vector != 0 ? Sse : 0) | (Soft.UpperVector != 0 ? Avx : 0));
        words[HeldOffset] = (words[HeldOffset] & ~saved) | used;
        words[XmmOffset] = (used & Sse) != 0 ? Soft.Vector : words[XmmOffset];
        words[YmmOffset] = (used & Avx) != 0 ? Soft.UpperVector : words[YmmOffset];
    }

    public static partial void RestoreExtendedState(void* area, ulong mask)
    {
        var words = (ulong*)area;
        ulong restored = mask == 0 ? Sse : mask & Soft.ReadXcr0();
        ulong held = mask == 0 ? Sse : words[HeldOffset];
        ulong Of(ulong component, int word, ulong now) =>
            (restored & component) == 0 ? now : (held & component) == 0 ? 0 : words[word];
        Soft.Vector = Of(Sse, XmmOffset, Soft.Vector);
        Soft.UpperVector = Of(Avx, YmmOffset, Soft.UpperVector);
    }

    public static partial ulong ReadCr0() => Soft.Cr0;

    public static partial void WriteCr0(ulong value) => Soft.WriteCr0(value);

    public static partial ulong ReadCr2() => Soft.Cr2;

    public static partial void WriteCr2(ulong value) => Soft.Cr2 = value;

    public static partial ulong ReadCr3() => Soft.Cr3;

    public static partial void WriteCr3(ulong value) => Soft.WriteCr3(value);

    public static partial ulong ReadCr4() => Soft.Cr4;

    public static partial void WriteCr4(ulong value) => Soft.WriteCr4(value);

    public static partial ulong ReadDebugRegister(int register) => Soft.DebugRegisters[register];

    public static partial void ReadDebugRegisters(ulong* values)
    {
        for (int i = 0; i < 5; i++)
        {
            values[i] = Soft.DebugRegisters[i == 4 ? 6 : i];
        }
    }

    public static partial void WriteDebugRegister(int register, ulong value) => Soft.DebugRegisters[register] = value;

    public static partial uint ReadApic(uint offset) => Soft.Apic.Read(offset);

    public static partial void WriteApic(uint offset, uint value) => Soft.Apic.Write(offset, value);

    public static partial void WriteIoApic(uint register, uint value) => Soft.IoApic[register] = value;

    public static partial void WaitForMessage() => Soft.WaitForMessage();

    public static partial void SendMessage(uint apicId) => Soft.SendMessage(apicId);

    public static partial byte In8(ushort port) => (byte)Soft.Ports.In(port, 1);

    public static partial void Out8(ushort port, byte value) => Soft.Ports.Out(port, 1, value);

    public static partial bool TryRandom(ulong* value) => Soft.TryRandom(out *value);

    public static partial void ClearBuffers() => Soft.Forgotten.Add("buffers");

    public static partial void FillReturns() => Soft.Forgotten.Add("returns");

    public static partial void Pause() => Soft?.Waited?.Invoke();

    // Memory that a test only pretends to have lies below all that a process of these days is given.
    public static partial void ClearFrame(void* frame) =>
        new Span<byte>(frame, (ulong)frame < PretendedLimit ? 0 : 4096).Clear();
}
