// The three kinds of address; a raw number does not cross a function of another kind.
namespace MinusOne.Hv.Memory;

// A guest-physical address: what the guest takes for physical memory, and what EPT translates.
internal readonly struct Gpa(ulong value)
{
    public readonly ulong Value = value;

    // Start of the 4 KiB page this address lies in.
    public Gpa Page => new(Value & ~0xFFFUL);
    public uint PageOffset => (uint)Value & 0xFFF;
    public static Gpa operator +(Gpa left, ulong right) => new(left.Value + right);
    public static ulong operator -(Gpa left, Gpa right) => left.Value - right.Value;
    public static bool operator ==(Gpa left, Gpa right) => left.Value == right.Value;
    public static bool operator !=(Gpa left, Gpa right) => left.Value != right.Value;
    public static bool operator <(Gpa left, Gpa right) => left.Value < right.Value;
    public static bool operator >(Gpa left, Gpa right) => left.Value > right.Value;
    public static bool operator <=(Gpa left, Gpa right) => left.Value <= right.Value;
    public static bool operator >=(Gpa left, Gpa right) => left.Value >= right.Value;
}

// A guest-linear address: what the guest's own page tables translate. Segment bases are already added.
internal readonly struct Gva(ulong value)
{
    public readonly ulong Value = value;

    public static Gva operator +(Gva left, ulong right) => new(left.Value + right);
}

// A host-physical address. The host maps its memory one to one, so it is also where the host finds it.
internal readonly unsafe struct Hpa(ulong value)
{
    public readonly ulong Value = value;

    public Hpa(void* pointer)
        : this((ulong)pointer)
    {
    }

    public void* Pointer => (void*)Value;

    // Start of the 4 KiB page this address lies in.
    public Hpa Page => new(Value & ~0xFFFUL);
    public uint PageOffset => (uint)Value & 0xFFF;
    public static Hpa operator +(Hpa left, ulong right) => new(left.Value + right);
    public static ulong operator -(Hpa left, Hpa right) => left.Value - right.Value;
    public static bool operator ==(Hpa left, Hpa right) => left.Value == right.Value;
    public static bool operator !=(Hpa left, Hpa right) => left.Value != right.Value;
    public static bool operator <(Hpa left, Hpa right) => left.Value < right.Value;
    public static bool operator >(Hpa left, Hpa right) => left.Value > right.Value;
    public static bool operator <=(Hpa left, Hpa right) => left.Value <= right.Value;
    public static bool operator >=(Hpa left, Hpa right) => left.Value >= right.Value;
}
