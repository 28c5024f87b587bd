// Where the options of this run come from: the UEFI load options if there are any, otherwise \minusone\minusone.conf on
// the volume we were loaded from, otherwise nothing.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Options;

internal static unsafe class RunOptions
{
    private const int MostText = 4096;

    private static TextBuffer s_buffer;

    public static OptionText Read()
    {
        Span<byte> space = s_buffer;
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Firmware.Guid.LoadedImage);
        if (image != null && image->LoadOptions != null && image->LoadOptionsSize > sizeof(char))
        {
            int units = (int)Math.Min(image->LoadOptionsSize / sizeof(char), MostText);
            var words = new ReadOnlySpan<char>(image->LoadOptions, units);
            var options = new OptionText(space.Slice(0, LoadOptions.ToLines(words, space)));
            if ((options.TryGet("run"u8, out ReadOnlySpan<byte> guests) && !guests.IsEmpty)
                || KernelOptions.AreGiven(options))
            {
                return options;
            }
        }

        return Volume.Read("\\minusone\\minusone.conf\0", out byte* content, out ulong length) == EfiStatus.Success
            ? new OptionText(new ReadOnlySpan<byte>(content, (int)Math.Min(length, int.MaxValue)))
            : default;
    }

    [System.Runtime.CompilerServices.InlineArray(MostText)]
    private struct TextBuffer
    {
        private byte _first;
    }
}
