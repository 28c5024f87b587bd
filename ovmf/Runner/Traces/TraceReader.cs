// Reads a recorded stream of exits: hv/Trace/TraceFormat.cs says what it looks like. One that stops in the middle, as a
// run that was ended leaves it, is read up to there.

using System;
using System.Text;

namespace MinusOne.Ovmf.Runner.Traces;

internal sealed class TraceReader
{
    private const int MostProcessors = 64;

    private readonly byte[] _bytes;
    private readonly string _name;
    private int _at;
    private int _guest;
    private int _processor;
    private ulong _time;
    private ulong _rip;
    private ulong _subject;
    private ulong _cr3;
    private ulong[] _frames = [];

    private TraceReader(byte[] bytes, string name)
    {
        _bytes = bytes;
        _name = name;
    }

    private bool IsAtEnd => _at == _bytes.Length;

    // The name is for complaints.
    public static TraceData Read(byte[] bytes, string name) => new TraceReader(bytes, name).Read();

    private TraceData Read()
    {
        int magic = TraceFormat.Magic.Length;
        if (_bytes.Length == 0)
        {
            throw new SetUpException($"'{_name}' is empty: the run ended before a guest began, or was not recorded");
        }

        if (!_bytes.AsSpan().StartsWith(TraceFormat.Magic[..Math.Min(magic, _bytes.Length)]))
        {
            throw new SetUpException($"'{_name}' is no trace; ./build.sh run GUEST --trace FILE makes one");
        }

        if (_bytes.Length > magic && _bytes[magic] != TraceFormat.Version)
        {
            throw new SetUpException($"'{_name}' is a trace of version {_bytes[magic]}, and this reads version "
                + $"{TraceFormat.Version}; record it again");
        }

        _at = Math.Min(magic + 1, _bytes.Length);
        TraceData data;
        try
        {
            data = new() { IsSvm = (Byte() & TraceFormat.IsSvm) != 0, Hertz = Number() };
        }
        catch (EndOfTraceException)
        {
            throw new SetUpException($"'{_name}' is cut off within its beginning; record it again");
        }

        ReadEntries(data);
        data.Exits.Sort((left, right) => left.Time.CompareTo(right.Time));
        return data;
    }

    private void ReadEntries(TraceData data)
    {
        try
        {
            while (!IsAtEnd)
            {
                ReadEntry(data);
            }
        }
        catch (EndOfTraceException)
        {
            data.IsCut = true;
        }

        data.IsCut |= data.Guests.Count == 0 || data.Guests.Exists(guest => guest.End == null);
    }

    private void ReadEntry(TraceData data)
    {
        int at = _at;
        byte kind = Byte();
        switch (kind)
        {
            case TraceFormat.Who:
                (_guest, _processor) = ((int)Number(), (int)Number());
                break;
            case TraceFormat.GuestBegins:
                (int number, int processors, ulong begin) = ((int)Number(), (int)Number(), Number());
                if (processors is < 1 or > MostProcessors)
                {
                    throw Damaged(at);
                }

                data.Guests.Add(new(number, Text(), processors, begin));
                break;
            case TraceFormat.GuestEnds:
                (int ended, ulong end, string word) = ((int)Number(), Number(), Text());
                if (data.Guests.FindLast(guest => guest.Number == ended) is { } known)
                {
                    (known.End, known.Ending) = (end, word);
                }

                break;
            case TraceFormat.Sample:
                data.Samples.Add(Sample(at));
                break;
            case <= TraceFormat.Other:
                data.Exits.Add(Exit(kind));
                break;
            default:
                throw Damaged(at);
        }
    }

    private TraceExit Exit(byte kind)
    {
        ulong reason = kind == TraceFormat.Other ? Number() : kind;
        byte marks = Byte();
        ulong time = Difference(_time), ticks = Number(), rip = Difference(_rip), qualification = Number();
        ulong subject = (marks & TraceFormat.HasSubject) != 0 ? Difference(_subject) : 0;
        _cr3 = (marks & TraceFormat.HasCr3) != 0 ? Number() : _cr3;
        _subject = subject != 0 ? subject : _subject;
        (_time, _rip) = (time, rip);
        return new(_guest, _processor, (ushort)reason, (marks & TraceFormat.IsFailure) != 0,
            (Verdict)(marks & TraceFormat.Verdicts), time, ticks, rip, qualification, subject, _cr3);
    }

    private TraceSample Sample(int at)
    {
        ulong state = Number(), ticks = Number(), same = Number(), others = Number();
        if (same > (ulong)_frames.Length || others > TraceFormat.MostFrames
            || same + others is 0 or > TraceFormat.MostFrames)
        {
            throw Damaged(at);
        }

        var frames = new ulong[same + others];
        _frames.AsSpan(0, (int)same).CopyTo(frames);
        for (int i = (int)same; i < frames.Length; i++)
        {
            frames[i] = Difference(i == 0 ? 0 : frames[i - 1]);
        }

        _frames = frames;
        return new(_guest, _processor, state, ticks, frames);
    }

    private SetUpException Damaged(int at) =>
        new($"'{_name}' is damaged: at byte {at} stands what is no entry; record it again");

    private byte Byte() => IsAtEnd ? throw new EndOfTraceException() : _bytes[_at++];

    private ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new SetUpException(
            $"'{_name}' is damaged: a number of more than 64 bits ends at byte {_at}; record it again");
    }

    private ulong Difference(ulong before)
    {
        ulong told = Number();
        return before + ((told >> 1) ^ (0 - (told & 1)));
    }

    private string Text()
    {
        ulong length = Number();
        if (length > (ulong)(_bytes.Length - _at))
        {
            throw new EndOfTraceException();
        }

        string text = Encoding.UTF8.GetString(_bytes, _at, (int)length);
        _at += (int)length;
        return text;
    }

    private sealed class EndOfTraceException : Exception;
}
