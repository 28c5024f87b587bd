// The one place where RIP moves, against the manual's rules written down a second time: wrapping at 16 and 32 bits,
// blocking that ends, single steps.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed class InstructionTests
{
    private const uint CodeLong = 1u << 13;
    private const uint CodeBig = 1u << 14;
    private const ulong Trap = 1ul << 8;
    private const ulong Resume = 1ul << 16;
    private const ulong BranchStep = 1ul << 1;
    private const ulong Step = 1ul << 14;

    [Theory]
    [InlineData(16, 0x1234ul, 2u, 0x1236ul)]
    [InlineData(16, 0xFFFEul, 2u, 0x1_0000ul)]
    [InlineData(16, 0xFFFFul, 2u, 0x1_0001ul)]
    [InlineData(16, 0xFFFF_FFFEul, 3u, 1ul)]
    [InlineData(32, 0xFFFFul, 2u, 0x1_0001ul)]
    [InlineData(32, 0xFFFF_FFFFul, 3u, 2ul)]
    [InlineData(33, 0xFFFF_FFFEul, 2u, 0ul)]
    [InlineData(64, 0xFFFFul, 2u, 0x1_0001ul)]
    [InlineData(64, 0xFFFF_FFFEul, 3u, 0x1_0000_0001ul)]
    [InlineData(64, 0x7FFF_FFFF_FFFEul, 2u, 0x8000_0000_0000ul)]
    [InlineData(64, 0xFFFF_FFFF_FFFF_FFFEul, 3u, 1ul)]
    public unsafe void RipWrapsAsTheModeSays(int mode, ulong rip, uint length, ulong next)
    {
        var machine = new GuestFixture(GoodVmcs.Long64());
        SetMode(mode);
        Vmcs.Write(VmcsNatural.GuestRip, rip);
        machine.Processor.Vmx.Current[VmcsReadOnly32.ExitInstructionLength] = length;
        InstructionEnd.Advance(null);
        Assert.Equal(next, Vmcs.Read(VmcsNatural.GuestRip));
    }

    [Theory]
    [InlineData(0ul, 0ul, 0ul)]
    [InlineData(Trap, 0ul, Step)]
    [InlineData(Trap, BranchStep, 0ul)]
    [InlineData(0ul, BranchStep, 0ul)]
    public void ASingleStepIsReportedUnlessItIsOnBranches(ulong flags, ulong debugControl, ulong pending)
    {
        _ = new GuestFixture(GoodVmcs.Long64());
        Vmcs.Write(VmcsNatural.GuestRflags, 2 | flags);
        Vmcs.Write(Vmcs64.GuestDebugCtl, debugControl);
        InstructionEnd.Advance(2);
        Assert.Equal(pending, Vmcs.Read(VmcsNatural.GuestPendingDebugExceptions));
    }

    [Fact]
    public void RandomInstructionsFollowTheRules()
    {
        const int Seed = 20;
        var random = new Random(Seed);
        _ = new GuestFixture(GoodVmcs.Long64());
        int[] modes = [16, 32, 33, 64];
        for (int i = 0; i < 3000; i++)
        {
            int mode = modes[random.Next(4)];
            ulong mask = mode == 16 ? 0xFFFF : mode == 64 ? ulong.MaxValue : 0xFFFF_FFFF;
            ulong near = (ulong)random.NextInt64() & ~0xFul;
            ulong rip = (random.Next(3) == 0 ? near | 0xFFF0 : random.Next(2) == 0 ? near | 0xFFFF_FFF0 : near) & mask;
            rip += (uint)random.Next(16);
            rip &= mask;
            mask |= uint.MaxValue;
            uint length = (uint)random.Next(1, 16);
            uint blocking = (uint)random.Next(32);
            ulong flags = 2 | ((ulong)random.Next(2) * Trap) | ((ulong)random.Next(2) * Resume)
                | ((ulong)random.Next(2) << 9);
            ulong debugControl = (ulong)random.Next(4);
            ulong pending = (ulong)random.Next(16);
            SetMode(mode);
            Vmcs.Write(VmcsNatural.GuestRip, rip);
            Vmcs.Write(Vmcs32.GuestInterruptibilityState, blocking);
            Vmcs.Write(VmcsNatural.GuestRflags, flags);
            Vmcs.Write(Vmcs64.GuestDebugCtl, debugControl);
            Vmcs.Write(VmcsNatural.GuestPendingDebugExceptions, pending);

            InstructionEnd.Advance(length);

            bool steps = (flags & Trap) != 0 && (debugControl & BranchStep) == 0;
            string what = $"seed {Seed}, number {i}, mode {mode}, RIP {rip:X} + {length}";
            Assert.True(((rip + length) & mask) == Vmcs.Read(VmcsNatural.GuestRip), what);
            Assert.True((blocking & ~3u) == Vmcs.Read(Vmcs32.GuestInterruptibilityState), what);
            Assert.True((flags & ~Resume) == Vmcs.Read(VmcsNatural.GuestRflags), what);
            Assert.True(
                (pending | (steps ? Step : 0)) == Vmcs.Read(VmcsNatural.GuestPendingDebugExceptions), what);
        }
    }

    // 33: a 32-bit code segment under long mode.
    private static void SetMode(int mode)
    {
        uint rights = Vmcs.Read(Vmcs32.GuestCsAccessRights) & ~(CodeLong | CodeBig);
        Vmcs.Write(Vmcs32.GuestCsAccessRights, rights | (mode == 64 ? CodeLong : mode == 16 ? 0 : CodeBig));
        Vmcs.Write(Vmcs64.GuestEfer, mode is 33 or 64 ? 0xD00ul : 0);
    }
}
