// Where a controller for USB has its registers, and what they mean. xHCI specification 1.2, 5 Register Interface.
// Nothing in them is believed: a controller whose numbers cannot be is none.

using System;

namespace MinusOne.Efi.Metal.Usb;

internal readonly struct XhciRegisters
{
    private const uint StructuralParameters = 0x04, MoreStructuralParameters = 0x08, CapabilityParameters = 0x10;
    private const uint DoorbellOffset = 0x14, RuntimeOffset = 0x18;
    private const uint LeastCapabilities = 0x20, LongContexts = 1 << 2;
    private const uint FirstPort = 0x400, PortStride = 0x10, FirstInterrupter = 0x20;
    private const uint Nobody = uint.MaxValue;

    private readonly ulong _start;
    private readonly ulong _operational;
    private readonly ulong _runtime;
    private readonly ulong _doorbells;

    public XhciRegisters(ulong start, ulong length)
    {
        _start = start;
        uint head = Mmio.Read(start);
        uint structure = Mmio.Read(start + StructuralParameters);
        uint more = Mmio.Read(start + MoreStructuralParameters);
        uint capabilities = Mmio.Read(start + CapabilityParameters);
        uint doorbells = Mmio.Read(start + DoorbellOffset) & ~3u;
        uint runtime = Mmio.Read(start + RuntimeOffset) & ~0x1Fu;
        uint ownLength = head & 0xFF;
        (_operational, _runtime, _doorbells) = (start + ownLength, start + runtime, start + doorbells);
        MaxSlots = structure & 0xFF;
        Ports = structure >> 24;
        Scratchpads = ((more >> 21) & 0x1F) << 5 | more >> 27;
        HasLongContexts = (capabilities & LongContexts) != 0;
        Extended = (capabilities >> 16) << 2;
        IsSound = head != Nobody && ownLength >= LeastCapabilities && MaxSlots != 0 && Ports != 0
            && ownLength + FirstPort + (Ports * PortStride) <= length
            && doorbells >= LeastCapabilities && doorbells + ((MaxSlots + 1ul) * sizeof(uint)) <= length
            && runtime >= LeastCapabilities && runtime + 0x40ul <= length;
    }

    public bool IsSound { get; }

    public uint MaxSlots { get; }

    // They count from 1.
    public uint Ports { get; }

    // So many pages it wants for itself.
    public uint Scratchpads { get; }

    // Contexts have 64 bytes instead of 32.
    public bool HasLongContexts { get; }

    // The offset of the first extended capability; 0: none.
    public uint Extended { get; }

    public uint Command
    {
        get => Mmio.Read(_operational);
        set => Mmio.Write(_operational, value);
    }

    public uint Status => Mmio.Read(_operational + 0x04);

    // Pages of 4 KiB are in use.
    public bool HasSmallPages => (Mmio.Read(_operational + 0x08) & 1) != 0;

    public uint Configuration { set => Mmio.Write(_operational + 0x38, value); }

    public ulong CommandRing { set => WriteLong(_operational + 0x18, value); }

    public ulong Contexts { set => WriteLong(_operational + 0x30, value); }

    public uint SegmentCount { set => Mmio.Write(_runtime + FirstInterrupter + 0x08, value); }

    public ulong Segments { set => WriteLong(_runtime + FirstInterrupter + 0x10, value); }

    public ulong EventPointer { set => WriteLong(_runtime + FirstInterrupter + 0x18, value); }

    public uint Capability(uint offset) => Mmio.Read(_start + offset);

    public void SetCapability(uint offset, uint value) => Mmio.Write(_start + offset, value);

    public PortStatus Port(uint number) => (PortStatus)Mmio.Read(PortAddress(number));

    // What is set is done or taken note of; the port's other state stays.
    public void SetPort(uint number, PortStatus bits) =>
        Mmio.Write(PortAddress(number), (uint)((Port(number) & PortStatus.Kept) | bits));

    public void Ring(uint slot, uint target) => Mmio.Write(_doorbells + (slot * sizeof(uint)), target);

    private ulong PortAddress(uint number) => _operational + FirstPort + ((number - 1) * PortStride);

    private static void WriteLong(ulong address, ulong value)
    {
        Mmio.Write(address, (uint)value);
        Mmio.Write(address + 4, (uint)(value >> 32));
    }
}

// xHCI specification 1.2, 5.4.8 Port Status and Control Register (PORTSC). Changes go when a one is written, and so
// does Enabled.
[Flags]
internal enum PortStatus : uint
{
    Connected = 1 << 0,
    Enabled = 1 << 1,
    Reset = 1 << 4,
    Power = 1 << 9,
    SpeedMask = 0xF << 10,
    Kept = Power | (3 << 14) | (7 << 25),
    ConnectChange = 1 << 17,
    ResetChange = 1 << 21,
    Changes = 0x7F << 17,
}

// xHCI specification 1.2, 5.4.1 USB Command Register, 5.4.2 USB Status Register.
internal static class XhciBits
{
    public const uint Run = 1 << 0, Reset = 1 << 1;
    public const uint Halted = 1 << 0, NotReady = 1 << 11;

    // It stands still, and errors of the host's system and of its own; all are set where nothing answers.
    public const uint Broken = (1 << 0) | (1 << 2) | (1 << 12);
}

// xHCI specification 1.2, 7.2.1 Default Speed ID Mapping.
internal enum UsbSpeed : byte
{
    None,
    Full,
    Low,
    High,
    Super,
}
