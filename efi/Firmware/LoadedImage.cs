// How this program was loaded: from which volume, where to, and with which options. UEFI specification 9.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LoadedImage
{
    public uint Revision;
    public void* ParentHandle;
    public SystemTable* SystemTable;
    public void* DeviceHandle;
    public byte* FilePath;
    public void* Reserved;
    public uint LoadOptionsSize;
    public byte* LoadOptions;
    public byte* ImageBase;
    public ulong ImageSize;
    public MemoryType ImageCodeType;
    public MemoryType ImageDataType;
    public void* Unload;
}
