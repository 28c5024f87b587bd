// The firmware's font: it hands out the picture of a character. UEFI specification 34.1 EFI_HII_FONT_PROTOCOL.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HiiFont
{
    public void* StringToImage;
    public void* StringIdToImage;
    public delegate* unmanaged<HiiFont*, ushort, void*, ImageOutput**, ulong*, EfiStatus> GetGlyph;
    public void* GetFontInfo;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ImageOutput
{
    public ushort Width;
    public ushort Height;

    // Blue, green, red and an unused byte for each pixel.
    public byte* Pixels;
}
