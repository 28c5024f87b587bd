// The screen as firmware hands it over. UEFI specification 12.9.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GraphicsOutput
{
    public delegate* unmanaged<GraphicsOutput*, uint, ulong*, GraphicsModeInformation**, EfiStatus> QueryMode;
    public delegate* unmanaged<GraphicsOutput*, uint, EfiStatus> SetMode;
    public void* Blt;
    public GraphicsMode* Mode;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GraphicsMode
{
    public uint MaxMode;
    public uint Mode;
    public GraphicsModeInformation* Information;
    public ulong SizeOfInformation;
    public ulong FrameBufferBase;
    public ulong FrameBufferSize;
}

[StructLayout(LayoutKind.Sequential)]
internal struct GraphicsModeInformation
{
    public uint Version;
    public uint HorizontalResolution;
    public uint VerticalResolution;
    public PixelFormat PixelFormat;
    public uint RedMask;
    public uint GreenMask;
    public uint BlueMask;
    public uint ReservedMask;
    public uint PixelsPerScanLine;
}

internal enum PixelFormat : uint
{
    RedGreenBlueReserved = 0,
    BlueGreenRedReserved = 1,
    BitMask = 2,
    BltOnly = 3,
}
