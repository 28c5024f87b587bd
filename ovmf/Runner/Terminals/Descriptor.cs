// The standard streams as the kernel has them. .NET's console streams edit the lines of a terminal's input and keep
// silent when nobody reads the output; its file streams write at a position of their own, over what others wrote to the
// same file.

using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace MinusOne.Ovmf.Runner.Terminals;

internal readonly struct Descriptor
{
    public static readonly Descriptor Input = new(0);
    public static readonly Descriptor Output = new(1);
    public static readonly Descriptor Error = new(2);

    private const int Interrupted = 4;      // EINTR
    private const int TryAgain = 11;        // EAGAIN: whoever shares the stream has made it non-blocking

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly int _number;

    private Descriptor(int number)
    {
        _number = number;
    }

    // Zero at the end of the input, and if there is none.
    public unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint length;
            while ((length = Read(_number, start, (nuint)buffer.Length)) < 0 && ShallRepeat())
            {
            }

            return (int)Math.Max(length, 0);
        }
    }

    // False if nobody reads any more.
    public unsafe bool Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int written = 0; written < bytes.Length;)
            {
                nint length = Write(_number, start + written, (nuint)(bytes.Length - written));
                if (length < 0 && !ShallRepeat())
                {
                    return false;
                }

                written += (int)Math.Max(length, 0);
            }
        }

        return true;
    }

    private static bool ShallRepeat()
    {
        int error = Marshal.GetLastPInvokeError();
        if (error == TryAgain)
        {
            Thread.Sleep(s_pause);
        }

        return error is Interrupted or TryAgain;
    }

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern unsafe nint Read(int descriptor, byte* buffer, nuint length);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern unsafe nint Write(int descriptor, byte* buffer, nuint length);
}
