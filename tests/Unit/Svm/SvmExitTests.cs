// Every exit code of SVM through the real run loop, and what the guest finds after it. A code that is added without a
// row fails here.

using System;
using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmExitTests
{
    private const int Goes = -1;

    // What is private to the tests cannot be an argument of one.
    private sealed record Row(ulong Code, GuestExit Exit, int Moved = 0, byte? Vector = null, GuestEnd? End = null)
    {
        public byte[] Bytes { get; init; } = [];

        public ulong Rax { get; init; }

        public ulong? After { get; init; }
    }

    public static IEnumerable<object[]> Codes => Rows.Select((row, index) => new object[] { index, $"{row.Code:X}" });

    private static Row[] Rows => [.. Registers, .. Exceptions, .. Events, .. Plain, .. Hidden, .. Other];

    private static Row[] Registers =>
    [
        new(0x00, Named(0x00), Vector: 6) { Bytes = [0x0F, 0x20, 0xC0] },
        new(0x08, Named(0x08), 4) { Bytes = [0xF0, 0x0F, 0x20, 0xC0], Rax = 5, After = 0 },
        new(0x10, Named(0x10), 3) { Bytes = [0x0F, 0x22, 0xC0], Rax = 0x10 },
        new(0x14, Named(0x14), 3) { Bytes = [0x0F, 0x22, 0xE0], Rax = 0x20 },
        new(0x14, Named(0x14), Vector: 13) { Bytes = [0x0F, 0x22, 0xE0], Rax = 0x2000 },
        new(0x18, Named(0x18), 4) { Bytes = [0xF0, 0x0F, 0x22, 0xC0], Rax = 15 },
        new(0x18, Named(0x18), Vector: 13) { Bytes = [0xF0, 0x0F, 0x22, 0xC0], Rax = 16 },
        new(0x20, Named(0x20), 3) { Bytes = [0x0F, 0x21, 0xC0], Rax = 5, After = 0 },
        new(0x30, Named(0x30), 3) { Bytes = [0x0F, 0x23, 0xC0] },
        new(0x65, Named(0x65), 3) { Bytes = [0x0F, 0x22, 0xC0], Rax = 0x10 },
    ];

    private static Row[] Exceptions =>
    [
        new(0x40, Exits.Exception(0), Vector: 0),
        new(0x41, Exits.Exception(1, null, 1 << 14), Vector: 1),
        new(0x43, Exits.SoftwareException(3), 1, 3) { Bytes = [0xCC] },
        new(0x46, Exits.Exception(6), Vector: 6) { Bytes = [0x0F, 0x0B] },
        new(0x46, Exits.Exception(6), 3) { Bytes = [0x0F, 0x01, 0xC1], After = unchecked((ulong)-1000) },
        new(0x4D, Exits.Exception(13, 0), Vector: 13),
        new(0x4E, Exits.Exception(14, 2, 0x1234), Vector: 14),
        new(0x51, Exits.Exception(17, 0), Vector: 17),
    ];

    private static Row[] Events =>
    [
        new(0x60, Exits.ExternalInterrupt(null)),
        new(0x61, Exits.Nmi()),
        new(0x62, Named(0x62), End: GuestEnd.UnhandledExit),
        new(0x63, Named(0x63), End: GuestEnd.Reset),
        new(0x64, Named(0x64)),
        new(0x74, Named(0x74)),
        new(0x7F, Named(0x7F), End: GuestEnd.TripleFault),
        new(ulong.MaxValue, Named(ulong.MaxValue), End: GuestEnd.EntryFailed),
    ];

    private static Row[] Plain =>
    [
        new(0x6E, Exits.Rdtsc(), 2),
        new(0x6F, SvmExits.Instruction(0x6F, 2), Vector: 13),
        new(0x72, Exits.Cpuid(), 2) { Rax = 0x4000_0000, After = 0x4000_0010 },
        new(0x76, Exits.Invd(), 2),
        new(0x77, Exits.Pause(), 2),
        new(0x78, Exits.Hlt(), 1, null, GuestEnd.Halted),
        new(0x79, Exits.Invlpg(default), 3),
        new(0x7B, Exits.Io(false, 1, 0x3F8), 1) { Rax = 'x' },
        new(0x7C, SvmExits.Of(0x7C, 0) with { InstructionLength = 2 }, Vector: 13),
        new(0x81, SvmExits.Vmmcall(), 3) { After = unchecked((ulong)-1000) },
        new(0x87, Exits.Rdtscp(), 3),
        new(0x89, Exits.Wbinvd(), 2),
        new(0x8D, Exits.Xsetbv(), Vector: 13) { Rax = 2 },
    ];

    // As if the processor had no such instruction. Those that the hypervisor never intercepts are among them.
    private static IEnumerable<Row> Hidden => new ulong[]
    {
        0x70, 0x71, 0x73, 0x75, 0x7A, 0x7E, 0x80, 0x82, 0x83, 0x84, 0x85, 0x86, 0x8A, 0x8B, 0x8C, 0x8E, 0xA0, 0xA1,
        0xA2, 0xA3, 0xA4,
    }.Select(code => new Row(code, SvmExits.Instruction(code, 3), Vector: 6));

    private static Row[] Other =>
    [
        new(0x66, SvmExits.Instruction(0x66, 3), Goes),
        new(0x67, SvmExits.Instruction(0x67, 3), Goes),
        new(0x68, SvmExits.Instruction(0x68, 3), Goes),
        new(0x69, SvmExits.Instruction(0x69, 3), Goes),
        new(0x6A, SvmExits.Instruction(0x6A, 3), Goes),
        new(0x6B, SvmExits.Instruction(0x6B, 3), Goes),
        new(0x6C, SvmExits.Instruction(0x6C, 3), Goes),
        new(0x6D, SvmExits.Instruction(0x6D, 3), Goes),
        new(0x7D, SvmExits.TaskSwitch(0x28, false, true) with { InstructionLength = 5 }, Goes),
        new(0x88, SvmExits.Icebp(), 1, 1) { Bytes = [0xF1] },
        new(0x400, SvmExits.NestedPageFault(0x5000, Access.Write, isPresent: false)),
        new(0x400, SvmExits.NestedPageFault(0x12_3456, Access.Read, false), End: GuestEnd.IllegalAddress),
    ];

    [Theory]
    [MemberData(nameof(Codes))]
    public void HasItsAnswer(int index, string code) => Check(nameof(Presets.Ryzen), Rows[index], code);

    // The same where the processor tells no lengths: the instruction is read.
    [Theory]
    [MemberData(nameof(Codes))]
    public void HasItsAnswerWithoutTheNextRip(int index, string code) =>
        Check(nameof(Presets.PlainSvm), Rows[index], code);

    // A lesson is told of its exits here as well, with nothing of a VMCS.
    [Fact]
    public void ExitsAreNarrated()
    {
        using var scene = new SvmScene();
        scene.Core.Lesson->Features |= LessonFeatures.Narrate;
        scene.Core.Expect((ExitReason.Invlpg, 1, 1), (ExitReason.ExceptionOrNmi, 1, 1), (ExitReason.TripleFault, 1, 1));
        scene.Guest.Then(Exits.Invlpg(default));
        scene.Guest.Then(Exits.Exception(14, 2, 0x1234));
        scene.Guest.Then(Exits.TripleFault());
        scene.Play(GuestEnd.TripleFault);
        Assert.Contains("1234", scene.Core.Console);
    }

    [Fact]
    public void EveryCodeHasAScript() => Assert.Empty(
        Enum.GetValues<ExitCode>().Select(code => (ulong)code).Except(Rows.Select(row => row.Code)));

    private static void Check(string preset, Row row, string code)
    {
        using var scene = new SvmScene(preset);
        ulong rip = 0, rax = 0;
        scene.Guest.Then(guest =>
        {
            byte[] bytes = row.Bytes.Length != 0 ? row.Bytes : SvmCode.Of(row.Exit, false) ?? [];
            guest.Place(bytes);
            (guest.Registers.Rax, guest.Registers.Rcx, guest.Registers.Rdx) = (row.Rax, 0x1234, 0);
            guest.Exit(row.Exit);
            (rip, rax) = (guest.Rip, guest.Registers.Rax);
            guest.Hlt();
        });
        scene.Core.Config->ExpectedEnd = row.End ?? GuestEnd.Halted;
        Assert.True(scene.Core.Run() || row.Moved == Goes, $"{code}: {scene.Core.Log}");
        if (row.Moved == Goes || row.End is not null)
        {
            return;
        }

        Assert.Equal(SvmScene.Entry + (uint)row.Moved, rip);
        Assert.Equal(row.Vector, scene.Guest.Events.SingleOrDefault()?.Vector);
        Assert.Equal(row.After ?? rax, rax);
    }

    private static GuestExit Named(ulong code) => SvmExits.Of(code);
}
