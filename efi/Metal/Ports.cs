// Ports that are not a byte wide, which only the host reads. Stubs in Stubs/ProcessorStubs.cs.

using System.Runtime;
using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Metal;

internal static class Ports
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "In32")]
    public static extern uint In32(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "Out32")]
    public static extern void Out32(ushort port, uint value);
}
