// The host's segments, which the stubs load too.

namespace MinusOne.Efi.Host;

internal static class HostSelectors
{
    public const ushort Code = 0x08;
    public const ushort Data = 0x10;
    public const ushort Task = 0x18;
}
