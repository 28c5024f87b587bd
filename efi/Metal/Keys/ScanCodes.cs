// The bytes of a PC's keyboard, as its controller translates them (set 1), and which key they mean: one for each key,
// with the highest bit when it goes up, and a byte in front of those that the first PCs lacked. Microsoft's "USB HID to
// PS/2 Scan Code Translation Table" has both numbers side by side.

using System;

namespace MinusOne.Efi.Metal.Keys;

internal struct ScanCodes
{
    private const byte Extended = 0xE0, Pause = 0xE1;

    // The bit of a key that goes up.
    public const byte Released = 0x80;

    // Behind Pause come two that are nobody's.
    private const byte PauseBytes = 2;

    private bool _isExtended;
    private byte _skipped;

    // Their codes go up to that of F12.
    private static ReadOnlySpan<byte> Usages =>
    [
        0x00, 0x29, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2D, 0x2E, 0x2A, 0x2B,
        0x14, 0x1A, 0x08, 0x15, 0x17, 0x1C, 0x18, 0x0C, 0x12, 0x13, 0x2F, 0x30, 0x28, 0xE0, 0x04, 0x16,
        0x07, 0x09, 0x0A, 0x0B, 0x0D, 0x0E, 0x0F, 0x33, 0x34, 0x35, 0xE1, 0x31, 0x1D, 0x1B, 0x06, 0x19,
        0x05, 0x11, 0x10, 0x36, 0x37, 0x38, 0xE5, 0x55, 0xE2, 0x2C, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E,
        0x3F, 0x40, 0x41, 0x42, 0x43, 0x53, 0x47, 0x5F, 0x60, 0x61, 0x56, 0x5C, 0x5D, 0x5E, 0x57, 0x59,
        0x5A, 0x5B, 0x62, 0x63, 0x46, 0x00, 0x64, 0x44, 0x45,
    ];

    // 0: it is part of one, or of none that we know.
    public byte Take(byte value)
    {
        if (_skipped != 0)
        {
            _skipped--;
            return 0;
        }

        if (value is Extended or Pause)
        {
            _isExtended = value == Extended;
            _skipped = value == Pause ? PauseBytes : (byte)0;
            return 0;
        }

        int code = value & ~Released;
        byte usage = _isExtended ? UsageOfExtended(code) : code < Usages.Length ? Usages[code] : (byte)0;
        _isExtended = false;
        return usage;
    }

    // The shift keys among them are no one's hand: keyboards put them around an arrow.
    private static byte UsageOfExtended(int code) => code switch
    {
        0x1C => 0x58,
        0x1D => 0xE4,
        0x35 => KeyUsage.PadSlash,
        0x38 => 0xE6,
        0x47 => KeyUsage.Home,
        0x48 => KeyUsage.Up,
        0x49 => KeyUsage.PageUp,
        0x4B => KeyUsage.Left,
        0x4D => KeyUsage.Right,
        0x4F => KeyUsage.End,
        0x50 => KeyUsage.Down,
        0x51 => KeyUsage.PageDown,
        0x52 => KeyUsage.Insert,
        0x53 => KeyUsage.Delete,
        0x5B => 0xE3,
        0x5C => 0xE7,
        _ => 0,
    };
}
