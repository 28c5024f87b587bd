// A guest-physical address: what the guest takes for physical memory, and what EPT translates.

using System.Runtime.CompilerServices;

namespace MinusOne.Hv.Memory;

internal readonly struct Gpa
{
    public readonly ulong Value;

    public Gpa(ulong value)
    {
        Value = value;
    }

    // Start of the 4 KiB page this address lies in.
    public Gpa Page
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Value & ~0xFFFUL);
    }

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
