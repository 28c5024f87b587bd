// The system table and what hangs from it, in the specification's order and names. UEFI specification 4. Services that
// this program never calls are kept as untyped slots: they hold the places of those that it does.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal struct TableHeader
{
    public ulong Signature;
    public uint Revision;
    public uint HeaderSize;
    public uint Crc32;
    public uint Reserved;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SystemTable
{
    public TableHeader Header;
    public char* FirmwareVendor;
    public uint FirmwareRevision;
    public void* ConsoleInHandle;
    public SimpleTextInput* ConIn;
    public void* ConsoleOutHandle;
    public SimpleTextOutput* ConOut;
    public void* StandardErrorHandle;
    public SimpleTextOutput* StdErr;
    public RuntimeServices* RuntimeServices;
    public BootServices* BootServices;
    public ulong NumberOfTableEntries;
    public ConfigurationEntry* ConfigurationTable;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ConfigurationEntry
{
    public Guid Vendor;
    public void* Table;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SimpleTextInput
{
    public void* Reset;
    public delegate* unmanaged<SimpleTextInput*, InputKey*, EfiStatus> ReadKeyStroke;
}

[StructLayout(LayoutKind.Sequential)]
internal struct InputKey
{
    public ushort Code;
    public char Unit;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SimpleTextOutput
{
    public void* Reset;
    public delegate* unmanaged<SimpleTextOutput*, char*, EfiStatus> OutputString;
    public void* TestString;
    public void* QueryMode;
    public void* SetMode;
    public void* SetAttribute;
    public delegate* unmanaged<SimpleTextOutput*, EfiStatus> ClearScreen;
}
