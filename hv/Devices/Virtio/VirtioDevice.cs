// One device of virtio on PCI: its function, its queues, and which kind it is. Here is what happens to the queues: a
// notification makes the device work at once, in the guest's own time and no more than a part of a slice; what is left
// is done at the next deadlines, between which the guest runs. What it finds broken it tells by DEVICE_NEEDS_RESET, and
// does nothing more. Virtual I/O Device 1.2, 2.1 Device Status Field, 4.1 Virtio Over PCI Bus. It has a frame of its
// own. Registers: VirtioRegisters.cs.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe partial struct VirtioDevice
{
    public const int MostQueues = 8;
    public const int ConfigurationBytes = 64;

    private const ushort Vendor = 0x1AF4, FirstDevice = 0x1040, Subsystem = 0x40;

    // What may be done in one go: some 10,000 instructions. A descriptor counts as so many bytes.
    private const int Budget = 128 << 10;
    public const int Cost = 1 << 10;

    // 1 ms, in which the other end may have taken something.
    private const ulong HeldTicks = GuestClock.Hertz / 1000;

    // First: the function's owner is the device.
    public PciFunction Function;
    public Board* Board;
    public GuestMemory* Memory;
    public VirtChain Chain;
    public VirtioKind Kind;
    public BlockState Block;
    public NetState Net;
    public ConsolePorts Ports;
    public fixed byte Configuration[ConfigurationBytes];

    // Bytes that may still be moved in this go, and those of a request that were.
    public int Left;
    public ulong Done;

    // A console: it has the keyboard, and its driver has sent something.
    public bool HasKeys;
    public bool HasSent;

    private QueueArray _queues;

    // The other end takes nothing now.
    private bool _isHeld;

    // The queue whose request is being served; -1: none.
    private int _serving;

    private byte _status;
    private byte _reasons;
    private ushort _vector;
    private ushort _selected;
    private uint _offeredPart;
    private uint _acceptedPart;
    private ulong _accepted;

    // False: there is no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, in VirtioKind kind, out VirtioDevice* device)
    {
        device = null;
        if (!frames->TryAllocateCleared(FrameOwner.Hypervisor, out Hpa frame))
        {
            return false;
        }

        var fresh = (VirtioDevice*)frame.Pointer;
        fresh->Board = board;
        fresh->Kind = kind;
        fresh->Describe();
        fresh->Reset();
        if (!board->Pci.TryAdd(board, &fresh->Function))
        {
            frames->Free(frame, FrameOwner.Hypervisor);
            return false;
        }

        device = fresh;
        return true;
    }

    // The clock of all devices: each goes on with what is left.
    public static ulong Elapse(Board* board, ulong now)
    {
        ulong due = GuestClock.Never;
        for (int slot = 1; slot < PciLayout.Slots; slot++)
        {
            var device = (VirtioDevice*)board->Pci.At(slot);
            if (device != null && device->IsLeft && device->Work())
            {
                due = Math.Min(due, device->_isHeld ? PlatformClock.Add(now, HeldTicks) : now);
            }
        }

        return due;
    }

    // As after power-on, but for what the function says.
    public void Reset()
    {
        _status = _reasons = 0;
        _vector = VirtQueue.NoVector;
        _selected = 0;
        _offeredPart = _acceptedPart = 0;
        _accepted = 0;
        _serving = -1;
        HasSent = false;
        Ports.Forget();
        for (int i = 0; i < MostQueues; i++)
        {
            _queues[i].Reset();
        }

        Function.MsiX.Forget();
        Function.SetInterrupt(Board, false);
    }

    // Something may come for it at any time.
    public bool IsListening => Kind.Filled != 0 && IsRunning && _queues[0].IsEnabled;

    private bool IsRunning =>
        (_status & (DriverReady | NeedsReset)) == DriverReady && Function.IsMaster && Memory != null;

    private bool IsLeft
    {
        get
        {
            bool isLeft = _serving >= 0;
            for (int i = 0; i < Kind.Queues; i++)
            {
                isLeft |= _queues[i].IsKicked && _queues[i].IsEnabled;
            }

            return isLeft && IsRunning;
        }
    }

    // The driver has accepted all of these.
    public bool Has(ulong features) => (_accepted & features) == features;

    private bool HasEvents => (_accepted & EventIndex) != 0;

    // What is left can only be done later: not in this go.
    public void Hold()
    {
        _isHeld = true;
        Left = Math.Min(Left, 0);
    }

    // True: there is more.
    private bool Work()
    {
        _isHeld = false;

        // What was done too much is missing now.
        Left = Math.Min(Left, 0) + Budget;
        for (int i = 0; i < Kind.Queues; i++)
        {
            ref VirtQueue queue = ref _queues[i];
            TakeBuffers(ref queue, i);
            while (queue.IsKicked && queue.IsEnabled && (_status & NeedsReset) == 0 && (_serving < 0 || _serving == i))
            {
                if (Left <= 0)
                {
                    return true;
                }

                Step(ref queue, i);
            }
        }

        return false;
    }

    private void TakeBuffers(ref VirtQueue queue, int index)
    {
        if (queue.IsKicked && (Kind.Filled & (1u << index)) != 0)
        {
            queue.IsKicked = false;
            if (Kind.Refilled != null)
            {
                Kind.Refilled((VirtioDevice*)Unsafe.AsPointer(ref this), index);
            }
        }
    }

    private void Step(ref VirtQueue queue, int index)
    {
        Left -= Cost;
        if (_serving < 0)
        {
            VirtStatus status = queue.TryTake(Memory, HasEvents, ref Chain);
            if (status != VirtStatus.Ready)
            {
                queue.IsKicked = false;
                if (status == VirtStatus.Broken)
                {
                    Break();
                }

                return;
            }

            _serving = index;
            Left -= Cost * Chain.Count;
            Block.IsBegun = false;
            Done = 0;
        }

        uint written = 0;
        VirtProgress progress = Kind.Serve((VirtioDevice*)Unsafe.AsPointer(ref this), index, ref written);
        if (progress == VirtProgress.Waiting)
        {
            return;
        }

        _serving = -1;
        Conclude(ref queue, Chain.Head, progress == VirtProgress.Done, written);
    }

    // A chain goes back to the driver, unless nothing good can be said of it.
    private void Conclude(ref VirtQueue queue, ushort head, bool isGood, uint written) =>
        TellOf(ref queue, isGood && queue.TryGive(Memory, head, written));

    // 2.1.2: the driver is told, and has to begin anew.
    private void Break()
    {
        _serving = -1;
        _status |= NeedsReset;
        Interrupt(_vector, ForConfiguration);
    }

    private void Interrupt(ushort vector, byte reason)
    {
        if (Function.HasMessages)
        {
            Function.Signal(Board, vector);
            return;
        }

        _reasons |= reason;
        Function.SetInterrupt(Board, true);
    }

    [InlineArray(MostQueues)]
    public struct QueueArray { private VirtQueue _first; }
}
