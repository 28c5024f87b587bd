// The places at which a guest is to stop. In memory that can be written INT1 stands there while guests run, and nothing
// while they stand still, so whoever looks sees the program. INT1 and not INT3: it exits on every processor without
// being asked to, guests do not use it, and not every emulator's SVM lets INT3 exit. Where nothing is mapped yet, in
// memory that cannot be written, and for data, the processor's debug registers do it: four for each guest. GDB manual,
// E.2 Packets, `z`, `Z`.
namespace MinusOne.Hv.Debug;

internal enum BreakpointKind : byte
{
    Software,
    Hardware,
    Write,
    Read,
    Access,
}

internal struct Breakpoint
{
    public ulong Address;

    // INT1 stands here while guests run.
    public Gpa Place;
    public ushort Guest;
    public BreakpointKind Kind;
    public byte Bytes;
    public bool IsUsed;

    // By a debug register, whatever was asked for.
    public bool IsInRegister;
    public bool IsInserted;
    public byte Original;
}

internal unsafe struct Breakpoints
{
    public const int Most = 64;
    public const int DebugRegisterCount = 4;

    private const byte Int1 = 0xF1;

    private Row _row;

    [UnscopedRef]
    public ref Breakpoint this[int index] => ref Unsafe.Add(ref _row.First, index);

    // False: there is no room, or the processor has no such breakpoint.
    public bool TryAdd(Vm* vm, BreakpointKind kind, ulong address, ulong bytes)
    {
        if (IndexOf(vm->Number, kind, address) >= 0)
        {
            return true;
        }

        bool isCode = kind is BreakpointKind.Software or BreakpointKind.Hardware;
        bool hasLength = bytes is 1 or 2 or 4 or 8 && (address & (bytes - 1)) == 0;
        int free = 0;
        while (free < Most && this[free].IsUsed)
        {
            free++;
        }

        if (free == Most || (!isCode && !hasLength))
        {
            return false;
        }

        var memory = new DebugMemory(vm, isPhysical: false);
        bool isPlaced = kind == BreakpointKind.Software && memory.TryTranslate(address, out Gpa place)
            && vm->Memory.TryReach(place, PageRights.Write, out _) == Resolution.Mapped;
        memory.TryTranslate(address, out place);
        if (!isPlaced && RegistersOf(vm->Number) == DebugRegisterCount)
        {
            return false;
        }

        this[free] = new Breakpoint
        {
            Address = address,
            Place = place,
            Guest = (ushort)vm->Number,
            Kind = kind,
            Bytes = isCode ? (byte)1 : (byte)bytes,
            IsUsed = true,
            IsInRegister = !isPlaced,
        };
        return true;
    }

    public void Remove(uint guest, BreakpointKind kind, ulong address)
    {
        int index = IndexOf(guest, kind, address);
        if (index >= 0)
        {
            this[index] = default;
        }
    }

    // The guest starts again, and what stood in its memory may come to stand elsewhere: debug registers hold for any.
    public void Restart(uint guest)
    {
        for (int i = 0; i < Most; i++)
        {
            ref Breakpoint one = ref this[i];
            if (one.IsUsed && one.Guest == guest && !one.IsInRegister)
            {
                bool hasRoom = RegistersOf(guest) < DebugRegisterCount;
                one.IsUsed = one.IsInRegister = hasRoom;
                one.IsInserted = false;
            }
        }
    }

    // All of a guest's; 0: of every guest's.
    public void Clear(uint guest)
    {
        for (int i = 0; i < Most; i++)
        {
            if (guest == 0 || this[i].Guest == guest)
            {
                this[i] = default;
            }
        }
    }

    // Guests are about to run, or have stopped. Whether the guest still has that memory is asked each time.
    public void Insert(Machine* machine, bool isIn)
    {
        for (int i = 0; i < Most; i++)
        {
            ref Breakpoint one = ref this[i];
            Vm* vm = one.IsUsed ? VmSlots.Of(machine)->At(one.Guest - 1)->Vm : null;
            if (vm == null || one.IsInRegister || one.IsInserted == isIn
                || vm->Memory.TryReach(one.Place, PageRights.Write, out byte* host) != Resolution.Mapped)
            {
                continue;
            }

            one.Original = isIn ? *host : one.Original;
            *host = isIn ? Int1 : *host == Int1 ? one.Original : *host;
            one.IsInserted = isIn;
        }
    }

    // The stop of a guest at this address: -1, it is not ours.
    public int FindCode(uint guest, ulong address)
    {
        for (int i = 0; i < Most; i++)
        {
            if (this[i].IsUsed && !this[i].IsInRegister && this[i].Guest == guest && this[i].Address == address)
            {
                return i;
            }
        }

        return -1;
    }

    // The one in a guest's debug register, counted from 0: -1, it has fewer.
    public int InRegister(uint guest, int register)
    {
        for (int i = 0; i < Most; i++)
        {
            if (this[i].IsUsed && this[i].IsInRegister && this[i].Guest == guest && register-- == 0)
            {
                return i;
            }
        }

        return -1;
    }

    public int RegistersOf(uint guest)
    {
        int count = 0;
        while (count < DebugRegisterCount && InRegister(guest, count) >= 0)
        {
            count++;
        }

        return count;
    }

    private int IndexOf(uint guest, BreakpointKind kind, ulong address)
    {
        for (int i = 0; i < Most; i++)
        {
            if (this[i].IsUsed && this[i].Guest == guest && this[i].Kind == kind && this[i].Address == address)
            {
                return i;
            }
        }

        return -1;
    }

    [InlineArray(Most)]
    private struct Row
    {
        public Breakpoint First;
    }
}
