// Writes what a kernel is told into its memory, one field behind the other. Without a place to store it, it counts: so
// how much room it takes and what is in it are one rule.
namespace MinusOne.Hv.Loading;

internal unsafe struct InformationWriter
{
    private readonly Gpa _start;
    private readonly void* _memory;
    private readonly delegate*<void*, Gpa, ReadOnlySpan<byte>, bool> _store;

    public InformationWriter(Gpa start, void* memory, delegate*<void*, Gpa, ReadOnlySpan<byte>, bool> store)
    {
        _start = start;
        _memory = memory;
        _store = store;
        Count = 0;
        Sections = default;
        IsDone = true;
    }

    // The bytes so far.
    public ulong Count { readonly get; private set; }

    // False: there was no memory for it.
    public bool IsDone { readonly get; private set; }

    // Where the table of ELF's sections is among it; 0: it is not.
    public Gpa Sections { readonly get; set; }

    public readonly Gpa At => _start + Count;

    public void Write(in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        if (plan.Kind == ImageKind.Pvh)
        {
            PvhInformation.Write(ref this, files, plan, memory);
        }
        else
        {
            Multiboot2Information.Write(ref this, files, plan, memory);
        }
    }

    public void Doubleword(ulong value) => Bytes(new ReadOnlySpan<byte>(&value, 4));

    public void Doublewords(ulong first, ulong second)
    {
        Doubleword(first);
        Doubleword(second);
    }

    public void Quadword(ulong value) => Bytes(new ReadOnlySpan<byte>(&value, 8));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        IsDone = IsDone && (_store == null || _store(_memory, At, bytes));
        Count += (ulong)bytes.Length;
    }

    // With a zero behind it.
    public void Text(ReadOnlySpan<byte> text)
    {
        byte zero = 0;
        Bytes(text);
        Bytes(new ReadOnlySpan<byte>(&zero, 1));
    }

    // The memory is zero already.
    public void Align() => Count = (Count + 7) & ~7ul;
}
