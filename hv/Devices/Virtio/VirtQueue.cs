// A split virtqueue as the device sees it: takes chains that the driver has made available and gives them back used.
// Every word of it is the guest's and may be anything: a chain that goes in circles, is longer than the queue, reaches
// for what is not there, or an index that jumps, is Broken, and touches nothing. Virtual I/O Device 1.2, 2.7 Split
// Virtqueues. Leaves out packed queues and buffers in order.
namespace MinusOne.Hv.Devices.Virtio;

internal enum VirtStatus
{
    // There is nothing to do.
    Empty,
    Ready,

    // The device needs a reset.
    Broken,
}

internal unsafe struct VirtQueue
{
    public const ushort MostEntries = 128;
    public const ushort NoVector = 0xFFFF;

    private const ushort NoInterrupt = 1;
    private const uint Ring = 4;
    private const uint UsedBytes = 8;
    private const uint DescriptorAlignment = 16, AvailableAlignment = 2, UsedAlignment = 4;

    // As the driver has set it up.
    public ulong Descriptors;
    public ulong Available;
    public ulong Used;
    public ushort Size;
    public ushort Vector;
    public bool IsEnabled;

    // There may be something for the device in it.
    public bool IsKicked;

    // How many chains were taken and given back so far, and the latter when the driver was asked last whether it wants
    // to hear of it.
    private ushort _taken;
    private ushort _given;
    private ushort _told;

    public void Reset() => this = new VirtQueue { Size = MostEntries, Vector = NoVector };

    // 2.7: each part has its alignment, so no word of a ring crosses a page.
    public readonly bool IsAligned =>
        (Descriptors & (DescriptorAlignment - 1)) == 0 && (Available & (AvailableAlignment - 1)) == 0
        && (Used & (UsedAlignment - 1)) == 0;

    // As a driver can have set it up.
    public readonly bool IsSound =>
        Size is not 0 and <= MostEntries && (Size & (Size - 1)) == 0 && (!IsEnabled || IsAligned);

    // With event indices the driver is asked to tell of the next chain only when there is none left.
    public VirtStatus TryTake(GuestMemory* memory, bool hasEvents, ref VirtChain chain)
    {
        ushort available;
        if (!TryReadWord(memory, Available + 2, out available)
            || (ushort)(available - _taken) > Size)
        {
            return VirtStatus.Broken;
        }

        if (available == _taken)
        {
            return !hasEvents ? VirtStatus.Empty : Ask(memory);
        }

        if (!TryReadWord(memory, Available + Ring + (2u * (uint)(_taken & (Size - 1))), out ushort head)
            || !TryRead(memory, head, ref chain))
        {
            return VirtStatus.Broken;
        }

        _taken++;
        return VirtStatus.Ready;
    }

    // So many chains that were taken last have not been used.
    public void PutBack(int count) => _taken -= (ushort)count;

    // False: there is no used ring.
    public bool TryGive(GuestMemory* memory, ushort head, uint written) =>
        TryStage(memory, 0, head, written) && TryPublish(memory, 1);

    // Several are given back at once: each gets its place, by number from 0 on, and the driver sees them afterwards.
    public readonly bool TryStage(GuestMemory* memory, int number, ushort head, uint written)
    {
        ulong entry = head | ((ulong)written << 32);
        ulong at = Used + Ring + (UsedBytes * (uint)((_given + number) & (Size - 1)));
        return memory->Load(new Gpa(at), new ReadOnlySpan<byte>(&entry, sizeof(ulong))) == Resolution.Mapped;
    }

    public bool TryPublish(GuestMemory* memory, int count)
    {
        ushort given = (ushort)(_given + count);
        if (memory->Load(new Gpa(Used + 2), new ReadOnlySpan<byte>(&given, sizeof(ushort))) != Resolution.Mapped)
        {
            return false;
        }

        _given = given;
        return true;
    }

    // Whether the driver wants to be interrupted for what was given back since it was asked last. 2.7.7 Used Buffer
    // Notification Suppression.
    public bool IsAwaited(GuestMemory* memory, bool hasEvents)
    {
        ushort before = _told;
        _told = _given;
        if (before == _given)
        {
            return false;
        }

        ulong at = hasEvents ? Available + Ring + (2u * (uint)Size) : Available;
        return TryReadWord(memory, at, out ushort word)
            && (hasEvents ? (ushort)(_given - word - 1) < (ushort)(_given - before) : (word & NoInterrupt) == 0);
    }

    // Whoever makes a chain available between the look and the question is seen by the second look.
    private readonly VirtStatus Ask(GuestMemory* memory)
    {
        ushort next = _taken;
        ulong at = Used + Ring + (UsedBytes * Size);
        return memory->Load(new Gpa(at), new ReadOnlySpan<byte>(&next, sizeof(ushort))) == Resolution.Mapped
            ? VirtStatus.Empty
            : VirtStatus.Broken;
    }

    private readonly bool TryRead(GuestMemory* memory, ushort head, ref VirtChain chain)
    {
        chain.Begin(head);
        ulong table = Descriptors;
        uint entries = Size;
        uint index = head;
        for (bool isNested = false; index < entries;)
        {
            VirtDescriptor descriptor;
            var at = new Gpa(table + (index * VirtDescriptor.Bytes));
            if (memory->Read(at, new Span<byte>(&descriptor, VirtDescriptor.Bytes)) != Resolution.Mapped)
            {
                return false;
            }

            if (descriptor.IsTable)
            {
                // A table of its own ends the chain, and has no further ones in it.
                entries = descriptor.Length / VirtDescriptor.Bytes;
                if (isNested || descriptor.Continues || descriptor.Length % VirtDescriptor.Bytes != 0)
                {
                    return false;
                }

                (isNested, table, index) = (true, descriptor.Address, 0);
                continue;
            }

            if (!chain.TryAdd(in descriptor))
            {
                return false;
            }

            if (!descriptor.Continues)
            {
                return true;
            }

            index = descriptor.Next;
        }

        return false;
    }

    private static bool TryReadWord(GuestMemory* memory, ulong at, out ushort word)
    {
        ushort value = 0;
        bool isRead = memory->Read(new Gpa(at), new Span<byte>(&value, sizeof(ushort))) == Resolution.Mapped;
        word = value;
        return isRead;
    }
}
