// What a debugger asks while guests stand still, packet by packet. An unknown packet is answered by an empty one, which
// is how the other end learns what there is. GDB manual, E.2 Packets, E.4 General Query Packets.
namespace MinusOne.Hv.Debug;

internal unsafe partial struct GdbServer
{
    private static ReadOnlySpan<byte> Ok => "OK"u8;

    public GdbLink Link;

    // Somebody has spoken, and has not taken leave.
    public bool IsConnected;

    // It has let guests run, and is to hear why they stop.
    public bool IsStopAwaited;

    // The processor that is to make one step; no processor: none is.
    public GdbThread Stepped;

    private GdbIncoming _incoming;
    private GdbThread _selected;
    private Stopped _stop;

    // The guests that the client has, a bit each: the one that stopped first, and those that it attaches.
    private ulong _attached;
    private bool _hasProcesses;
    private bool _isPhysical;

    // What the monitor says, until its line is whole.
    private fixed byte _line[LineBytes];
    private int _lineBytes;

    // Steps that the monitor was asked for and that are still to be made.
    private uint _steps;
    private bool _isOthersTurn;

    private fixed byte _program[LongestPath];
    private int _programBytes;

    private readonly Machine* Machine => Vm.Of(_stop.Vcpu)->Machine;

    // The processor that was chosen for looking at; if it has gone, the one that stopped.
    private readonly Vcpu* Selected
    {
        get
        {
            Vcpu* chosen = _selected.Processor > 0 ? _selected.Find(Machine) : null;
            return chosen != null ? chosen : _stop.Vcpu;
        }
    }

    private readonly bool IsAttached(Vm* vm) => ((_attached >> (int)(vm->Number - 1)) & 1) != 0;

    private void Attach(Vm* vm) => _attached |= 1UL << (int)(vm->Number - 1);

    // Until guests are to run again. Whoever takes no answer any more is gone, and may come again.
    public void Talk(ref Debugger debugger, in Stopped stop)
    {
        _stop = stop;
        Link.IsLost = false;
        if (_steps != 0 && GoesOnStepping())
        {
            return;
        }

        Stepped = default;
        ShowAttached();
        _selected = GdbThread.Of(_stop.Vcpu);
        if (IsStopAwaited)
        {
            IsStopAwaited = false;
            TellStop();
        }

        bool stays = true;
        while (stays && !Link.IsLost)
        {
            if (!Link.TryRead(out byte value))
            {
                stays = IsWanted();
            }
            else if (Link.Take(value, ref _incoming))
            {
                IsConnected = true;
                stays = Answer(ref debugger, Link.Packet(_incoming));
            }
        }

        if (Link.IsLost)
        {
            Writer.Log.Text("the debugger reads no more; the guests go on without it"u8).EndLine();
            debugger.Breakpoints.Clear(0);
            Forget();
        }
    }

    // A guest that the client does not know has stopped with the others: it is told of one that it knows.
    private void ShowAttached()
    {
        for (Vcpu* vcpu = GdbThread.All.Find(Machine); vcpu != null && !IsAttached(Vm.Of(_stop.Vcpu));)
        {
            _stop.Vcpu = IsAttached(Vm.Of(vcpu)) ? vcpu : _stop.Vcpu;
            vcpu = GdbThread.Next(Machine, vcpu);
        }

        Attach(Vm.Of(_stop.Vcpu));
    }

    // The console is heard meanwhile: whoever sits there may end the run, and nothing else.
    private readonly bool IsWanted()
    {
        ConsoleInput* input = ConsoleInput.Of(Machine);
        input->Poll(Machine->At(0), VmSlots.Of(Machine)->FocusSlot);
        Host.Pump();
        Cpu.Pause();
        if (input->Request == ConsoleRequest.Stop)
        {
            return false;
        }

        input->Request = ConsoleRequest.None;
        return true;
    }

    // False: guests go on.
    private bool Answer(ref Debugger debugger, Span<byte> packet)
    {
        var text = new GdbText(packet.IsEmpty ? packet : packet.Slice(1));
        switch (packet.IsEmpty ? 0 : packet[0])
        {
            case (byte)'?': TellStop(); return true;
            case (byte)'!': Link.Send(Ok); return true;
            case (byte)'g': SendRegisters(); return true;
            case (byte)'G': Reply(TryTakeRegisters(ref text)); return true;
            case (byte)'p': SendRegister(ref text); return true;
            case (byte)'P': Reply(TryTakeRegister(ref text)); return true;
            case (byte)'m': SendMemory(ref text); return true;
            case (byte)'M': Reply(TryTakeMemory(ref text, isBinary: false)); return true;
            case (byte)'X': Reply(TryTakeMemory(ref text, isBinary: true)); return true;
            case (byte)'Z': Reply(TrySet(ref debugger, ref text)); return true;
            case (byte)'z': Reply(TryClear(ref debugger, ref text)); return true;
            case (byte)'H': Select(ref text); return true;
            case (byte)'T': Reply(IsThere(ref text)); return true;
            case (byte)'c': return Continue(default);
            case (byte)'s': return Continue(GdbThread.Of(Selected));
            case (byte)'D': return Leave(ref debugger, ref text);
            case (byte)'k': return Kill(0);
            case (byte)'v': return AnswerLong(ref text);
            case (byte)'q' or (byte)'Q': return Query(packet);
            default: Link.Send(default); return true;
        }
    }

    private bool AnswerLong(ref GdbText text)
    {
        if (text.Skip("Cont?"u8))
        {
            Link.Send("vCont;c;C;s;S;t"u8);
        }
        else if (text.Skip("Cont;"u8))
        {
            return GdbResume.TryRead(text, out GdbThread stepped) ? Continue(stepped) : Refuse();
        }
        else if (text.Skip("Kill;"u8))
        {
            return text.TryNumber(out ulong guest) ? Kill((int)Math.Min(guest, VmSlots.Most + 1)) : Refuse();
        }
        else if (text.Skip("Attach;"u8) && text.TryNumber(out ulong wanted))
        {
            _selected = new GdbThread { Guest = (int)Math.Min(wanted, VmSlots.Most + 1), Processor = 1 };
            Vcpu* found = _selected.Find(Machine);
            if (found == null)
            {
                return Refuse();
            }

            Attach(Vm.Of(found));
            _stop = new Stopped { Vcpu = found };
            TellStop();
        }
        else
        {
            Link.Send(default);
        }

        return true;
    }

    private bool Refuse()
    {
        Link.Send("E01"u8);
        return true;
    }

    private void Reply(bool isDone) => Link.Send(isDone ? Ok : "E01"u8);

    // No processor of a guest: none steps. Any: the one that is looked at, if it is meant, too.
    private bool Continue(GdbThread stepped)
    {
        Stepped = stepped.Processor < 0 && stepped.Covers(Selected) ? GdbThread.Of(Selected) : stepped;
        IsStopAwaited = true;
        return false;
    }

    // One guest, or the end of the conversation with all of them; they run on without breakpoints.
    private bool Leave(ref Debugger debugger, ref GdbText text)
    {
        ulong guest = 0;
        bool isOne = text.Skip(";"u8) && text.TryNumber(out guest) && guest - 1 < VmSlots.Most
            && (_attached & ~(1UL << (int)(guest - 1))) != 0;
        _attached &= isOne ? ~(1UL << (int)(guest - 1)) : 0;
        debugger.Breakpoints.Clear(isOne ? (uint)Math.Min(guest, VmSlots.Most + 1) : 0);
        Link.Send(Ok);
        if (isOne)
        {
            return true;
        }

        Forget();
        return false;
    }

    private void Forget()
    {
        IsConnected = IsStopAwaited = _hasProcesses = _isPhysical = false;
        _attached = 0;
        _incoming = default;
        _steps = 0;
        _lineBytes = 0;
        Stepped = default;
        Link.Reset();
    }

    // A guest, or with 0 the run.
    private bool Kill(int guest)
    {
        if (guest == 0)
        {
            Machine->IsStopped = true;
            Vm.Of(_stop.Vcpu)->EndWith(GuestEnd.Stopped);
            IsConnected = false;
            return false;
        }

        Vm* vm = guest <= VmSlots.Of(Machine)->Used ? VmSlots.Of(Machine)->At(guest - 1)->Vm : null;
        if (vm == null)
        {
            return Refuse();
        }

        VmSlot.Of(vm)->Stop();
        Link.Send(Ok);
        return vm != Vm.Of(_stop.Vcpu);
    }

    public void TellEnd(Vm* vm)
    {
        if (IsStopAwaited && IsAttached(vm))
        {
            IsStopAwaited = false;
            Link.Begin();
            Link.Text(vm->End == GuestEnd.PoweredOff || vm->End == GuestEnd.DebugExit ? "W00"u8 : "X0b"u8);
            if (_hasProcesses)
            {
                Link.Text(";process:"u8);
                Link.Number(vm->Number);
            }

            Link.End();
        }
    }
}
