// How the last run ended, for a machine on which nobody could read along. Before firmware leaves, the log is written to
// \minusone\last.log, and behind its beginning the address where it goes on in memory. The next start looks there: what
// is still in memory becomes \minusone\previous.log, and its last line is told. Done before this run has a log of its
// own, which may lie in the same place.

using System;
using System.Runtime.CompilerServices;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static unsafe class LastLog
{
    private const int MapBytes = 16 << 10;
    private const int MostLine = 160;

    // The first line of the file.
    private const int MostBeginning = 64;

    private static Bytes s_map;
    private static Line s_line;
    private static int s_lineLength;

    private static ReadOnlySpan<char> LastPath => "\\minusone\\last.log\0";

    private static ReadOnlySpan<byte> Beginning => "kept in memory at 0x"u8;

    public static void Recall()
    {
        byte* start = stackalloc byte[MostBeginning];
        int length = Volume.ReadStart(LastPath, new Span<byte>(start, MostBeginning));
        var text = new ReadOnlySpan<byte>(start, length);
        int end = text.IndexOf((byte)'\n');
        if (end < Beginning.Length || !text.Slice(0, Beginning.Length).SequenceEqual(Beginning)
            || !Number.TryParse(text.Slice(Beginning.Length - 2, end - Beginning.Length + 2), out ulong address)
            || (address & 0xFFF) != 0 || !IsMemory(address) || !KeptLog.IsAt(address))
        {
            return;
        }

        KeptLog.Read(address, out ReadOnlySpan<byte> older, out ReadOnlySpan<byte> newer);
        Volume.Write("\\minusone\\previous.log\0", older, newer);
        KeepLastLine(newer);
        KeptLog.Forget(address);
    }

    public static void Tell()
    {
        if (s_lineLength != 0)
        {
            Writer.Log.Text("the last run ended with: "u8)
                .Text(((ReadOnlySpan<byte>)s_line).Slice(0, s_lineLength)).EndLine();
        }
    }

    // Without a volume there is nothing to write to, and nobody has promised it.
    public static void Save()
    {
        byte* line = stackalloc byte[MostBeginning];
        if (KeptLog.Address == 0)
        {
            return;
        }

        int length = Beginning.Length;
        Beginning.CopyTo(new Span<byte>(line, length));
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            int digit = (int)(KeptLog.Address >> shift) & 15;
            line[length++] = (byte)(digit < 10 ? '0' + digit : 'A' + digit - 10);
        }

        line[length++] = (byte)'\n';
        KeptLog.Read(KeptLog.Address, out _, out ReadOnlySpan<byte> log);
        EfiStatus status = Volume.Write(LastPath, new ReadOnlySpan<byte>(line, length), log);
        if (status != EfiStatus.Success && status != EfiStatus.NotFound)
        {
            Writer.Log.Text("minusone: \\minusone\\last.log cannot be written (status "u8).Hex((ulong)status & 0xFF)
                .Text("h); the log of this run is on screen and serial ports alone"u8).EndLine();
        }
    }

    // What was written last in it may be half a line.
    private static void KeepLastLine(ReadOnlySpan<byte> text)
    {
        text = OptionText.Trim(text);
        int start = text.Length;
        while (start > 0 && text[start - 1] != '\n')
        {
            start--;
        }

        text = text.Slice(start);
        s_lineLength = Math.Min(text.Length, MostLine);
        for (int i = 0; i < s_lineLength; i++)
        {
            s_line[i] = text[i] is >= (byte)' ' and < 0x7F ? text[i] : (byte)'?';
        }
    }

    // A map that is too long for us says nothing.
    private static bool IsMemory(ulong address)
    {
        fixed (Bytes* map = &s_map)
        {
            ulong size = MapBytes;
            ulong key, stride;
            uint version;
            return Services.Boot->GetMemoryMap(&size, (MemoryDescriptor*)map, &key, &stride, &version)
                    == EfiStatus.Success
                && new MemoryListing((byte*)map, size, stride).Holds(address, KeptLog.Length);
        }
    }

    [InlineArray(MapBytes / sizeof(ulong))]
    private struct Bytes
    {
        private ulong _first;
    }

    [InlineArray(MostLine)]
    private struct Line
    {
        private byte _first;
    }
}
