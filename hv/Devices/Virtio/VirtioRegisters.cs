// What a virtio device shows in its BAR, a page for each: the common configuration, why it interrupts, its own
// configuration, notifications, and MSI-X. Virtual I/O Device 1.2, 4.1.4 Virtio Structure PCI Capabilities.
// Addresses of a queue can be written in any width; everything else takes the width that it has.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe partial struct VirtioDevice
{
    // Bits of the status.
    private const byte DriverReady = 4, FeaturesAccepted = 8, NeedsReset = 64;

    // Why it interrupts.
    private const byte ForQueue = 1, ForConfiguration = 2;

    // Features of every kind: tables of descriptors, event indices, version 1, reset of one queue.
    private const ulong EventIndex = 1UL << 29, Version = 1UL << 32;
    private const ulong CommonFeatures = (1UL << 28) | EventIndex | Version | (1UL << 40);

    // Pages of the BAR, and the capabilities that name them.
    private const uint CommonPage = 0, ReasonPage = 1, OwnPage = 2, NotifyPage = 3, TablePage = 4, PendingPage = 5;
    private const uint BarBytes = 0x8000;
    private const int PageShift = 12;
    private const uint PageMask = 0xFFF;
    private const byte VendorCapability = 9;
    private const byte CommonKind = 1, NotifyKind = 2, ReasonKind = 3, OwnKind = 4, AccessKind = 5;
    private const uint CommonBytes = 0x3C, NotifyStride = 4;

    private ulong Features => Kind.Features | CommonFeatures;

    private void Describe()
    {
        void* owner = Unsafe.AsPointer(ref this);
        byte clock = Board->VirtioClock;
        var window = new BusRange { Owner = owner, Bytes = BarBytes, Widest = 8, Clock = clock, Read = &Read };
        window.Write = &Write;
        ushort subsystem = (ushort)(Subsystem + Kind.Type);
        Function.Describe(Vendor, (ushort)(FirstDevice + Kind.Type), subsystem, Kind.ClassCode, window);
        int table = Function.AddCapability(MsiX.Id, 12);
        Function.MsiX.Capability = (byte)table;
        Function.PutByte(table + 2, MsiX.Vectors - 1);
        Function.Put(table + 4, TablePage << PageShift);
        Function.Put(table + 8, PendingPage << PageShift);
        Add(CommonKind, CommonPage, CommonBytes, 16);
        Function.Put(Add(NotifyKind, NotifyPage, NotifyStride * MostQueues, 20) + 16, NotifyStride);
        Add(ReasonKind, ReasonPage, 1, 16);
        Add(OwnKind, OwnPage, ConfigurationBytes, 16);
        Function.Access = (byte)Add(AccessKind, 0, 0, 20);
    }

    private int Add(byte kind, uint page, uint bytes, byte length)
    {
        int at = Function.AddCapability(VendorCapability, length);
        Function.PutByte(at + 2, length);
        Function.PutByte(at + 3, kind);
        Function.Put(at + 8, page << PageShift);
        Function.Put(at + 12, bytes);
        return at;
    }

    private static ulong Read(void* device, uint offset, int bytes) =>
        ReadPage((VirtioDevice*)device, offset, bytes) & Hv.Devices.Board.Ones(bytes);

    private static ulong ReadPage(VirtioDevice* device, uint offset, int bytes)
    {
        uint at = offset & PageMask;
        switch (offset >> PageShift)
        {
            case CommonPage: return device->ReadCommon(at, bytes);
            case ReasonPage: return device->TakeReasons(at);
            case OwnPage: return device->ReadOwn(at, bytes);
            case TablePage when at < MsiX.TableBytes:
                ulong low = device->Function.MsiX.Read(at) >> (int)(8 * (at & 3));
                return bytes < 8 ? low : low | ((ulong)device->Function.MsiX.Read(at + 4) << 32);
            case PendingPage: return at == 0 ? device->Function.MsiX.Pending : 0;
            default: return 0;
        }
    }

    private static void Write(void* owner, uint offset, int bytes, ulong value)
    {
        var device = (VirtioDevice*)owner;
        uint at = offset & PageMask;
        switch (offset >> PageShift)
        {
            case CommonPage:
                device->WriteCommon(at, bytes, value);
                break;
            case OwnPage:
                device->WriteOwn(at, bytes, value);
                break;
            case NotifyPage when at / NotifyStride < device->Kind.Queues:
                device->_queues[(int)(at / NotifyStride)].IsKicked = true;
                break;
            case TablePage when at < MsiX.TableBytes:
                device->Function.MsiX.Write(at, Math.Min(bytes, 4), (uint)value);
                if (bytes == 8)
                {
                    device->Function.MsiX.Write(at + 4, 4, (uint)(value >> 32));
                }

                device->Function.Send(device->Board);
                break;
        }
    }

    // Reading them is the acknowledge.
    private byte TakeReasons(uint at)
    {
        byte reasons = at == 0 ? _reasons : (byte)0;
        if (reasons != 0)
        {
            _reasons = 0;
            Function.SetInterrupt(Board, false);
        }

        return reasons;
    }

    private ulong ReadOwn(uint at, int bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes && at + i < ConfigurationBytes; i++)
        {
            value |= (ulong)Configuration[at + i] << (8 * i);
        }

        return value;
    }

    private void WriteOwn(uint at, int bytes, ulong value)
    {
        for (int i = 0; i < bytes && at + i < ConfigurationBytes; i++)
        {
            ref byte own = ref Configuration[at + i];
            own = (Kind.Written & (1UL << (int)(at + i))) != 0 ? (byte)(value >> (8 * i)) : own;
        }
    }

    // 4.1.4.3 Common configuration structure layout, a doubleword at a time.
    private ulong ReadCommon(uint at, int bytes)
    {
        ulong value = 0;
        for (uint word = at & ~3u; word < at + (uint)bytes; word += 4)
        {
            int shift = 8 * (int)(word - at);
            value |= shift < 0 ? CommonWord(word) >> -shift : (ulong)CommonWord(word) << shift;
        }

        return value;
    }

    private uint CommonWord(uint word)
    {
        ref VirtQueue queue = ref _queues[_selected & (MostQueues - 1)];
        bool isQueue = _selected < Kind.Queues;
        switch (word)
        {
            case 0x00: return _offeredPart;
            case 0x04: return Part(Features, _offeredPart);
            case 0x08: return _acceptedPart;
            case 0x0C: return Part(_accepted, _acceptedPart);
            case 0x10: return _vector | ((uint)Kind.Queues << 16);
            case 0x14: return _status | ((uint)_selected << 16);
            case 0x18 when isQueue: return queue.Size | ((uint)queue.Vector << 16);
            case 0x18: return (uint)VirtQueue.NoVector << 16;
            case 0x1C when isQueue: return (queue.IsEnabled ? 1u : 0) | ((uint)_selected << 16);
            case >= 0x20 and < 0x38 when isQueue: return (uint)(Address(ref queue, word) >> (int)(8 * (word & 4)));
            default: return 0;
        }
    }

    private static uint Part(ulong features, uint part) => part < 2 ? (uint)(features >> (int)(32 * part)) : 0;

    private static ref ulong Address(ref VirtQueue queue, uint at) =>
        ref at < 0x28 ? ref queue.Descriptors : ref at < 0x30 ? ref queue.Available : ref queue.Used;

    private void WriteCommon(uint at, int bytes, ulong value)
    {
        switch (at)
        {
            case 0x00 when bytes == 4: _offeredPart = (uint)value; break;
            case 0x08 when bytes == 4: _acceptedPart = (uint)value; break;
            case 0x0C when bytes == 4 && (_status & FeaturesAccepted) == 0 && _acceptedPart < 2:
                int shift = (int)(32 * _acceptedPart);
                _accepted = (_accepted & ~((ulong)uint.MaxValue << shift)) | ((ulong)(uint)value << shift);
                break;
            case 0x10 when bytes == 2: _vector = Known(value); break;
            case 0x14 when bytes == 1: WriteStatus((byte)value); break;
            case 0x16 when bytes == 2: _selected = (ushort)value; break;
            case >= 0x18 when _selected < Kind.Queues: WriteQueue(ref _queues[_selected], at, bytes, value); break;
        }
    }

    // A vector that there is not becomes none, by which the driver knows.
    private static ushort Known(ulong vector) => vector < MsiX.Vectors ? (ushort)vector : VirtQueue.NoVector;

    // A queue that is in use stays as it is, but for its vector and its reset.
    private void WriteQueue(ref VirtQueue queue, uint at, int bytes, ulong value)
    {
        ulong size = value & ushort.MaxValue;
        switch (at)
        {
            case 0x18 when bytes == 2 && !queue.IsEnabled:
                bool isSize = size is not 0 and <= VirtQueue.MostEntries && (size & (size - 1)) == 0;
                queue.Size = isSize ? (ushort)size : queue.Size;
                break;
            case 0x1A when bytes == 2: queue.Vector = Known(value); break;
            case 0x1C when bytes == 2 && size == 1 && !queue.IsEnabled:
                queue.IsEnabled = queue.IsAligned;
                break;
            case 0x3A when bytes == 2 && size == 1:
                _serving = _serving == _selected ? -1 : _serving;
                queue.Reset();
                break;
            case >= 0x20 and < 0x38 when !queue.IsEnabled && (at & 7) + (uint)bytes <= 8:
                ref ulong address = ref Address(ref queue, at);
                int shift = (int)(8 * (at & 7));
                ulong mask = Hv.Devices.Board.Ones(bytes) << shift;
                address = (address & ~mask) | ((value << shift) & mask);
                break;
        }
    }

    // 3.1.1: what the driver has accepted must have been offered, with version 1. A status only grows, until 0 resets.
    private void WriteStatus(byte value)
    {
        if (value == 0)
        {
            Reset();
            return;
        }

        bool isAcceptable = (_accepted & ~Features) == 0 && (_accepted & Version) != 0;
        bool isReady = (_status & FeaturesAccepted) != 0;
        value = (byte)(value & ~NeedsReset);
        value = isReady || isAcceptable ? value : (byte)(value & ~FeaturesAccepted);
        value = isReady || (value & FeaturesAccepted) != 0 ? value : (byte)(value & ~DriverReady);
        _status |= value;
    }
}
