// Good kernels with random damage. Whatever the file says, nothing outside it is read (a span would throw), nothing
// outside the guest's memory or in the pages of a BIOS that runs is written (the guest's memory would refuse, and the
// plan is checked), and what was found ready loads.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class LoadFuzzTests
{
    private const ulong Memory = 0x20_0000;

    private static readonly uint[] s_interesting =
        [0, 1, 2, 4, 0x1000, 0x6000, 0xA000, 0x10_0000, (uint)Memory - 1, (uint)Memory, 0x7FFF_FFFF, 0x8000_0000,
            uint.MaxValue];

    private static readonly List<byte[]> s_good =
        [Elf(false), Elf(true), Flat(), Linux(), Tagged(), TaggedElf(), Pvh()];

    [Fact]
    public void DamageIsSurvived() => Run(seed: 1, rounds: 100_000);

    [Fact]
    [Trait("Speed", "Slow")]
    public void MuchDamageIsSurvived() => Run(seed: 2, rounds: 3_000_000);

    private static void Run(int seed, int rounds)
    {
        var random = new Random(seed);
        var outcomes = new Dictionary<LoadStatus, int>();
        LoadMachine machine = New();
        for (int round = 0; round < rounds; round++)
        {
            byte[] file = Damage(random, s_good[round % s_good.Count]);
            try
            {
                LoadStatus status = machine.Examine(file);
                outcomes[status] = outcomes.GetValueOrDefault(status) + 1;
                Check(machine);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}, round {round}: {Convert.ToHexString(file)}", error);
            }

            // Pages stay mapped, and pins pinned.
            if (round % 500 == 499)
            {
                machine.Dispose();
                machine = New();
            }
        }

        machine.Dispose();
        Assert.True(outcomes.Count > 12, string.Join(", ", outcomes));
        Assert.InRange(outcomes[LoadStatus.Ready], rounds / 20, rounds);
    }

    private static LoadMachine New()
    {
        var machine = new LoadMachine(Memory);
        machine.Files.Initrd = machine.Pin(new byte[100]);
        machine.Files.OwnEntry = machine.Pin(new byte[100]);
        return machine;
    }

    private static void Check(LoadMachine machine)
    {
        KernelPlan plan = machine.Plan;
        if (plan.Status != LoadStatus.Ready)
        {
            return;
        }

        Assert.Equal("ready", machine.Load());
        Assert.True(plan.Start < plan.End && plan.End.Value <= Memory);
        Assert.True(plan.Entry >= plan.Start && plan.Entry < plan.End);
        Assert.True(plan.Initrd >= plan.End && plan.Initrd.Value + 100 <= Memory);
        Assert.True(plan.Sections.Value == 0 || (plan.Sections >= plan.End && plan.Sections < plan.Initrd));
        ulong told = plan.Information.Value;
        Assert.True(
            told + 0x1000 <= plan.Start.Value || (told >= plan.End.Value && told + 0x1000 <= plan.Initrd.Value));
        Assert.True(!plan.ThroughBios || machine.Read32(0x7000) == 0);
    }

    // A few bytes or words anywhere, most of them in the headers, now and then a cut.
    private static byte[] Damage(Random random, byte[] good)
    {
        byte[] file = random.Next(8) == 0 ? good[..random.Next(good.Length)] : (byte[])good.Clone();
        for (int i = random.Next(1, 5); i > 0 && file.Length > 8; i--)
        {
            int at = random.Next(random.Next(4) == 0 ? file.Length - 4 : Math.Min(HeaderOf(file), file.Length - 4));
            if (random.Next(2) == 0)
            {
                file[at] = (byte)random.Next(256);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(
                    file.AsSpan(at & ~3), s_interesting[random.Next(s_interesting.Length)]);
            }
        }

        return file;
    }

    // The first bytes, or what a Linux kernel has of a header.
    private static int HeaderOf(byte[] file) => file[0] == 0 && file.Length > 0x270 ? 0x270 : 300;

    private static byte[] Linux() =>
        new LinuxWriter { Preferred = 0x10_0000, Alignment = 0x1000, InitSize = 0x8000 }.ToArray();

    private static byte[] Elf(bool isWide)
    {
        var elf = new ElfWriter(isWide) { Entry = 0x10_0000 };
        byte[] code = new byte[64];
        MultibootWriter.Header(3).CopyTo(code, 16);
        elf.Segment(0x10_0000, code, 0x1000);
        elf.Segment(0x10_2000, new byte[10], 20);
        elf.Section(".symtab", 2, new byte[32]);
        return elf.ToArray();
    }

    private static byte[] Tagged() => Multiboot2Writer.Flat(
        0x100, 0x10_0000, 0x10_0200, 0x10_0004, Multiboot2Writer.Tag(10, 0x10_0000, 0x1F_FFFF, 0x1000, 0));

    private static byte[] TaggedElf()
    {
        var elf = new ElfWriter(isWide: true) { Entry = 0x10_0000 };
        elf.Segment(0x10_0000, Multiboot2Writer.Header(Multiboot2Writer.Tag(1, 3, 6)), 0x1000);
        elf.Section(".symtab", 2, new byte[32]);
        return elf.ToArray();
    }

    private static byte[] Pvh()
    {
        var elf = new ElfWriter(isWide: true) { Entry = 0x10_0000 };
        elf.Segment(0x10_0000, new byte[64], 0x1000);
        elf.Segment(0, Multiboot2Writer.Note("Xen", 18, 4, 0, 0x10, 0), 0, type: 4);
        return elf.ToArray();
    }

    private static byte[] Flat() => MultibootWriter.Flat(0x100, 0x10, 0x10_0000, 0x10_0100, 0x10_0200, 0x10_0004);
}
