// The screen. While firmware runs it: the text console that belongs to the graphics output, not the firmware's own
// console splitter, which would send every word to the serial port as well. Afterwards: the bare frame buffer.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class Screen
{
    private static SimpleTextOutput* s_text;
    private static bool s_bare;

    public static void Open()
    {
        void* handle = Services.HandleOf(Guid.GraphicsOutput);
        s_text = (SimpleTextOutput*)Services.ProtocolOf(handle, Guid.SimpleTextOutput);
        FrameBuffer.Open((GraphicsOutput*)Services.ProtocolOf(handle, Guid.GraphicsOutput));
    }

    // Firmware's console ends with boot services.
    public static void Leave()
    {
        if (!s_bare)
        {
            s_text = null;
            s_bare = true;
            FrameBuffer.Clear();
        }
    }

    public static void Put(byte value) => Write(new ReadOnlySpan<byte>(in value));

    public static void Write(ReadOnlySpan<byte> text)
    {
        if (s_bare)
        {
            FrameBuffer.Write(text);
        }
        else if (s_text != null)
        {
            WriteThroughFirmware(text);
        }
    }

    private static void WriteThroughFirmware(ReadOnlySpan<byte> text)
    {
        char* units = stackalloc char[64];
        int count = 0;
        foreach (byte value in text)
        {
            if (value == '\n')
            {
                units[count++] = '\r';
            }

            units[count++] = value < 0x80 ? (char)value : '?';
            if (count >= 60)
            {
                Flush(units, ref count);
            }
        }

        Flush(units, ref count);
    }

    private static void Flush(char* units, ref int count)
    {
        units[count] = '\0';
        s_text->OutputString(s_text, units);
        count = 0;
    }
}
