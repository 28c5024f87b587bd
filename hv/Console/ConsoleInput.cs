// What is typed at the console, on its way to the guest. Ctrl-A is an escape: the letter behind it is for the
// hypervisor, a second Ctrl-A sends one to the guest. What a guest does not take yet waits in its queue, and behind
// that in the port: the other end is asked not to send on. So an escape is seen while the guest is busy, nothing is
// lost or reordered, and what was typed for one guest does not reach another.
namespace MinusOne.Hv.Console;

internal unsafe struct ConsoleInput
{
    private const byte Escape = 0x01;

    // The bytes waiting at which the other end is held, and at which it may go on.
    private const uint High = ConsoleQueue.Size / 4 * 3;
    private const uint Low = ConsoleQueue.Size / 4;

    // One processor at a time has the queues, or shows a line.
    public HostLock Reading;
    public HostLock Writing;

    private Queues _queues;
    private Mirrors _mirrors;
    private Lines _lines;
    private bool _isEscaped;
    private bool _isHeld;

    // What waits to be answered, and by whom. Nothing is read before it has been.
    public ConsoleRequest Request;
    private HostProcessor* _reader;

    // With Focus: the guest's digit, or a letter for the next one.
    public byte Wanted;

    // So many steps were asked for, which a debugger's room makes once the line has been obeyed.
    public uint Steps;

    // The monitor's line, and those before it.
    public MonitorLine Line;

    public static ConsoleInput* Of(Machine* machine) => (ConsoleInput*)machine->Console;

    // What waits for a guest; one that is alone has the first.
    [UnscopedRef]
    public ref ConsoleQueue QueueOf(Vm* vm) => ref _queues[SlotOf(vm)];

    // The screen of a guest that prints there.
    [UnscopedRef]
    public ref TextMirror MirrorOf(Vm* vm) => ref _mirrors[SlotOf(vm)];

    // What it prints where others do, too.
    [UnscopedRef]
    public ref SharedLine LineOf(Vm* vm) => ref _lines[SlotOf(vm)];

    // The one that has read the request; null: there is none.
    public readonly HostProcessor* Asker => Request == ConsoleRequest.None ? null : _reader;

    private static int SlotOf(Vm* vm) => vm->Board.HasOwnLine ? 0 : (int)VmSlot.Of(vm)->Number - 1;

    // What is typed now is for the guest in this slot.
    public void Poll(HostProcessor* reader, int focus)
    {
        // What was asked of a processor that has no guest any more is for the next one that looks.
        bool isFree = Request == ConsoleRequest.None || _reader == null || _reader->IsAtRest != 0;
        _reader = isFree ? reader : _reader;
        ref ConsoleQueue queue = ref _queues[focus];
        byte value;
        while (Request == ConsoleRequest.None && !queue.IsFull && Host.TryRead(&value))
        {
            Accept(ref queue, value);
        }

        if (_isHeld ? queue.Count <= Low : queue.Count >= High)
        {
            _isHeld = !_isHeld;
            Host.HoldInput(_isHeld);
        }
    }

    private void Accept(ref ConsoleQueue queue, byte value)
    {
        if (!_isEscaped && value == Escape)
        {
            _isEscaped = true;
            return;
        }

        if (!_isEscaped || (value | 0x20) == 'a' || value == Escape)
        {
            queue.Put(_isEscaped ? Escape : value);
        }
        else
        {
            Request = Meaning(value);
            Wanted = value;
        }

        _isEscaped = false;
    }

    private static ConsoleRequest Meaning(byte letter) => (letter | 0x20) switch
    {
        'x' => ConsoleRequest.Stop,
        'c' => ConsoleRequest.Monitor,
        'b' => ConsoleRequest.Break,
        'n' or >= '1' and <= '9' => ConsoleRequest.Focus,
        _ => ConsoleRequest.Help,
    };

    [InlineArray(VmSlots.Most)]
    private struct Queues { private ConsoleQueue _first; }

    [InlineArray(VmSlots.Most)]
    private struct Mirrors { private TextMirror _first; }

    [InlineArray(VmSlots.Most)]
    private struct Lines { private SharedLine _first; }
}

// What was typed for one guest and has not been taken yet.
internal unsafe struct ConsoleQueue
{
    public const uint Size = 4096;

    private fixed byte _bytes[(int)Size];
    private uint _first;
    private uint _end;

    public readonly uint Count => _end - _first;
    public readonly bool IsFull => Count == Size;

    // There is room.
    public void Put(byte value) => _bytes[_end++ & (Size - 1)] = value;

    // There is one.
    public byte Take() => _bytes[_first++ & (Size - 1)];

    // Those that lie in one piece; and that so many of them are taken.
    public ReadOnlySpan<byte> Next
    {
        get
        {
            uint at = _first & (Size - 1);
            return new ReadOnlySpan<byte>(Unsafe.AsPointer(ref _bytes[at]), (int)Math.Min(Count, Size - at));
        }
    }

    public void Skip(int count) => _first += (uint)count;
    public void Clear() => _first = _end;
}

// What somebody at the console asks of the hypervisor: Ctrl-A and a letter.
internal enum ConsoleRequest : byte
{
    None,
    Stop,
    Monitor,
    Help,
    Break,

    // Another guest gets what is typed.
    Focus,
}
