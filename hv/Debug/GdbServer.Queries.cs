// What a debugger asks about the guests, and how it is told that they have stopped.
namespace MinusOne.Hv.Debug;

internal unsafe partial struct GdbServer
{
    private const int LongestCommand = 256;
    private const int LineBytes = 128;

    // False: guests go on.
    private bool Query(ReadOnlySpan<byte> packet)
    {
        var text = new GdbText(packet);
        if (text.Skip("qSupported"u8))
        {
            _hasProcesses = Has(text.Rest, "multiprocess+"u8);
            Greet();
        }
        else if (text.Skip("QStartNoAckMode"u8))
        {
            Link.Send(Ok);
            Link.IsQuiet = true;
        }
        else if (text.Skip("qXfer:features:read:target.xml:"u8))
        {
            Describe(ref text);
        }
        else if (_programBytes != 0 && text.Skip("qXfer:exec-file:read:"u8))
        {
            SendProgram(ref text);
        }
        else if (text.Skip("qRcmd,"u8))
        {
            return Command(ref text);
        }
        else if (text.Skip("qAttached"u8))
        {
            Link.Send("1"u8);
        }
        else if (text.Skip("qSymbol"u8))
        {
            Link.Send(Ok);
        }
        else
        {
            QueryThreads(ref text);
        }

        return true;
    }

    private void Greet()
    {
        Link.Greet();
        Link.Begin();
        Link.Text("PacketSize=1000;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;"u8 +
            "hwbreak+;multiprocess+"u8);
        Link.Text(_programBytes != 0 ? ";qXfer:exec-file:read+"u8 : default);
        Link.End();
    }

    private void QueryThreads(ref GdbText text)
    {
        if (text.Skip("qfThreadInfo"u8))
        {
            ListThreads();
        }
        else if (text.Skip("qsThreadInfo"u8))
        {
            Link.Send("l"u8);
        }
        else if (text.Skip("qThreadExtraInfo,"u8))
        {
            DescribeThread(ref text);
        }
        else if (text.Skip("qC"u8) && text.IsEmpty)
        {
            Link.Begin();
            Link.Text("QC"u8);
            GdbThread.Of(Selected).Write(ref Link, _hasProcesses);
            Link.End();
        }
        else if (text.Skip("qqemu.PhyMemMode"u8))
        {
            Link.Send(_isPhysical ? "1"u8 : "0"u8);
        }
        else if (text.Skip("Qqemu.PhyMemMode:"u8) && text.TryNumber(out ulong mode))
        {
            _isPhysical = mode != 0;
            Link.Send(Ok);
        }
        else
        {
            Link.Send(default);
        }
    }

    private static bool Has(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => text.IndexOf(word) >= 0;

    // `m` with a part that is followed by others, `l` with the last.
    private void Describe(ref GdbText text)
    {
        if (!text.TryPair(out ulong start, out ulong length))
        {
            Link.Send("E01"u8);
            return;
        }

        length = Math.Min(length, MostMemory);
        bool hasAvx = new DebugRegisterFile(Machine, Selected).HasAvx;
        ulong all = RegisterTable.DescriptionBytes(ref Link, hasAvx);
        Link.Begin();
        Link.Text(start + length < all ? "m"u8 : "l"u8);
        var window = new TextWindow(ref Link, start, length);
        RegisterTable.Describe(ref window, hasAvx);
        Link.End();
    }

    private void ListThreads()
    {
        Link.Begin();
        bool isFirst = true;
        for (Vcpu* vcpu = GdbThread.All.Find(Machine); vcpu != null; vcpu = GdbThread.Next(Machine, vcpu))
        {
            if (IsAttached(Vm.Of(vcpu)))
            {
                Link.Text(isFirst ? "m"u8 : ","u8);
                GdbThread.Of(vcpu).Write(ref Link, _hasProcesses);
                isFirst = false;
            }
        }

        Link.Text(isFirst ? "l"u8 : default);
        Link.End();
    }

    // In words, for people: the guest's name and what the processor does.
    private void DescribeThread(ref GdbText text)
    {
        Vcpu* vcpu = GdbThread.TryRead(ref text, out GdbThread thread) ? thread.Find(Machine) : null;
        if (vcpu == null)
        {
            Link.Send("E01"u8);
            return;
        }

        VcpuSwitch.To(vcpu);
        byte digit = (byte)('0' + vcpu->Index);
        Link.Begin();
        Link.Bytes(VmSlot.Of(Vm.Of(vcpu))->Name);
        Link.Bytes(", processor "u8);
        Link.Bytes(new ReadOnlySpan<byte>(in digit));
        Link.Bytes(GuestState.Activity == ActivityState.Active ? ", runs"u8 : ", has halted"u8);
        Link.End();
    }

    private readonly bool IsThere(ref GdbText text) =>
        GdbThread.TryRead(ref text, out GdbThread thread) && thread.Find(Machine) != null;

    // `g` and a thread: which one is looked at. `c`: which goes on, which vCont says better.
    private void Select(ref GdbText text)
    {
        bool isForLooking = text.Skip("g"u8);
        bool isGood = (isForLooking || text.Skip("c"u8)) & GdbThread.TryRead(ref text, out GdbThread wanted);
        if (isGood && isForLooking && wanted.Guest > 0)
        {
            isGood = wanted.Find(Machine) != null;
            _selected = isGood ? GdbThread.Of(wanted.Find(Machine)) : _selected;
        }

        Reply(isGood);
    }

    // Why guests stand still.
    private void TellStop()
    {
        _selected = GdbThread.Of(_stop.Vcpu);
        Link.Begin();
        Link.Text("T"u8);
        Link.Bytes(new ReadOnlySpan<byte>(in _stop.Signal));
        Link.Text("thread:"u8);
        GdbThread.Of(_stop.Vcpu).Write(ref Link, _hasProcesses);
        Link.Text(";"u8);
        Link.Text(_stop.Cause switch
        {
            StopCause.Software => "swbreak:;"u8,
            StopCause.Hardware => "hwbreak:;"u8,
            StopCause.Write => "watch:"u8,
            StopCause.Read => "rwatch:"u8,
            StopCause.Access => "awatch:"u8,
            _ => default,
        });
        if (_stop.Cause is StopCause.Write or StopCause.Read or StopCause.Access)
        {
            Link.Number(_stop.Address);
            Link.Text(";"u8);
        }

        Link.End();
        if (_stop.Cause == StopCause.End)
        {
            Writer.Log.Text("guest '"u8).Text(VmSlot.Of(Vm.Of(_stop.Vcpu))->Name).Text("' has ended: "u8)
                .Text(Names.OfEnd((uint)Vm.Of(_stop.Vcpu)->End)).Text("; the debugger has it now"u8).EndLine();
        }
    }

    // A line of the monitor's, in hexadecimal digits. False: its guest has been ended by it, or makes steps.
    private bool Command(ref GdbText text)
    {
        byte* line = stackalloc byte[LongestCommand];
        int length = 0;
        while (length < LongestCommand && text.TryByte(out line[length]))
        {
            length++;
        }

        Vcpu* vcpu = Selected;
        VcpuSwitch.To(vcpu);
        bool stays = Monitor.Obey(Output.Debugger, Vm.Of(vcpu), vcpu, new ReadOnlySpan<byte>(line, length))
            || (Vm.Of(_stop.Vcpu)->End == GuestEnd.None && !Machine->IsStopped);
        Flush();
        if (BeginSteps(vcpu) && stays)
        {
            return false;
        }

        Link.Send(Ok);
        return stays;
    }

    // What the hypervisor says to whoever debugs, a line in a packet.
    public void Print(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            _line[_lineBytes++] = value;
            if (value == '\n' || _lineBytes == LineBytes)
            {
                Flush();
            }
        }
    }

    private void Flush()
    {
        if (_lineBytes == 0)
        {
            return;
        }

        Link.Begin();
        Link.Text("O"u8);
        Link.Bytes(MemoryMarshal.CreateReadOnlySpan(ref _line[0], _lineBytes));
        Link.End();
        _lineBytes = 0;
    }
}
