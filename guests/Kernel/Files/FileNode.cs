// One file.

using System;
using System.Runtime.InteropServices;

namespace MinusOne.Guests.Kernel.Files;

internal enum FileKind : byte
{
    None,
    Program,
    Text,
    Data,
}

[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct FileNode
{
    public const int Bytes = 176;
    public const int LongestName = 16;

    public FileKind Kind;
    public byte NameLength;
    public fixed byte Name[LongestName];
    public int Length;

    // A text's address.
    public byte* Content;

    // The frames of data, 0 where none is yet.
    public fixed ulong Frames[16];

    public ReadOnlySpan<byte> Text
    {
        get
        {
            fixed (byte* name = Name)
            {
                return new ReadOnlySpan<byte>(name, NameLength);
            }
        }
    }

    public void SetName(ReadOnlySpan<byte> name)
    {
        NameLength = (byte)name.Length;
        for (int i = 0; i < name.Length; i++)
        {
            Name[i] = name[i];
        }
    }
}
