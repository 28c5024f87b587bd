// A remembered linear or combined translation of one page of any size: where it leads, what the guest's paging entries
// allow (Dirty: a write needs no walk), and what EPT allows.
namespace MinusOne.Tests.Model;

internal readonly record struct LinearMapping(
    int Shift,
    ulong Frame,
    ulong GuestFrame,
    bool IsUser,
    bool IsWritable,
    bool IsExecutable,
    bool IsGlobal,
    bool IsDirty,
    Access Ept)
{
    public ulong Translate(ulong linear) => Frame | (linear & ((1ul << Shift) - 1));

    public ulong GuestPhysical(ulong linear) => GuestFrame | (linear & ((1ul << Shift) - 1));
}
