// A screen in the tests' memory: terminal, painter and picture as the image joins them. Behind every line of pixels,
// and behind the last, stand bytes that nobody may touch.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;

namespace MinusOne.Tests.Unit.Screen;

internal sealed unsafe class PlainScreen : IDisposable
{
    private const byte Untouched = 0xA5;
    private const int Behind = 4096;

    private readonly byte* _pixels;
    private readonly ushort* _cells;
    private readonly ScreenLayout _layout;
    private Terminal _terminal;
    private Painter _painter;

    public PlainScreen(uint width, uint height, PixelFormat format = PixelFormat.BlueGreenRedReserved, uint more = 0,
        (uint Red, uint Green, uint Blue, uint Reserved) masks = default)
    {
        GraphicsModeInformation information = new()
        {
            HorizontalResolution = width,
            VerticalResolution = height,
            PixelFormat = format,
            RedMask = masks.Red,
            GreenMask = masks.Green,
            BlueMask = masks.Blue,
            ReservedMask = masks.Reserved,
            PixelsPerScanLine = width + more,
        };
        nuint room = (nuint)((width + more) * 4 * height) + Behind;
        _pixels = (byte*)NativeMemory.Alloc(room);
        _cells = (ushort*)NativeMemory.Alloc(2 * 2 * ScreenLayout.MostColumns * ScreenLayout.MostRows);
        new Span<byte>(_pixels, (int)room).Fill(Untouched);
        GraphicsMode mode = new()
        {
            Information = &information,
            FrameBufferBase = (ulong)_pixels,
            FrameBufferSize = room - Behind,
        };
        Assert(ScreenLayout.Read(&mode, 52, out _layout) == ScreenFault.None);
        _terminal.Open(_cells, _layout.Columns, _layout.Rows);
        _painter.Open(_layout, _cells + (ScreenLayout.MostColumns * ScreenLayout.MostRows));
        _painter.Clear();
    }

    public ref readonly ScreenLayout Layout => ref _layout;

    public int Columns => _layout.Columns;

    public string[] Rows => Reader.Rows(Columns, _layout.Rows);

    public LetterReader Reader => new(Pixel, (int)_layout.Scale);

    public void Dispose()
    {
        NativeMemory.Free(_pixels);
        NativeMemory.Free(_cells);
    }

    // Each says how many letters were drawn.
    public int Print(string text)
    {
        Put(text);
        return Show();
    }

    // For Show to show.
    public void Put(string text)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            _terminal.Put(value);
        }
    }

    public int Show(int most = int.MaxValue) => _painter.Show(ref _terminal, most);

    public int WriteConsole(string text)
    {
        _terminal.WriteConsole(Encoding.UTF8.GetBytes(text));
        return Show();
    }

    public int Log(string text)
    {
        _terminal.WriteLog(Encoding.UTF8.GetBytes(text));
        return Show();
    }

    public bool IsUntouchedOutside()
    {
        for (uint line = 0; line < _layout.Height; line++)
        {
            int used = (int)(_layout.Width * _layout.PixelBytes);
            if (new Span<byte>(_pixels + (line * _layout.Pitch), (int)_layout.Pitch)[used..]
                .ContainsAnyExcept(Untouched))
            {
                return false;
            }
        }

        return !new Span<byte>(_pixels + _layout.Bytes, Behind).ContainsAnyExcept(Untouched);
    }

    private uint Pixel(int x, int y)
    {
        uint value = 0;
        byte* pixel = _pixels + ((ulong)y * _layout.Pitch) + ((ulong)x * _layout.PixelBytes);
        for (int i = (int)_layout.PixelBytes - 1; i >= 0; i--)
        {
            value = (value << 8) | pixel[i];
        }

        return value;
    }

    private static void Assert(bool condition) => Xunit.Assert.True(condition);
}
