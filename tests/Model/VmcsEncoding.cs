// A VMCS field's encoding, taken apart. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.
namespace MinusOne.Tests.Model;

internal readonly struct VmcsEncoding(uint raw)
{
    public readonly uint Raw = raw;

    // The upper half of a 64-bit field, as 32-bit code addresses it.
    public bool IsHighHalf => (Raw & 1) != 0;

    public uint Index => (Raw >> 1) & 0x1FF;

    public VmcsFieldType Type => (VmcsFieldType)((Raw >> 10) & 3);

    public VmcsFieldWidth Width => (VmcsFieldWidth)((Raw >> 13) & 3);

    // Bit 12 and bits 31:15 are reserved and must be 0.
    public bool HasReservedBits => (Raw & 0xFFFF_9000) != 0;
}

// What a VMCS field belongs to: bits 11:10 of its encoding. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS
// Fields.
internal enum VmcsFieldType : uint
{
    Control = 0,
    ReadOnlyData = 1,
    GuestState = 2,
    HostState = 3,
}

// How wide a VMCS field is: bits 14:13 of its encoding. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.
internal enum VmcsFieldWidth : uint
{
    Bits16 = 0,
    Bits64 = 1,
    Bits32 = 2,
    Natural = 3,
}
