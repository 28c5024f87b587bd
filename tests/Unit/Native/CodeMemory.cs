// Memory that can be read, written and executed: where the tests put machine code that they run on the host.

using System;
using System.IO;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace MinusOne.Tests.Unit.Native;

internal sealed unsafe class CodeMemory : IDisposable
{
    private const int ReadWriteExecute = 7;
    private const int PrivateAnonymous = 0x22;
    private const int Low = 0x40;

    // Low: 32 bits are enough for its addresses.
    public CodeMemory(int size, bool isLow = false)
    {
        Size = size;
        int flags = PrivateAnonymous | (isLow ? Low : 0);
        Address = Map(null, (nuint)size, ReadWriteExecute, flags, -1, 0);
        if ((nint)Address == -1)
        {
            throw new IOException("mmap gave no executable memory");
        }
    }

    public byte* Address { get; }

    public int Size { get; }

    public Span<byte> Bytes => new(Address, Size);

    // What the assembler holds, as bytes that run at this address.
    public static byte[] Assemble(Assembler code, ulong address)
    {
        var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }

    public void Dispose() => Unmap(Address, (nuint)Size);

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(void* address, nuint length);
}
