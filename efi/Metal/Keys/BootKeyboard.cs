// A keyboard that reports which keys are down, and leaves it to us to see what has changed, and to repeat. USB HID
// 1.11, Appendix B.1 Protocol 1 (Keyboard).

using System;

namespace MinusOne.Efi.Metal.Keys;

internal unsafe struct BootKeyboard
{
    public const int ReportBytes = 8;

    private const int FirstKey = 2;

    // A key with a lower number says that too many are down.
    private const byte TooMany = 3;

    // Until a key repeats, and from then on: by the second.
    private const ulong Delays = 2, Repeats = 25;

    private fixed byte _last[ReportBytes];
    private byte _held;
    private ulong _due;

    public void Take(ReadOnlySpan<byte> report, ref KeyTyping typing, ulong now, ulong tscHertz)
    {
        if (report.Length < ReportBytes || report[FirstKey] is not 0 and <= TooMany)
        {
            return;
        }

        fixed (byte* last = _last)
        {
            var before = new Span<byte>(last, ReportBytes);
            for (int i = 0; i < ReportBytes; i++)
            {
                bool wasDown = (before[0] & (1 << i)) != 0, isDown = (report[0] & (1 << i)) != 0;
                Change(ref typing, (byte)(KeyUsage.FirstModifier + i), wasDown, isDown);
            }

            for (int i = FirstKey; i < ReportBytes; i++)
            {
                if (before[i] != 0 && !IsIn(report, before[i]))
                {
                    typing.Release(before[i]);
                    _held = before[i] == _held ? (byte)0 : _held;
                }
            }

            for (int i = FirstKey; i < ReportBytes; i++)
            {
                if (report[i] != 0 && !IsIn(before, report[i]))
                {
                    typing.Press(report[i]);
                    _held = report[i];
                    _due = now + (tscHertz / Delays);
                }
            }

            report.Slice(0, ReportBytes).CopyTo(before);
        }
    }

    // The last one that went down, as long as it stays there.
    public void Repeat(ref KeyTyping typing, ulong now, ulong tscHertz)
    {
        if (_held is not 0 and not KeyUsage.CapsLock && now >= _due)
        {
            typing.Press(_held);
            _due = now + (tscHertz / Repeats);
        }
    }

    // It is gone: nothing is down.
    public void Forget(ref KeyTyping typing)
    {
        byte* none = stackalloc byte[ReportBytes];
        new Span<byte>(none, ReportBytes).Clear();
        Take(new ReadOnlySpan<byte>(none, ReportBytes), ref typing, 0, 0);
        this = default;
    }

    private static void Change(ref KeyTyping typing, byte usage, bool wasDown, bool isDown)
    {
        if (isDown && !wasDown)
        {
            typing.Press(usage);
        }
        else if (wasDown && !isDown)
        {
            typing.Release(usage);
        }
    }

    private static bool IsIn(ReadOnlySpan<byte> report, byte key)
    {
        for (int i = FirstKey; i < ReportBytes; i++)
        {
            if (report[i] == key)
            {
                return true;
            }
        }

        return false;
    }
}
