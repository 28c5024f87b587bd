// From the keyboard to the guest: what passes, what is for the hypervisor, and what waits.

using System;
using System.Text;
using Xunit;
using HvMonitor = MinusOne.Hv.Console.Monitor;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class ConsoleTests : IDisposable
{
    private const int Data = 0x3F8, LineStatus = 0x3FD;

    private readonly BoardMachine _machine = new(VmFeatures.None);

    private ref ConsoleQueue Queue => ref Input.QueueOf(_machine.Vm);

    private ref ConsoleInput Input => ref *ConsoleInput.Of(_machine.Vm->Machine);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void RubbishPassesUnchangedIfEveryEscapeIsDoubled()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            byte[] sent = new byte[10_000];
            random.NextBytes(sent);
            foreach (byte value in sent)
            {
                Host.Typed.Enqueue(value);
                if (value == 1)
                {
                    Host.Typed.Enqueue(value);
                }
            }

            foreach (byte value in sent)
            {
                Assert.True((_machine.In(LineStatus) & 1) != 0, $"seed {seed}: something is lost");
                Assert.True(_machine.In(Data) == value, $"seed {seed}: something is changed");
                if (random.Next(50) == 0)
                {
                    SerialAccess.Poll(&_machine.Vm->Board, 0);
                }
            }

            Assert.Equal(0x60u, _machine.In(LineStatus));
        }
    }

    [Theory]
    [InlineData("\u0001x", (int)ConsoleRequest.Stop)]
    [InlineData("\u0001X", (int)ConsoleRequest.Stop)]
    [InlineData("\u0001c", (int)ConsoleRequest.Monitor)]
    [InlineData("\u0001b", (int)ConsoleRequest.Break)]
    [InlineData("\u0001h", (int)ConsoleRequest.Help)]
    [InlineData("\u0001?", (int)ConsoleRequest.Help)]
    [InlineData("x", (int)ConsoleRequest.None)]
    [InlineData("\u0001a", (int)ConsoleRequest.None)]
    public void AnEscapeAsks(string typed, int request)
    {
        SerialPortTests.Type(typed);
        SerialAccess.Poll(&_machine.Vm->Board, 0);
        Assert.Equal(request, (int)Input.Request);
        Assert.Equal(request == 0 ? 1u : 0, Queue.Count);
    }

    // A guest that does not read: the escape behind what it was sent is seen all the same.
    [Fact]
    public void AnEscapeIsSeenBehindWhatNobodyReads()
    {
        SerialPortTests.Type(new string('z', 100) + "\u0001x");
        SerialAccess.Poll(&_machine.Vm->Board, 0);
        Assert.Equal(ConsoleRequest.Stop, Input.Request);
        HvMonitor.Answer(_machine.Vm, null, 0);
        Assert.Equal(GuestEnd.Stopped, _machine.Vm->End);
        Assert.True(_machine.Vm->Machine->IsStopped);
    }

    [Fact]
    public void TheOtherEndIsHeldWhileTheGuestDoesNotRead()
    {
        SerialPortTests.Type(new string('z', 6000));
        SerialAccess.Poll(&_machine.Vm->Board, 0);
        Assert.True(Host.IsInputHeld);
        Assert.Equal(ConsoleQueue.Size, Queue.Count);
        int read = 0;
        while ((_machine.In(LineStatus) & 1) != 0)
        {
            _machine.In(Data);
            read++;
            Assert.True(Host.IsInputHeld || Queue.Count <= 1024, $"let go with {Queue.Count} waiting");
            Assert.True(!Host.IsInputHeld || Queue.Count > 1024 - 16, $"held with {Queue.Count} waiting");
        }

        Assert.Equal(6000, read);
        Assert.False(Host.IsInputHeld);
    }

    [Fact]
    public void TheMonitorEndsTheRun()
    {
        Vcpu vcpu = default;
        SerialPortTests.Type("\u0001cquit\nrest");
        SerialAccess.Poll(&_machine.Vm->Board, 0);
        HvMonitor.Answer(_machine.Vm, &vcpu, 0);
        Assert.Equal(GuestEnd.Stopped, _machine.Vm->End);
        Assert.True(_machine.Vm->Machine->IsStopped);
    }

    [Fact]
    public void TheMonitorObeysAndGoesBack()
    {
        Vcpu vcpu = default;
        SerialPortTests.Type("\u0001cexi\rx\u007fpages\nfoo\nnmi\npow\ncontinue\nrest");
        SerialAccess.Poll(&_machine.Vm->Board, 0);
        HvMonitor.Answer(_machine.Vm, &vcpu, 0);
        string printed = Encoding.Latin1.GetString(Host.Written(Output.Console).ToArray());
        Assert.Contains("ticks each\n", printed);
        Assert.Contains("memory 0 pages", printed);
        Assert.Contains("foo\n'foo' is no command; help lists all\n", printed);
        Assert.Contains("no power button", printed);
        Assert.True(vcpu.Events.HasNmi);
        Assert.Equal(GuestEnd.None, _machine.Vm->End);
        Assert.Equal('r', (char)_machine.In(Data));
    }
}
