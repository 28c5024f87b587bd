// The table in the first page of an image, written by Stubs/FlatImage.cs: where its parts end. All but `End` lie in the
// file.

using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Shared;

[StructLayout(LayoutKind.Sequential)]
internal struct ImageTable
{
    public const int Offset = 0x30;

    public ulong CodeEnd;
    public ulong ReadOnlyEnd;
    public ulong FileEnd;
    public ulong End;
    public ulong Entry;
}
