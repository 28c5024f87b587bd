// What the stream remembers of what it has told: everything in it is told as a difference. Times count from the first
// guest's beginning, and the time that the stream itself has taken is no part of them.
namespace MinusOne.Hv.Trace;

internal unsafe struct TraceRecorder
{
    // The port takes nothing any more.
    public bool IsGivenUp;

    public ProfileClock Samples;

    private bool _isOpen;
    private ulong _origin;
    private ulong _lag;
    private uint _who;
    private ulong _time;
    private ulong _rip;
    private ulong _subject;
    private ulong _cr3;
    private TraceBuffer _entry;

    // The frames of the last sample, outermost first.
    private fixed ulong _frames[TraceFormat.MostFrames];
    private int _frameCount;

    public static TraceRecorder* Of(Machine* machine) => (TraceRecorder*)machine->Recorder;

    public readonly ulong Lag => _lag;

    // A stretch of time that guests and exits have no part in.
    public void Add(ulong lag) => _lag += lag;

    public void Begin(uint number, uint processors, ReadOnlySpan<byte> name, ulong tsc, ulong hertz)
    {
        _entry.Clear();
        if (!_isOpen)
        {
            _isOpen = true;
            _origin = tsc;
            foreach (byte letter in TraceFormat.Magic)
            {
                _entry.Byte(letter);
            }

            _entry.Byte(TraceFormat.Version);
            _entry.Byte(Cpu.IsAmd ? TraceFormat.IsSvm : (byte)0);
            _entry.Number(hertz);
        }

        _entry.Byte(TraceFormat.GuestBegins);
        _entry.Number(number);
        _entry.Number(processors);
        _entry.Number(tsc - _origin - _lag);
        _entry.Text(name);
        Send();
    }

    public void End(uint number, ReadOnlySpan<byte> end, ulong tsc)
    {
        _entry.Clear();
        _entry.Byte(TraceFormat.GuestEnds);
        _entry.Number(number);
        _entry.Number(tsc - _origin - _lag);
        _entry.Text(end);
        Send();
    }

    // Its time is the TSC, and includes so much of what is no part of the stream's.
    public void Put(uint guest, uint processor, in ExitRecord exit, ulong lag)
    {
        PutWho(guest, processor);
        uint reason = (ushort)exit.Reason;
        if (reason < TraceFormat.Other)
        {
            _entry.Byte((byte)reason);
        }
        else
        {
            _entry.Byte(TraceFormat.Other);
            _entry.Number(reason);
        }

        _entry.Byte((byte)((exit.Verdict & TraceFormat.Verdicts)
            | (exit.Subject != 0 ? TraceFormat.HasSubject : 0u) | (exit.Cr3 != _cr3 ? TraceFormat.HasCr3 : 0u)
            | ((exit.Reason >> 31) != 0 ? TraceFormat.IsFailure : 0u)));
        PutNumbers(in exit, exit.Time - _origin - lag);
        Send();
    }

    // A place and those it returns to, innermost first.
    public void Put(uint guest, uint processor, uint state, ulong ticks, ReadOnlySpan<ulong> chain)
    {
        PutWho(guest, processor);
        _entry.Byte(TraceFormat.Sample);
        _entry.Number(state);
        _entry.Number(ticks);
        int same = 0;
        while (same < chain.Length && same < _frameCount && chain[chain.Length - 1 - same] == _frames[same])
        {
            same++;
        }

        _entry.Number((uint)same);
        _entry.Number((uint)(chain.Length - same));
        for (int i = same; i < chain.Length; i++)
        {
            _frames[i] = chain[chain.Length - 1 - i];
            _entry.Difference(_frames[i], i == 0 ? 0 : _frames[i - 1]);
        }

        _frameCount = chain.Length;
        Send();
    }

    private void PutWho(uint guest, uint processor)
    {
        _entry.Clear();
        uint who = (guest << 8) | processor;
        if (who != _who)
        {
            _entry.Byte(TraceFormat.Who);
            _entry.Number(guest);
            _entry.Number(processor);
            _who = who;
        }
    }

    private void PutNumbers(in ExitRecord exit, ulong time)
    {
        _entry.Difference(time, _time);
        _entry.Number(exit.IsComplete ? exit.Ticks : 0);
        _entry.Difference(exit.Rip, _rip);
        _entry.Number(exit.Qualification);
        if (exit.Subject != 0)
        {
            _entry.Difference(exit.Subject, _subject);
            _subject = exit.Subject;
        }

        if (exit.Cr3 != _cr3)
        {
            _entry.Number(exit.Cr3);
            _cr3 = exit.Cr3;
        }

        (_time, _rip) = (time, exit.Rip);
    }

    // What does not arrive whole ends the stream: its reader reads what is there.
    private void Send()
    {
        if (!IsGivenUp && !Host.TryRecord(_entry.Bytes))
        {
            IsGivenUp = true;
            Writer.Log.Text("minusone: the trace ends here, for its port takes nothing any more; the guests go on"u8)
                .EndLine();
        }
    }
}
