// A guest's memory as a debugger sees it: by the addresses of the processor it looks at, or by physical ones. It looks
// with a supervisor's rights and leaves no flag behind. A device's memory is not touched: reading it would change it.
namespace MinusOne.Hv.Debug;

internal unsafe ref struct DebugMemory
{
    private const int PageBytes = 0x1000;

    private readonly Vm* _vm;
    private readonly bool _isPhysical;
    private GuestSpace _space;

    // The processor is the one that is loaded.
    public DebugMemory(Vm* vm, bool isPhysical)
    {
        _vm = vm;
        _isPhysical = isPhysical;
        _space = new GuestSpace(vm);
    }

    // False: nothing is mapped at this address.
    public bool TryTranslate(ulong address, out Gpa physical)
    {
        physical = new Gpa(address);
        return _isPhysical || _space.TryLook(new Gva(address), out physical);
    }

    // How many bytes could be had: up to the first that is not there.
    public int Read(ulong address, Span<byte> bytes) => Copy(address, bytes, isWrite: false);

    // The same for writing.
    public int Write(ulong address, Span<byte> bytes) => Copy(address, bytes, isWrite: true);

    private int Copy(ulong address, Span<byte> bytes, bool isWrite)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            int count = Math.Min(bytes.Length - done, PageBytes - (int)((address + (uint)done) & (PageBytes - 1)));
            if (!TryTranslate(address + (uint)done, out Gpa physical))
            {
                return done;
            }

            Span<byte> part = bytes.Slice(done, count);
            Resolution resolution =
                isWrite ? _vm->Memory.Load(physical, part) : _vm->Memory.Read(physical, part);
            if (resolution != Resolution.Mapped)
            {
                return done;
            }

            done += count;
        }

        return done;
    }
}
