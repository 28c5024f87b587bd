// What a linear or combined mapping is remembered under. Global pages belong to every PCID of their VPID; outside EPT
// there is no root.
namespace MinusOne.Tests.Model;

internal readonly record struct LinearTag(ushort Vpid, int Pcid, ulong Root, int Shift, ulong Page)
{
    public const int Global = -1;
    public const ulong NoEpt = 1;
}
