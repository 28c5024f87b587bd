// What is printed on the keys, by the numbers that USB gives them. USB HID Usage Tables 1.4, 10 Keyboard/Keypad Page.
// What is not ASCII goes out as UTF-8, as terminals send it.

using System;

namespace MinusOne.Efi.Metal.Keys;

internal enum KeyLayout : byte
{
    Us,
    De,
}

internal static class KeyLayouts
{
    // The keys from A to the slash, and the one beside the left shift key that American keyboards lack.
    private const byte First = KeyUsage.A, Last = 0x38, Extra = 0x64;

    private static ReadOnlySpan<byte> UsPlain =>
        "abcdefghijklmnopqrstuvwxyz1234567890\r\u001B\u007F\t -=[]\\\\;'`,./"u8;

    private static ReadOnlySpan<byte> UsShifted =>
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\r\u001B\u007F\t _+{}||:\"~<>?"u8;

    // A zero stands for a character that is not ASCII, and for none.
    private static ReadOnlySpan<byte> DePlain =>
        "abcdefghijklmnopqrstuvwxzy1234567890\r\u001B\u007F\t \0\0\0+##\0\0^,.-"u8;

    private static ReadOnlySpan<byte> DeShifted =>
        "ABCDEFGHIJKLMNOPQRSTUVWXZY!\"\0$%&/()=\r\u001B\u007F\t ?`\0*''\0\0\0;:_"u8;

    // Instead of a layout: keys are nobody's.
    public static ReadOnlySpan<byte> Off => "off"u8;

    public static bool IsChoice(ReadOnlySpan<byte> text) => TryParse(text, out _) || text.SequenceEqual(Off);

    public static bool TryParse(ReadOnlySpan<byte> text, out KeyLayout layout)
    {
        layout = text.SequenceEqual("de"u8) ? KeyLayout.De : KeyLayout.Us;
        return layout == KeyLayout.De || text.SequenceEqual("us"u8);
    }

    // The character as Unicode numbers it; 0: the key has none.
    public static uint Character(KeyLayout layout, byte usage, bool isShifted, bool isThird)
    {
        if (layout == KeyLayout.De && isThird)
        {
            return Third(usage);
        }

        if (usage == Extra)
        {
            return layout == KeyLayout.De ? (isShifted ? '>' : '<') : (isShifted ? '|' : '\\');
        }

        if (usage is < First or > Last)
        {
            return 0;
        }

        ReadOnlySpan<byte> row = layout == KeyLayout.De
            ? (isShifted ? DeShifted : DePlain)
            : (isShifted ? UsShifted : UsPlain);
        byte plain = row[usage - First];
        return plain != 0 ? plain : isShifted ? Capital(usage) : Small(usage);
    }

    private static uint Small(byte usage) => usage switch
    {
        0x2D => 'ß',
        0x2E => '´',
        0x2F => 'ü',
        0x33 => 'ö',
        0x34 => 'ä',
        _ => 0,
    };

    private static uint Capital(byte usage) => usage switch
    {
        0x20 => '§',
        0x2F => 'Ü',
        0x33 => 'Ö',
        0x34 => 'Ä',
        0x35 => '°',
        _ => 0,
    };

    // With AltGr.
    private static uint Third(byte usage) => usage switch
    {
        0x08 => '€',
        0x10 => 'µ',
        0x14 => '@',
        0x1F => '²',
        0x20 => '³',
        0x24 => '{',
        0x25 => '[',
        0x26 => ']',
        0x27 => '}',
        0x2D => '\\',
        0x30 => '~',
        Extra => '|',
        _ => 0,
    };
}

// Those of the keys' numbers that mean something else than a character.
internal static class KeyUsage
{
    public const byte A = 0x04, Z = 0x1D;
    public const byte CapsLock = 0x39;
    public const byte F1 = 0x3A, F12 = 0x45;
    public const byte Insert = 0x49, Home = 0x4A, PageUp = 0x4B, Delete = 0x4C, End = 0x4D, PageDown = 0x4E;
    public const byte Right = 0x4F, Left = 0x50, Down = 0x51, Up = 0x52;
    public const byte PadSlash = 0x54, PadPoint = 0x63;
    public const byte FirstModifier = 0xE0, LastModifier = 0xE7;
}

// A bit for each, in the order of their numbers, as the first byte of a report has them.
[Flags]
internal enum KeyModifiers : byte
{
    None = 0,
    LeftControl = 1 << 0,
    LeftShift = 1 << 1,
    LeftAlt = 1 << 2,
    LeftMeta = 1 << 3,
    RightControl = 1 << 4,
    RightShift = 1 << 5,
    RightAlt = 1 << 6,
    RightMeta = 1 << 7,
    Control = LeftControl | RightControl,
    Shift = LeftShift | RightShift,
}
