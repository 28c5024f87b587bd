// Events on SVM: how they are injected, how long they wait, and what becomes of a delivery that does not come to its
// end.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmInjectionTests
{
    private const string Plain = nameof(Presets.PlainSvm), Ryzen = nameof(Presets.Ryzen);
    private const uint Nmi = 0x8000_0202;
    private const ulong Step = 1 << 14;
    private const ulong Stack = 0x8000;

    [Theory]
    [InlineData(Ryzen, 0x8000_0B0Du, 0x28u, true)]
    [InlineData(Ryzen, 0x8000_0B0Du, 0x28u, false)]
    [InlineData(Plain, 0x8000_0B0Eu, 6u, true)]
    [InlineData(Ryzen, 0x8000_0306u, 0u, true)]
    public void ExceptionsHaveTheirErrorCodes(string preset, uint information, uint code, bool isProtected)
    {
        using var scene = new SvmScene(preset, isProtected, asks: true);
        scene.Guest.Handler = (_, _) => { };
        scene.Play(guest =>
        {
            Queue(guest, information, 0, code);
            guest.Exit(SvmExits.Vmmcall());
        });
        GuestEvent received = Assert.Single(scene.Guest.Events);
        bool hasCode = (information & 0x800) != 0 && isProtected;
        Assert.Equal(((byte)information, hasCode ? code : null), (received.Vector, received.ErrorCode));
        Assert.Equal(SvmScene.Entry + 3, received.ReturnRip);
    }

    // What is pushed is behind the instruction, with and without the field for it.
    [Theory]
    [InlineData(Ryzen, 0x8000_0480u, 2u)]
    [InlineData(Plain, 0x8000_0480u, 2u)]
    [InlineData(Ryzen, 0x8000_0603u, 1u)]
    [InlineData(Plain, 0x8000_0603u, 1u)]
    public void SoftwareInterruptsReturnBehindThemselves(string preset, uint information, uint length)
    {
        using var scene = new SvmScene(preset, isProtected: true, asks: true);
        scene.Guest.Handler = (_, _) => { };
        scene.Play(guest =>
        {
            Queue(guest, information, length);
            guest.Exit(SvmExits.Vmmcall());
        });
        GuestEvent received = Assert.Single(scene.Guest.Events);
        Assert.Equal((byte)information, received.Vector);
        Assert.Equal(SvmScene.Entry + 3 + length, received.ReturnRip);
    }

    // In virtual-8086 mode INT3 goes as an exception. Processors take the next RIP from its field, or RIP.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void BreakpointsOfVirtual8086(string preset)
    {
        using var scene = new SvmScene(preset, isProtected: true, asks: true);
        scene.Guest.Handler = (_, _) => { };
        scene.Guest.Then(guest =>
        {
            guest.Rflags |= (ulong)Rflags.Virtual8086;
            Queue(guest, 0x8000_0603, 1);
            guest.Exit(SvmExits.Vmmcall());
            guest.Rflags &= ~(ulong)Rflags.Virtual8086;
            guest.Hlt();
        });
        scene.Play(GuestEnd.Halted);
        Assert.Equal(SvmScene.Entry + 4, Assert.Single(scene.Guest.Events).ReturnRip);
    }

    // The stack of the delivery is missing at first: the event comes once, and complete.
    [Theory]
    [InlineData(Ryzen, 0x8000_0B0Du, 0u)]
    [InlineData(Ryzen, Nmi, 0u)]
    [InlineData(Ryzen, 0x8000_0480u, 2u)]
    [InlineData(Plain, 0x8000_0480u, 2u)]
    [InlineData(Plain, 0x8000_0B0Du, 0u)]
    public void ADeliveryThatIsInterruptedGoesAgain(string preset, uint information, uint length)
    {
        using var scene = new SvmScene(preset, isProtected: true, asks: true);
        scene.Guest.Handler = (_, _) => { };
        scene.Guest.DeliveryStack = new Gpa(Stack);
        ulong rip = 0;
        scene.Play(guest =>
        {
            Queue(guest, information, length);
            guest.Exit(SvmExits.Vmmcall());
            rip = guest.Rip;
        });
        if (length != 0)
        {
            // It is executed again, which the script does not do here.
            Assert.Empty(scene.Guest.Events);
            Assert.Equal(SvmScene.Entry + 3, rip);
            return;
        }

        GuestEvent received = Assert.Single(scene.Guest.Events);
        Assert.Equal((byte)information, received.Vector);
        Assert.Equal((information & 0x800) != 0 ? 0u : null, received.ErrorCode);
    }

    // INT n of the guest's own.
    [Fact]
    public void AnInterruptInstructionIsExecutedAgain()
    {
        using var scene = new SvmScene();
        scene.Guest.Handler = (_, _) => { };
        scene.Guest.DeliveryStack = new Gpa(Stack);
        scene.Play(guest => guest.Int(0x21));
        GuestEvent received = Assert.Single(scene.Guest.Events);
        Assert.Equal((0x21, SvmScene.Entry + 2), (received.Vector, received.ReturnRip));
    }

    // A second NMI waits until the handler of the first has come behind its IRET.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void NmisWaitForIret(string preset)
    {
        using var scene = new SvmScene(preset, asks: true);
        var order = new List<string>();
        scene.Guest.Handler = (guest, received) =>
        {
            order.Add($"in {order.Count}");
            if (order.Count == 1)
            {
                scene.Ask(guest, Nmi);
                guest.Nop();
            }

            order.Add("out");
        };
        scene.Play(guest =>
        {
            scene.Ask(guest, Nmi);
            guest.Nop();
            guest.Nop();
            order.Add("end");
        });
        Assert.Equal(["in 0", "out", "in 2", "out", "end"], order);
        Assert.All(scene.Guest.Events, received => Assert.Equal(2, received.Vector));
    }

    // An interrupt waits for IF, by way of a virtual one, and for the shadow behind STI.
    [Theory]
    [InlineData(Ryzen)]
    [InlineData(Plain)]
    public void AWindowOpensBehindTheShadow(string preset)
    {
        using var scene = new SvmScene(preset);
        scene.Core.Lesson->PendingVector = 0x41;
        scene.Guest.Handler = (_, _) => { };
        ulong open = 0;
        scene.Play(guest =>
        {
            guest.Nop();
            guest.Cpuid(0);
            Assert.Empty(guest.Events);
            guest.Sti();
            Assert.Empty(guest.Events);
            guest.Nop();
            open = guest.Rip;
        });
        GuestEvent received = Assert.Single(scene.Guest.Events);
        Assert.Equal((0x41, open), (received.Vector, received.ReturnRip));
    }

    // The shadow ends with an instruction that the hypervisor carries out.
    [Fact]
    public void AWindowOpensBehindAnExitInTheShadow()
    {
        using var scene = new SvmScene();
        scene.Core.Lesson->PendingVector = 0x41;
        scene.Guest.Handler = (_, _) => { };
        ulong before = 0;
        scene.Play(guest =>
        {
            guest.Sti();
            before = guest.Rip;
            guest.Cpuid(0);
        });
        Assert.Equal(before + 2, Assert.Single(scene.Guest.Events).ReturnRip);
    }

    // The step over what the guest executes itself, over what is carried out for it, and behind a shadow.
    [Theory]
    [InlineData(Ryzen, false)]
    [InlineData(Ryzen, true)]
    [InlineData(Plain, false)]
    [InlineData(Plain, true)]
    public void EveryInstructionIsStepped(string preset, bool isShadowed)
    {
        using var scene = new SvmScene(preset);
        var status = new List<ulong>();
        scene.Guest.Handler = (_, _) =>
        {
            status.Add(Cpu.Soft.DebugRegisters[6] & Step);
            Cpu.Soft.DebugRegisters[6] &= ~Step;
        };
        ulong[] places = [];
        scene.Play(guest =>
        {
            guest.Rflags |= (ulong)Rflags.Trap;
            if (isShadowed)
            {
                guest.MovSs();
            }

            ulong start = guest.Rip;
            guest.Nop();
            guest.Cpuid(0);
            guest.Rflags &= ~(ulong)Rflags.Trap;
            places = isShadowed ? [start, start + 1, start + 3] : [start + 1, start + 3];
        });
        Assert.All(scene.Guest.Events, received => Assert.Equal(1, received.Vector));
        Assert.Equal(places.TakeLast(2), scene.Guest.Events.Select(received => received.ReturnRip).TakeLast(2));
        Assert.All(status, value => Assert.Equal(Step, value));
    }

    private static void Queue(ScriptedGuest guest, uint information, uint length, uint errorCode = 0)
    {
        (guest.Registers.Rax, guest.Registers.Rdx, guest.Registers.Rcx) = (information, errorCode, length);
        guest.Place(0x0F, 0x01, 0xD9);
    }
}
