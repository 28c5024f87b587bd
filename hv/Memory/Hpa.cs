// A host-physical address. The host maps its memory one to one, so it is also where the host finds it.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Memory;

internal readonly unsafe struct Hpa
{
    public readonly ulong Value;

    public Hpa(ulong value)
    {
        Value = value;
    }

    public Hpa(void* pointer)
    {
        Value = (ulong)pointer;
    }

    public void* Pointer => (void*)Value;

    // Start of the 4 KiB page this address lies in.
    public Hpa Page
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Value & ~0xFFFUL);
    }

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
