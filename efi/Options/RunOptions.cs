// The sources of the options of this run: \minusone\minusone.conf on the volume we were loaded from, and behind it,
// so that they count more, the UEFI load options if they name a guest.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Options;

internal static unsafe class RunOptions
{
    private const int MostText = 4096;
    private const int MostNames = 512;
    private const int MostChoices = 512;

    private static TextBuffer s_buffer;
    private static byte* s_file;
    private static int s_fileLength;

    // The guests that the file describes.
    public static Configuration File => new(new ReadOnlySpan<byte>(s_file, s_fileLength));

    // Those that start by themselves.
    public static ReadOnlySpan<byte> Autostart
    {
        get
        {
            Span<byte> names = ((Span<byte>)s_buffer).Slice(MostText - MostNames);
            return names.Slice(0, File.Autostart(names));
        }
    }

    // Those that the file describes, and what is built in and good to begin with.
    public static ReadOnlySpan<byte> Choices
    {
        get
        {
            Span<byte> names = ((Span<byte>)s_buffer).Slice(MostText - MostNames - MostChoices, MostChoices);
            ReadOnlySpan<byte> builtIn = "kernel all check"u8;
            int length = File.Guests(names.Slice(0, MostChoices - builtIn.Length), isEach: true);
            builtIn.CopyTo(names.Slice(length));
            return names.Slice(0, length + builtIn.Length);
        }
    }

    public static OptionText Read()
    {
        if (Volume.Read("\\minusone\\minusone.conf\0", out byte* content, out ulong length) == EfiStatus.Success)
        {
            s_file = content;
            s_fileLength = (int)Math.Min(length, int.MaxValue);
            Complain();
        }

        File.TryGet(default, out OptionText general);
        Span<byte> space = ((Span<byte>)s_buffer).Slice(0, MostText - MostNames - MostChoices);
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Firmware.Guid.LoadedImage);
        if (image == null || image->LoadOptions == null || image->LoadOptionsSize <= sizeof(char))
        {
            return general;
        }

        // What leaves no room for the load options is too long to be meant.
        int used = general.Text.Length <= MostText / 2 ? general.Text.Length : 0;
        general.Text.Slice(0, used).CopyTo(space);
        if (used != 0)
        {
            space[used++] = (byte)'\n';
        }

        int units = (int)Math.Min(image->LoadOptionsSize / sizeof(char), MostText);
        var words = new ReadOnlySpan<char>(image->LoadOptions, units);
        int written = LoadOptions.ToLines(words, space.Slice(used));
        var given = new OptionText(space.Slice(used, written));
        bool isNamed = given.TryGet("run"u8, out ReadOnlySpan<byte> guests) && !guests.IsEmpty;
        return isNamed || KernelOptions.AreGiven(given)
            ? new OptionText(space.Slice(0, used + written))
            : general;
    }

    private static void Complain()
    {
        var check = new ConfigurationCheck(new ReadOnlySpan<byte>(s_file, s_fileLength));
        while (check.MoveNext())
        {
            Writer.Log.Text("minusone.conf:"u8).Decimal((ulong)check.Line).Text(":"u8).Decimal((ulong)check.Column)
                .Text(": "u8).Text(ConfigurationProblems.Sentence(check.Problem)).EndLine();
        }
    }

    [System.Runtime.CompilerServices.InlineArray(MostText)]
    private struct TextBuffer
    {
        private byte _first;
    }
}
