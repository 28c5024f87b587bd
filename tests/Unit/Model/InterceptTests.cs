// Which instructions exit, for every control that decides about them, and with which qualification and length. The
// bitmaps are tried at all their corners. SDM 3C 27.1 Instructions That Cause VM Exits.

using System;
using System.Collections.Generic;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class InterceptTests
{
    private const ExitReason ControlRegister = ExitReason.ControlRegisterAccess;

    // Each entry: a control, what it makes exit, the reason, the length.
    public static IEnumerable<object[]> Controlled =>
    [
        Row(PrimaryControls.HltExiting, guest => guest.Hlt(), ExitReason.Hlt, 1),
        Row(PrimaryControls.PauseExiting, guest => guest.Pause(), ExitReason.Pause, 2),
        Row(PrimaryControls.RdtscExiting, guest => guest.Rdtsc(), ExitReason.Rdtsc, 2),
        Row(PrimaryControls.RdtscExiting, guest => guest.Rdtscp(), ExitReason.Rdtscp, 3),
        Row(PrimaryControls.InvlpgExiting, guest => guest.Invlpg(new Gva(0x5000)), ExitReason.Invlpg, 3, 0x5000),
        Row(PrimaryControls.Cr3LoadExiting, guest => guest.MovToCr3(0x1000, 3), ControlRegister, 3, 0x303),
        Row(PrimaryControls.Cr3StoreExiting, guest => guest.MovFromCr3(6), ControlRegister, 3, 0x613),
        Row(PrimaryControls.Cr8LoadExiting, guest => guest.MovToCr8(1), ControlRegister, 4, 8),
        Row(PrimaryControls.Cr8StoreExiting, guest => guest.MovFromCr8(9), ControlRegister, 4, 0x918),
        Row(PrimaryControls.MovDrExiting, guest => guest.MovDr(7, 2, true), ExitReason.MovDr, 3, 0x217),
        Row(PrimaryControls.UnconditionalIoExiting, guest => guest.Out8(7, 1), ExitReason.IoInstruction, 1, 7ul << 16),
    ];

    [Theory]
    [MemberData(nameof(Controlled))]
    public void AControlDecides(object control, object action, object reason, uint length, ulong qualification)
    {
        foreach (bool exits in new[] { true, false })
        {
            var machine = new GuestFixture();
            machine.Clear(PrimaryControls.UseIoBitmaps | PrimaryControls.HltExiting);
            machine.Clear(PrimaryControls.Cr3LoadExiting | PrimaryControls.Cr3StoreExiting);
            machine.Set(SecondaryControls.EnableRdtscp);
            machine.Set(exits ? (PrimaryControls)control : 0);
            machine.Processor.Ports.Allow(7);
            machine.Guest.Then((Action<ScriptedGuest>)action).Then(Exits.TripleFault());
            machine.Expect(exits ? (ExitReason)reason : ExitReason.TripleFault);
            if (exits)
            {
                Assert.Equal((length, qualification), (machine.Length, machine.Qualification));
            }
        }
    }

    // C4: what a sensitive instruction reports, and that it does nothing without the control.
    [Fact]
    public void AnyInstructionMayHaveAControl()
    {
        var machine = new GuestFixture();
        GuestExit sgdt = Exits.Instruction(ExitReason.GdtrOrIdtrAccess, 7) with
        {
            Qualification = 0x1234,
            InstructionInformation = 0x100,
        };
        machine.Guest.Then(guest =>
        {
            guest.Instruction(sgdt, SecondaryControls.DescriptorTableExiting);
            guest.Instruction(Exits.Instruction(ExitReason.Mwait, 3), PrimaryControls.MwaitExiting);
            guest.Wbinvd();
            guest.Vmcall();
        });
        machine.Set(SecondaryControls.DescriptorTableExiting);
        machine.Expect(ExitReason.GdtrOrIdtrAccess);
        Assert.Equal((7u, 0x1234ul), (machine.Length, machine.Qualification));
        Assert.Equal(0x100u, Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation));
        machine.Advance();
        machine.Clear(PrimaryControls.MwaitExiting);
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void SomeAlwaysExit()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            guest.Invd();
            guest.Vmcall();
            guest.Xsetbv(0, 0x1_0000_0007);
        });
        foreach ((ExitReason reason, uint length) in new[]
        {
            (ExitReason.Cpuid, 2u), (ExitReason.Invd, 2u), (ExitReason.Vmcall, 3u), (ExitReason.Xsetbv, 3u),
        })
        {
            machine.Expect(reason);
            Assert.Equal((length, 0ul), (machine.Length, machine.Qualification));
            machine.Advance();
        }

        Assert.Equal((0ul, 7ul, 1ul), (machine.Registers.Rcx, machine.Registers.Rax, machine.Registers.Rdx));
    }

    // The bit of any port of the access, bitmap B above 7FFF, and always where the access wraps.
    [Theory]
    [InlineData(0x3F8, 0x3F8, 1, true)]
    [InlineData(0x3F8, 0x3F7, 1, false)]
    [InlineData(0x3F8, 0x3F7, 2, true)]
    [InlineData(0x3F8, 0x3F9, 1, false)]
    [InlineData(0x3F8, 0x3F5, 4, true)]
    [InlineData(0x3F8, 0x3F4, 4, false)]
    [InlineData(0x8000, 0x7FFF, 2, true)]
    [InlineData(0x8000, 0x0000, 1, false)]
    [InlineData(0x7FFF, 0x7FFF, 1, true)]
    [InlineData(0xFFFF, 0xFFFF, 1, true)]
    [InlineData(0xFFFF, 0xFFFE, 1, false)]
    [InlineData(0x3F8, 0xFFFF, 1, false)]
    [InlineData(0x3F8, 0xFFFF, 2, true)]
    [InlineData(0x3F8, 0xFFFD, 4, true)]
    public void IoBitmaps(int intercepted, int port, int bytes, bool exits)
    {
        var machine = new GuestFixture();
        Vmcs64 bitmap = intercepted < 0x8000 ? Vmcs64.IoBitmapA : Vmcs64.IoBitmapB;
        machine.SetBit(bitmap, (uint)intercepted & 0x7FFF);
        machine.Set(PrimaryControls.UnconditionalIoExiting); // ignored where there are bitmaps
        machine.Processor.Ports.Allow((ushort)port);
        machine.Guest.Then(guest => Out(guest, (ushort)port, bytes)).Then(Exits.TripleFault());
        machine.Expect(exits ? ExitReason.IoInstruction : ExitReason.TripleFault);
        Assert.Equal(exits ? 0 : 1, machine.Processor.Ports.Written.Count);
        if (exits)
        {
            Assert.Equal(((ulong)(uint)port << 16) | (uint)(bytes - 1), machine.Qualification);
        }
    }

    [Fact]
    public void InAndStrings()
    {
        var machine = new GuestFixture();
        machine.SetBit(Vmcs64.IoBitmapA, 0x64);
        machine.Processor.Ports.OnRead(0x60, _ => 0x12);
        machine.Guest.Then(guest =>
        {
            guest.Registers.Rax = 0xAAAA_AAAA_AAAA_AAAA;
            Assert.Equal(0x12, guest.In8(0x60));
            Assert.Equal(0xAAAA_AAAA_AAAA_AA12, guest.Registers.Rax);
            Assert.Equal(0x5678, guest.In16(0x64));
            guest.StringIo(false, 1, 0x64, new Gva(0x9000), true);
        });
        machine.Expect(ExitReason.IoInstruction);
        Assert.Equal((2u, 0x64_0009ul), (machine.Length, machine.Qualification));
        machine.Registers.Rax = 0x1234_5678;
        machine.Advance();
        machine.Expect(ExitReason.IoInstruction);
        Assert.Equal((2u, 0x64_0030ul), (machine.Length, machine.Qualification));
        Assert.Equal(0x9000ul, Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress));
        Assert.Equal(0x1_8100u, Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation));
    }

    // The four cases of mask and match: all, only writes, only reads, none; and without the bit.
    [Theory]
    [InlineData(true, 0u, 0u, 0u, true)]
    [InlineData(true, 0u, 0u, 2u, true)]
    [InlineData(true, 2u, 2u, 0u, false)]
    [InlineData(true, 2u, 2u, 2u, true)]
    [InlineData(false, 2u, 2u, 0u, true)]
    [InlineData(false, 2u, 2u, 2u, false)]
    [InlineData(true, 0u, 1u, 3u, false)]
    [InlineData(false, 0u, 0u, 3u, false)]
    public void PageFaultMaskAndMatch(bool bit, uint mask, uint match, uint code, bool exits)
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        Vmcs.Write(Vmcs32.ExceptionBitmap, bit ? 1u << 14 : 0);
        Vmcs.Write(Vmcs32.PageFaultErrorCodeMask, mask);
        Vmcs.Write(Vmcs32.PageFaultErrorCodeMatch, match);
        machine.Guest.Then(guest => guest.Raise(ExceptionVector.PageFault, code, 0x1234_5000));
        machine.Guest.Then(Exits.TripleFault());
        machine.Expect(exits ? ExitReason.ExceptionOrNmi : ExitReason.TripleFault);
        Assert.Equal(exits ? 0ul : 0x1234_5000, machine.Processor.Cr2);
        if (exits)
        {
            Assert.Equal(0x1234_5000ul, machine.Qualification);
            Assert.Equal(0x8000_0B0Eu, Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));
            Assert.Equal(code, Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode));
            Assert.Equal(Poison.Of(0x440C), machine.Length);
        }
    }

    [Fact]
    public void SoftwareExceptionsHaveALength()
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs32.ExceptionBitmap, (1u << 3) | (1u << 6));
        machine.Guest.Then(guest => guest.Int3());
        machine.Expect(ExitReason.ExceptionOrNmi);
        Assert.Equal(0x8000_0603u, Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation));
        Assert.Equal((1u, 0x7C00ul), (machine.Length, Vmcs.Read(VmcsNatural.GuestRip)));
    }

    [Fact]
    public void TscOffsetAndScaling()
    {
        var machine = new GuestFixture();
        machine.Processor.Tsc = 0x1000;
        Vmcs.Write(Vmcs64.TscOffset, 0x10);
        machine.Guest.Then(guest => Assert.Equal(0x1000ul, guest.Rdtsc())).Then(Exits.Hlt());
        machine.Expect(ExitReason.Hlt);
        machine.Set(PrimaryControls.UseTscOffsetting);
        machine.Guest.Then(guest => Assert.Equal(0x1010ul, guest.Rdtsc())).Then(Exits.Hlt());
        machine.Expect(ExitReason.Hlt);
        machine.Set(SecondaryControls.UseTscScaling);
        Vmcs.Write(Vmcs64.TscMultiplier, 3ul << 47);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x1810ul, guest.Rdtsc());
            Assert.Equal(0x1810ul, guest.Rdmsr(0x10));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    [Fact]
    public void RdtscpNeedsItsControl()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Faults(ExceptionVector.InvalidOpcode, () => guest.Rdtscp());
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
    }

    private static object[] Row(
        PrimaryControls control, Action<ScriptedGuest> does, ExitReason reason, uint length, ulong qualification = 0) =>
        [control, does, reason, length, qualification];

    private static void Out(ScriptedGuest guest, ushort port, int bytes)
    {
        switch (bytes)
        {
            case 1: guest.Out8(port, 0x11); break;
            case 2: guest.Out16(port, 0x2211); break;
            default: guest.Out32(port, 0x4433_2211); break;
        }
    }
}
