// The file that the guests' names stand in, for a debugger that has loaded none: a path of the machine where it runs,
// as whoever started the guests knows it. GDB manual, E.4 General Query Packets, `qXfer:exec-file:read`.
namespace MinusOne.Hv.Debug;

internal unsafe partial struct GdbServer
{
    private const int LongestPath = 255;

    // One that is too long is none.
    public void SetProgram(ReadOnlySpan<byte> path)
    {
        _programBytes = path.Length <= LongestPath ? path.Length : 0;
        path.Slice(0, _programBytes).CopyTo(MemoryMarshal.CreateSpan(ref _program[0], LongestPath));
    }

    // Whichever guest is asked about: `process:start,length`.
    private void SendProgram(ref GdbText text)
    {
        text.Until((byte)':');
        if (!text.TryPair(out ulong start, out ulong length))
        {
            Link.Send("E01"u8);
            return;
        }

        int from = (int)Math.Min(start, (ulong)_programBytes);
        int count = (int)Math.Min(length, (ulong)(_programBytes - from));
        Link.Begin();
        Link.Text(from + count < _programBytes ? "m"u8 : "l"u8);
        Link.Text(MemoryMarshal.CreateReadOnlySpan(ref _program[from], count));
        Link.End();
    }
}
