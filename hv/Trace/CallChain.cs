// Callers: the address that a guest is at, and those that it returns to, innermost first. A chain of frame pointers is
// believed as long as it leads upwards from the stack pointer and each address stands behind a CALL. Code that keeps
// none - RBP is a register like others then - is looked at word by word: what returns behind a direct CALL of the place
// where we are. That is a guess, which may miss a caller. Nothing is touched, and nothing loops: the guest wrote all
// this.
namespace MinusOne.Hv.Trace;

internal unsafe ref struct CallChain
{
    private const int Words = 64, LongestCall = 7;
    private const ulong LongestFunction = 0x800;

    private readonly Span<ulong> _chain;
    private readonly int _size;
    private readonly ulong _stack;
    private GuestLook _look;
    private int _count;

    // The processor is the one that is loaded.
    private CallChain(Vm* vm, Span<ulong> chain)
    {
        _chain = chain;
        _size = (int)GuestLook.Code;
        _stack = GuestState.Base(GuestSegment.Ss);
        _look = new GuestLook(vm);
        _count = 0;
    }

    // How many there are: one at least.
    public static int Read(Vm* vm, Vcpu* vcpu, Span<ulong> chain)
    {
        var calls = new CallChain(vm, chain);
        calls.Add(GuestLook.AtRip.Value);
        if (calls._size != (int)CodeSize.Bits16)
        {
            ulong mask = Width.Mask(calls._size);
            calls.Follow(vcpu->Registers.Rbp & mask, GuestState.Rsp & mask);
            if (calls._count == 1)
            {
                calls.Search(GuestState.Rsp & mask);
            }
        }

        return calls._count;
    }

    private void Add(ulong address) => _chain[_count++] = address;

    private void Follow(ulong frame, ulong least)
    {
        Span<ulong> pair = stackalloc ulong[2];
        while (_count < _chain.Length && frame >= least && frame % (uint)_size == 0
            && ReadWords(frame, pair) == 2 && IsReturn(pair[1], out _))
        {
            Add(pair[1]);
            least = frame + (2 * (uint)_size);
            frame = pair[0];
        }
    }

    private void Search(ulong top)
    {
        Span<ulong> words = stackalloc ulong[Words];
        words = words.Slice(0, ReadWords(top, words));
        ulong inner = _chain[0];
        for (int i = 0; i < words.Length && _count < _chain.Length; i++)
        {
            if (words[i] > LongestCall && IsReturn(words[i], out ulong target) && inner - target < LongestFunction)
            {
                inner = words[i];
                Add(inner);
            }
        }
    }

    private int ReadWords(ulong address, scoped Span<ulong> words)
    {
        byte* bytes = stackalloc byte[Words * sizeof(ulong)];
        var wanted = new Span<byte>(bytes, words.Length * _size);
        int count = _look.Read(GuestLook.Linear(_stack + address), wanted, out _) / _size;
        for (int i = 0; i < count; i++)
        {
            words[i] = _size == sizeof(ulong) ? ((ulong*)bytes)[i] : ((uint*)bytes)[i];
        }

        return count;
    }

    // A near CALL stands before it, relative, or indirect, whose target the bytes do not tell. SDM 2A CALL.
    private bool IsReturn(ulong address, out ulong target)
    {
        target = ulong.MaxValue;
        byte* bytes = stackalloc byte[LongestCall];
        Gva start = GuestLook.Linear(address - LongestCall);
        if (_look.Read(start, new Span<byte>(bytes, LongestCall), out _) != LongestCall)
        {
            return false;
        }

        byte* end = bytes + LongestCall;
        if (end[-5] == 0xE8)
        {
            target = GuestLook.Linear(address + (ulong)*(int*)(end - 4)).Value;
            return true;
        }

        for (int length = 2; length <= LongestCall; length++)
        {
            if (end[-length] == 0xFF && LengthOf(end[1 - length], end[2 - length]) == length)
            {
                return true;
            }
        }

        return false;
    }

    // An instruction of an opcode FF /2 with this ModRM byte, and a SIB byte if there is one; 0: it is another.
    private static int LengthOf(byte modRm, byte sib)
    {
        int mod = modRm >> 6, rm = modRm & 7;
        int index = mod != 3 && rm == 4 ? 1 : 0;
        bool isPlain = mod == 0 && (rm == 5 || (index != 0 && (sib & 7) == 5));
        int displacement = mod == 2 || isPlain ? 4 : mod == 1 ? 1 : 0;
        return (modRm & 0x38) == 0x10 ? 2 + index + displacement : 0;
    }
}
