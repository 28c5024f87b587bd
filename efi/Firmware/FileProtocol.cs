// Reading files of the volume. UEFI specification 13.4-13.5. Writing is left out.

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

    public ulong Revision;
    public delegate* unmanaged<FileProtocol*, FileProtocol**, char*, ulong, ulong, EfiStatus> Open;
    public delegate* unmanaged<FileProtocol*, EfiStatus> Close;
    public void* Delete;
    public delegate* unmanaged<FileProtocol*, ulong*, void*, EfiStatus> Read;
    public void* Write;
    public delegate* unmanaged<FileProtocol*, ulong*, EfiStatus> GetPosition;
    public delegate* unmanaged<FileProtocol*, ulong, EfiStatus> SetPosition;
}
