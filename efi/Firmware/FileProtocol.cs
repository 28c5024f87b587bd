// Files of the volume. UEFI specification 13.4-13.5.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SimpleFileSystem
{
    public ulong Revision;
    public delegate* unmanaged<SimpleFileSystem*, FileProtocol**, EfiStatus> OpenVolume;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FileProtocol
{
    public const ulong ModeRead = 1;
    public const ulong ModeWrite = 2;
    public const ulong ModeCreate = 1UL << 63;
    public const ulong Folder = 0x10;

    public ulong Revision;
    public delegate* unmanaged<FileProtocol*, FileProtocol**, char*, ulong, ulong, EfiStatus> Open;
    public delegate* unmanaged<FileProtocol*, EfiStatus> Close;

    // Closes it, too.
    public delegate* unmanaged<FileProtocol*, EfiStatus> Delete;
    public delegate* unmanaged<FileProtocol*, ulong*, void*, EfiStatus> Read;
    public delegate* unmanaged<FileProtocol*, ulong*, void*, EfiStatus> Write;
    public delegate* unmanaged<FileProtocol*, ulong*, EfiStatus> GetPosition;
    public delegate* unmanaged<FileProtocol*, ulong, EfiStatus> SetPosition;
}
