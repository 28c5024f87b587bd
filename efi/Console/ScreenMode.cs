// A picture of another size, if firmware has one: `screen = 1920x1080`. It is chosen before anything is drawn. UEFI
// specification 12.9.2 EFI_GRAPHICS_OUTPUT_PROTOCOL.

using System;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Options;

namespace MinusOne.Efi.Console;

internal static unsafe class ScreenMode
{
    // Firmware with more modes than that counts them wrong.
    private const uint MostModes = 1024;
    private const int MostPictures = 8;

    private static Pictures s_pictures;
    private static int s_count;

    // True: at least one of the machine's pictures has that size now.
    public static bool Set(OptionText options)
    {
        if (!options.TryGet("screen"u8, out ReadOnlySpan<byte> text)
            || !WindowSize.TryParse(text, out ushort width, out ushort height))
        {
            return false;
        }

        bool isSet = false;
        void** handles = Services.HandlesOf(Firmware.Guid.GraphicsOutput, out ulong count);
        for (ulong i = 0; i < count; i++)
        {
            // The console splitter's picture is those of the others.
            bool isSplitter = handles[i] == Services.System->ConsoleOutHandle && count > 1;
            var output = (GraphicsOutput*)Services.ProtocolOf(handles[i], Firmware.Guid.GraphicsOutput);
            isSet |= !isSplitter && output != null && output->Mode != null && TrySet(output, width, height);
        }

        Services.Free(handles);
        if (!isSet)
        {
            Writer.Log.Text("minusone: screen = "u8).Text(text)
                .Text(": firmware has no picture of this size; it stays as it is"u8).EndLine();
        }

        return isSet;
    }

    // Firmware has the machine again, and its console knows the size that it had.
    public static void Restore()
    {
        while (s_count != 0)
        {
            Picture picture = s_pictures[--s_count];
            picture.Output->SetMode(picture.Output, picture.Mode);
        }
    }

    private static bool TrySet(GraphicsOutput* output, uint mode)
    {
        uint before = output->Mode->Mode;
        bool isSet = s_count < MostPictures && output->SetMode(output, mode) == EfiStatus.Success;
        if (isSet)
        {
            s_pictures[s_count++] = new Picture { Output = output, Mode = before };
        }

        return isSet;
    }

    private static bool TrySet(GraphicsOutput* output, uint width, uint height)
    {
        for (uint mode = 0; mode < Math.Min(output->Mode->MaxMode, MostModes); mode++)
        {
            ulong size;
            GraphicsModeInformation* information = null;
            bool isTold = output->QueryMode(output, mode, &size, &information) == EfiStatus.Success
                && information != null;
            bool isIt = isTold && information->HorizontalResolution == width
                && information->VerticalResolution == height && information->PixelFormat != PixelFormat.BltOnly;
            Services.Free(information);
            if (isIt)
            {
                return mode == output->Mode->Mode || TrySet(output, mode);
            }
        }

        return false;
    }

    private struct Picture
    {
        public GraphicsOutput* Output;
        public uint Mode;
    }

    [System.Runtime.CompilerServices.InlineArray(MostPictures)]
    private struct Pictures
    {
        private Picture _first;
    }
}
