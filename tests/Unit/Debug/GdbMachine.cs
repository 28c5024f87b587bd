// A guest with a debugger that waits at its start: packets are laid down before the run, in the order in which they are
// read, and what came back is taken apart afterwards.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using MinusOne.Tests.Unit.Devices;

namespace MinusOne.Tests.Unit.Debug;

internal sealed unsafe class GdbMachine : IDisposable
{
    public const string Detach = "D";
    public const string Go = "vCont;c";

    private static readonly GuestExit s_int1 = new(ExitReason.ExceptionOrNmi)
    {
        Interruption = 0x8000_0501,
        InstructionLength = 1,
        SvmCode = (ulong)ExitCode.Icebp,
    };

    // A script runs on a thread of its own, and the line belongs to the test's.
    private readonly Queue<byte> _sent = Host.FromDebugger;

    public GdbMachine(SoftProcessor processor = null)
        : this(new CoreMachine(processor))
    {
    }

    public GdbMachine(CoreMachine core)
    {
        Core = core;
        Host.FromDebugger.Clear();
        Host.Room.IsDebuggerStuck = false;
        Host.Written(Output.Debugger).Clear();
        Host.Typed.Clear();
        Debugger = Hv.Debug.Debugger.Of(Core.Machine);
        Host.Debugger = text => Debugger->Server.Print(text);
        Debugger->IsOn = Debugger->WaitsAtStart = true;
    }

    public CoreMachine Core { get; }

    public Debugger* Debugger { get; }

    public ScriptedGuest Guest => Core.Guest;

    // All that was said has been read.
    public bool IsHeard => _sent.Count == 0;

    // The answers to packets, without their frames.
    public List<string> Answers { get; } = [];

    // The guest executes what stands where a breakpoint is.
    public void MeetBreakpoint(ScriptedGuest guest) => guest.Exit(s_int1);

    // A number in the guest's memory, without touching it as a guest.
    public ulong At(ulong address, int bytes)
    {
        ulong value = 0;
        VmSlots.Of(Core.Machine)->At(0)->Vm->Memory.Read(new Gpa(address), new Span<byte>(&value, bytes));
        return value;
    }

    public static string Frame(string packet) =>
        $"${packet}#{(byte)packet.Aggregate(0, (sum, letter) => sum + letter):x2}";

    public GdbMachine Say(params string[] packets)
    {
        Array.ForEach(packets, packet => SayRaw(Frame(packet)));
        return this;
    }

    public void SayRaw(string text)
    {
        foreach (char letter in text)
        {
            _sent.Enqueue((byte)letter);
        }
    }

    // In the end somebody at the console ends what still stands.
    public bool Run(bool hasConsole = true)
    {
        SerialPortTests.Type(hasConsole ? "\u0001x" : "");
        bool isGood = Core.Run();
        TakeApart(Encoding.Latin1.GetString(Host.Written(Output.Debugger).ToArray()));
        return isGood;
    }

    public void Dispose()
    {
        Host.Debugger = null;
        Host.FromDebugger.Clear();
        Host.Typed.Clear();
        Core.Dispose();
    }

    private void TakeApart(string text)
    {
        int start;
        while ((start = text.IndexOf('$')) >= 0)
        {
            int end = text.IndexOf('#', start);
            string packet = text[(start + 1)..end];
            if (Frame(packet) != text[start..(end + 3)])
            {
                throw new InvalidOperationException($"'{packet}' has another sum than its own");
            }

            Answers.Add(packet);
            text = text[(end + 3)..];
        }
    }
}
