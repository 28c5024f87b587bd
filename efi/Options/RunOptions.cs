// The sources of the options of this run: \minusone\minusone.conf on the volume we were loaded from, and behind it,
// so that they count more, the UEFI load options.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Options;

internal static unsafe class RunOptions
{
    private const ulong MostFile = 16 << 20;
    private const uint MostOptions = 1 << 20;

    // A word of one letter becomes its line, with a value in quotes; and `run = `.
    private const int LineBytesOfUnit = 4;
    private const int LineBytes = 16;

    private static byte* s_file;
    private static int s_fileLength;

    // The guests that the file describes.
    public static Configuration File => new(new ReadOnlySpan<byte>(s_file, s_fileLength));

    // Those that start by themselves.
    public static ReadOnlySpan<byte> Autostart
    {
        get
        {
            Span<byte> names = Take(s_fileLength);
            return names.Slice(0, File.Autostart(names));
        }
    }

    // Those that the file describes, and what is built in and good to begin with.
    public static ReadOnlySpan<byte> Choices
    {
        get
        {
            ReadOnlySpan<byte> builtIn = "kernel all check"u8;
            Span<byte> names = Take(s_fileLength + builtIn.Length);
            int length = File.Guests(names.Slice(0, names.Length - builtIn.Length), isEach: true);
            builtIn.CopyTo(names.Slice(length));
            return names.Slice(0, length + builtIn.Length);
        }
    }

    public static OptionText Read()
    {
        if (Volume.Read("\\minusone\\minusone.conf\0", out byte* content, out ulong length) == EfiStatus.Success)
        {
            ReadOnlySpan<byte> text =
                ConfigurationText.Plain(new Span<byte>(content, (int)Math.Min(length, MostFile)));
            s_file = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(text));
            s_fileLength = text.Length;
            Complain();
        }

        File.TryGet(default, out OptionText general);
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Firmware.Guid.LoadedImage);
        return image == null || image->LoadOptions == null || image->LoadOptionsSize is < sizeof(char) or > MostOptions
            ? general
            : Join(general.Text, image);
    }

    // Behind what the file says, so that it counts more.
    private static OptionText Join(ReadOnlySpan<byte> general, LoadedImage* image)
    {
        var options = new ReadOnlySpan<byte>(image->LoadOptions, (int)image->LoadOptionsSize);
        Span<byte> units = Take(options.Length * sizeof(char));
        fixed (byte* start = units)
        {
            var words = new Span<char>(start, units.Length / sizeof(char));
            int count = words.IsEmpty ? 0 : LoadOptionBytes.ToUnits(options, words);
            if (count < 0)
            {
                Writer.Log.Text("minusone: the load options are no text and are ignored; "u8)
                    .Text("what to run can stand in \\minusone\\minusone.conf"u8).EndLine();
                return new OptionText(general);
            }

            Span<byte> lines = Take(general.Length + (LineBytesOfUnit * (count + 1)) + LineBytes);
            if (lines.IsEmpty)
            {
                return new OptionText(general);
            }

            general.CopyTo(lines);
            int used = general.Length;
            lines[used++] = (byte)'\n';
            used += LoadOptions.ToLines(words.Slice(0, count), ProgramName.OfPath(image->FilePath), lines.Slice(used));
            return new OptionText(lines.Slice(0, used));
        }
    }

    // Memory that stays; none where firmware has none, and then nothing is read.
    private static Span<byte> Take(int bytes) =>
        LoanedPages.Take(((ulong)bytes / LoanedPages.PageSize) + 1, out byte* start) == EfiStatus.Success
            ? new Span<byte>(start, bytes)
            : default;

    private static void Complain()
    {
        var check = new ConfigurationCheck(new ReadOnlySpan<byte>(s_file, s_fileLength));
        while (check.MoveNext())
        {
            Writer.Log.Text("minusone.conf:"u8).Decimal((ulong)check.Line).Text(":"u8).Decimal((ulong)check.Column)
                .Text(": "u8).Text(ConfigurationProblems.Sentence(check.Problem)).EndLine();
        }
    }
}
