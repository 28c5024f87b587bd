// A remembered guest-physical translation of one page of any size.
namespace MinusOne.Tests.Model;

internal readonly record struct EptMapping(int Shift, ulong Frame, Access Rights, bool IsDirty, MemoryType Type)
{
    public ulong Translate(ulong address) => Frame | (address & ((1ul << Shift) - 1));
}
