// What a host exception leaves on its stack: the general registers as the stub pushed them, then vector, error code and
// what the processor pushed. SDM 3A 6.14.2 64-Bit Mode Stack Frame.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Host;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HostFrame
{
    // The general registers by number; the one of RSP is the stub's own.
    public fixed ulong General[16];
    public ulong Vector;
    public ulong ErrorCode;
    public ulong Rip;
    public ulong Cs;
    public ulong Rflags;
    public ulong Rsp;
    public ulong Ss;
}
