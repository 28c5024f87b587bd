// The seam: everything the processor does for us that C# cannot say. The image links it to machine-code stubs
// (efi/Stubs), the unit tests to a strict software model (tests/Model). The choice is made at link time: a call
// here is a direct call. Leaves out the instructions of virtualisation, which are hv/Vmx/VmxCpu.cs, and what only the
// firmware side needs once (descriptor-table loads): that is efi/Host.
namespace MinusOne.Hv.Seam;

internal static unsafe partial class Cpu
{
    // The vector of a message, which says no more than that there is one.
    public const uint MessageVector = 0xED;

    // The processor has AMD's SVM, not Intel's VT-x. This is found out once, before anything else asks.
    public static partial bool IsAmd { get; set; }

    public static partial void Cpuid(uint leaf, uint subleaf, CpuidResult* result);

    public static CpuidResult Cpuid(uint leaf, uint subleaf = 0)
    {
        CpuidResult result;
        Cpuid(leaf, subleaf, &result);
        return result;
    }

    public static partial ulong ReadTsc();

    // For MSRs that the capability bits promise; a #GP here is a host fault.
    public static partial ulong ReadMsr(uint msr);
    public static partial void WriteMsr(uint msr, ulong value);

    public static ulong ReadMsr(Msr msr) => ReadMsr((uint)msr);
    public static void WriteMsr(Msr msr, ulong value) => WriteMsr((uint)msr, value);

    // For MSRs and values that a guest chose: false where the processor answers #GP.
    public static partial bool TryReadMsr(uint msr, ulong* value);
    public static partial bool TryWriteMsr(uint msr, ulong value);

    public static partial ulong ReadXcr0();
    public static partial bool TryWriteXcr0(ulong value);

    // XSAVE and XRSTOR of the components in `mask` in a standard-format area aligned to 64 bytes; with an empty mask
    // FXSAVE and FXRSTOR.
    public static partial void SaveExtendedState(void* area, ulong mask);
    public static partial void RestoreExtendedState(void* area, ulong mask);

    public static partial ulong ReadCr0();
    public static partial void WriteCr0(ulong value);

    public static partial ulong ReadCr2();
    public static partial void WriteCr2(ulong value);

    public static partial ulong ReadCr3();
    public static partial void WriteCr3(ulong value);

    public static partial ulong ReadCr4();
    public static partial void WriteCr4(ulong value);

    // DR0-DR3 and DR6: one, or all five.
    public static partial ulong ReadDebugRegister(int register);
    public static partial void ReadDebugRegisters(ulong* values);
    public static partial void WriteDebugRegister(int register, ulong value);

    // The registers of the processor's own local APIC, by the offset in its page.
    public static partial uint ReadApic(uint offset);
    public static partial void WriteApic(uint offset, uint value);

    // And those of the first I/O APIC of a PC, by number.
    public static partial void WriteIoApic(uint register, uint value);

    // Waits, halted, until another processor sends this one a message; one that has come already is enough.
    public static partial void WaitForMessage();
    public static partial void SendMessage(uint apicId);

    public static partial byte In8(ushort port);
    public static partial void Out8(ushort port, byte value);

    // RDRAND, where CPUID promises it. False: there is none at the moment.
    public static partial bool TryRandom(ulong* value);

    public static partial void Pause();

    // Buffers that a processor with microcode for it empties by VERW; and returns that no guest has taught it.
    public static partial void ClearBuffers();
    public static partial void FillReturns();

    // Zeroes one 4 KiB frame with string stores.
    public static partial void ClearFrame(void* frame);
}
