// The line to a debugger: whatever comes over it, guests go on or end, and what is a packet is answered.

using System;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

public sealed unsafe class GdbPacketTests
{
    private static readonly string[] s_words =
    [
        "g", "G00", "p10", "P0=00", "m1000,10", "M1000,1:90", "X1000,1:a", "Z0,1000,1", "z0,1000,1", "Z2,2000,8", "?",
        "vCont?", "vCont;c", "vCont;s:p1.1", "s", "c", "Hg0", "Hgp1.1", "qSupported:multiprocess+", "qfThreadInfo",
        "qsThreadInfo", "qRcmd,68656c70", "QStartNoAckMode", "qXfer:features:read:target.xml:0,40", "T1", "D;1",
        "vKill;1", "vAttach;1", "Qqemu.PhyMemMode:1", "\u0003", "}", "#", "$", "-1", "p", ",", ":", "ffffffffffffffff",
    ];

    [Theory]
    [InlineData("$?#00", "-")]
    [InlineData("$nonsense#69", "+$#00")]
    [InlineData("$#00", "+$#00")]
    [InlineData("+-x$?$?#3f", "+$T05thread:101;#38")]
    [InlineData("$qqemu.Ph}YMemMode#89", "+$0#30")]
    public void PacketsAreConfirmedOrNot(string sent, string answered)
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.SayRaw(sent);
        machine.SayRaw(GdbMachine.Frame(GdbMachine.Detach));
        machine.Run();
        Assert.StartsWith(answered, Sent);
    }

    // Nothing but the answers, once both sides have agreed on it.
    [Fact]
    public void WithoutConfirmationThereIsNone()
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("QStartNoAckMode", "qsThreadInfo", GdbMachine.Detach).Run();
        Assert.Equal("+$OK#9a$l#6c$OK#9a", Sent);
    }

    [Theory]
    [InlineData(GdbLink.PacketBytes, "+$E01#a6")]
    [InlineData(GdbLink.PacketBytes + 1, "+$#00")]
    public void APacketThatIsTooLongIsNotKnown(int bytes, string answered)
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say("p" + new string('x', bytes - 1), GdbMachine.Detach).Run();
        Assert.StartsWith(answered, Sent);
    }

    // Guests that run are looked at now and then; a byte is enough for them to stop.
    [Fact]
    public void ACallStopsAGuestThatRuns()
    {
        using var machine = new GdbMachine();
        machine.Debugger->WaitsAtStart = false;
        machine.Guest.Then(guest =>
        {
            machine.SayRaw("\u0003");
            machine.Say("?", GdbMachine.Detach);
            machine.Core.Processor.Tsc += 10_000_000;
            guest.Exit(Exits.PreemptionTimer());
            Assert.True(machine.IsHeard);
            guest.Hlt();
        });
        machine.Run(hasConsole: false);
        Assert.Equal(["T02thread:101;", "OK"], machine.Answers);
    }

    // Whoever goes without a word has left no breakpoint behind: the runner says it in its name.
    [Fact]
    public void WhoLeavesLeavesNothing()
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0xF4ul, machine.At(0x1000, 1));
            guest.Hlt();
        });
        machine.Say("Z0,1000,1", GdbMachine.Detach).Run();
        Assert.Equal(["OK", "OK"], machine.Answers);
    }

    [Theory]
    [InlineData("k", "end=stopped")]
    [InlineData("vKill;1", "end=stopped")]
    [InlineData("D", "end=halt")]
    public void AGuestIsEndedOrLeft(string packet, string end)
    {
        using var machine = new GdbMachine();
        machine.Guest.Then(guest => guest.Hlt());
        machine.Say(packet).Run();
        Assert.Contains(end, machine.Core.Log);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnythingAtAllIsSurvived(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 200; i++)
        {
            Play(random);
        }
    }

    [Fact]
    public void AnythingAtAllIsAnswered()
    {
        var random = new Random(3);
        long before = GdbPackets.Sent;
        for (int i = 0; i < 100; i++)
        {
            GdbPackets.Play(random);
        }

        Assert.InRange(GdbPackets.Sent - before, 1000, 12800);
    }

    // Words of the protocol and bytes of any kind, as packets or without a frame, while a guest runs and exits.
    internal static void Play(Random random)
    {
        using var machine = new GdbMachine(random.Next(2) == 0 ? Presets.MonitorTrapFlag() : null);
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random)));
            machine.SayRaw(random.Next(4) != 0 ? GdbMachine.Frame(text) : text);
        }

        machine.Guest.Handler = (guest, _) => guest.Iret();
        for (int i = 0; i < 3; i++)
        {
            machine.Guest.Then(guest => guest.Exit(Exits.Cpuid())).Then(guest => guest.Exit(Exits.PreemptionTimer()));
        }

        machine.Guest.Then(guest => guest.Hlt());
        machine.Run();
        Assert.Contains("every frame has come back", machine.Core.Log);
    }

    internal static string Word(Random random) => random.Next(5) != 0
        ? s_words[random.Next(s_words.Length)]
        : Encoding.Latin1.GetString([(byte)random.Next(256)]);

    private static string Sent => Encoding.Latin1.GetString(Host.Written(Output.Debugger).ToArray());
}
