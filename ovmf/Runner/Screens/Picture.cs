// What a screen shows: rows of red, green and blue bytes from the top left.
namespace MinusOne.Ovmf.Runner.Screens;

internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    public const int BytesPerPixel = 3;
}
