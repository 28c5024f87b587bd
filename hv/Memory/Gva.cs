// A guest-linear address: what the guest's own page tables translate. Segment bases are already added.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Memory;

internal readonly struct Gva
{
    public readonly ulong Value;

    public Gva(ulong value)
    {
        Value = value;
    }

    // Start of the 4 KiB page this address lies in.
    public Gva Page
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Value & ~0xFFFUL);
    }

    public uint PageOffset => (uint)Value & 0xFFF;

    public static Gva operator +(Gva left, ulong right) => new(left.Value + right);

    public static ulong operator -(Gva left, Gva right) => left.Value - right.Value;

    public static bool operator ==(Gva left, Gva right) => left.Value == right.Value;

    public static bool operator !=(Gva left, Gva right) => left.Value != right.Value;

    public static bool operator <(Gva left, Gva right) => left.Value < right.Value;

    public static bool operator >(Gva left, Gva right) => left.Value > right.Value;

    public static bool operator <=(Gva left, Gva right) => left.Value <= right.Value;

    public static bool operator >=(Gva left, Gva right) => left.Value >= right.Value;
}
