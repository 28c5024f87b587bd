// Guest page walks in every mode against the naive one: random tables with every kind of trouble in them, random
// control bits, every kind of access; accessed and dirty flags; and walks through real guest memory.

using System;
using System.Collections.Generic;
using Xunit;

namespace MinusOne.Tests.Unit.Memory;

public sealed unsafe class GuestWalkTests
{
    private const Cr4 Smep = Cr4.SupervisorExecutionPrevention, Smap = Cr4.SupervisorAccessPrevention;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomWalks(int mode)
    {
        int translated = 0, reserved = 0, refused = 0;
        for (int seed = 0; seed < 15_000; seed++)
        {
            Random random = new(seed + (mode * 1_000_000));
            string status = Walk(random, (PagingMode)mode, $"mode {mode} seed {seed}", out uint code);
            translated += status == "ok" ? 1 : 0;
            reserved += (code & 8) != 0 ? 1 : 0;
            refused += status == "fault" && (code & 9) == 1 ? 1 : 0;
        }

        Assert.True(translated > 1000);
        Assert.True(mode == 0 || (reserved > 100 && refused > 500));
    }

    // One walk through tables of chance: how it ended, by the naive one.
    internal static string Walk(Random random, PagingMode mode, string what, out uint code)
    {
        NaiveGuestWalk naive = RandomMachine(random, mode);
        ulong linear = RandomAddress(random, naive);
        BuildPath(random, naive, linear);
        GuestPaging paging = PagingOf(naive);
        GuestAccess access = RandomAccess(random);
        bool write = (access & GuestAccess.Write) != 0, fetch = (access & GuestAccess.Fetch) != 0;
        List<ulong> used = [];
        (string result, ulong address, code) = naive.Translate(
            linear,
            write,
            fetch,
            (access & GuestAccess.User) != 0,
            (access & GuestAccess.Implicit) != 0,
            (access & GuestAccess.AlignmentCheck) != 0,
            used);
        DictionaryTables tables = new() { Entries = new(naive.Memory), ReadOnly = ulong.MaxValue };
        GuestTranslation translation = GuestWalk.Translate(ref tables, in paging, new(linear), access);
        string status = Word(translation.Status);
        Assert.True(result == status, $"{what}: {result}, got {status}");
        Assert.True(address == translation.Address.Value, what);
        Assert.True(code == (uint)translation.ErrorCode, $"{what}: {code:X}, got {translation.ErrorCode}");
        bool marks = status == "ok" && (access & GuestAccess.Probe) == 0;
        CheckMarks(naive.Memory, tables.Entries, marks ? used : [], write, what);
        return status;
    }

    private static string Word(GuestWalkStatus status) => status switch
    {
        GuestWalkStatus.Translated => "ok",
        GuestWalkStatus.PageFault => "fault",
        GuestWalkStatus.NotCanonical => "canonical",
        _ => "unreachable",
    };

    [Fact]
    public void ModesFollowTheControlRegisters()
    {
        const Cr0 Pg = Cr0.Paging | Cr0.ProtectionEnable;
        const Efer Lma = Efer.LongModeActive | Efer.LongModeEnable;
        const Cr4 PaeBit = Cr4.PhysicalAddressExtension;
        Assert.Equal(PagingMode.None, new GuestPaging(Cr0.ProtectionEnable, 0, PaeBit, Lma, 40, true).Mode);
        Assert.Equal(PagingMode.Bits32, new GuestPaging(Pg, 0, 0, 0, 40, true).Mode);
        Assert.Equal(PagingMode.Pae, new GuestPaging(Pg, 0, PaeBit, 0, 40, true).Mode);
        Assert.Equal(PagingMode.FourLevel, new GuestPaging(Pg, 0, PaeBit, Lma, 40, true).Mode);
        Assert.Equal(PagingMode.FiveLevel, new GuestPaging(Pg, 0, PaeBit | Cr4.LinearAddresses57, Lma, 40, true).Mode);
        Assert.Equal(0xFFFF_F000UL, new GuestPaging(Pg, 0xF_FFFF_FFFF, 0, 0, 40, true).Root.Value);
        Assert.Equal(0x12_3456_7000UL, new GuestPaging(Pg, 0x8000_0012_3456_7ABC, PaeBit, Lma, 40, true).Root.Value);
    }

    // 4 MiB pages above 4 GiB (PSE-36), as far as the processor has address bits.
    [Theory]
    [InlineData(40, 0x001F_E083UL, 0xFF_0000_0000UL)]
    [InlineData(36, 0x0001_E083UL, 0x0F_0000_0000UL)]
    [InlineData(36, 0x0003_E083UL, 0UL)]
    [InlineData(32, 0x0000_2083UL, 0UL)]
    [InlineData(52, 0x0020_0083UL, 0UL)]
    public void LargePagesOf32BitPaging(int width, ulong entry, ulong frame)
    {
        GuestPaging paging = new(Cr0.Paging | Cr0.ProtectionEnable, 0x1000, Cr4.PageSizeExtensions, 0, width, false);
        DictionaryTables tables = new() { Entries = new() { [0x1004] = entry } };
        GuestTranslation translation = GuestWalk.Translate(ref tables, in paging, new(0x40_1234), GuestAccess.Read);
        bool reserved = frame == 0;
        Assert.Equal(reserved ? GuestWalkStatus.PageFault : GuestWalkStatus.Translated, translation.Status);
        Assert.Equal(reserved ? PageFaultError.Protection | PageFaultError.Reserved : 0, translation.ErrorCode);
        Assert.Equal(reserved ? 0 : frame + 0x1234, translation.Address.Value);
        Assert.Equal(reserved ? 0 : 22, translation.PageShift);
    }

    [Fact]
    public void AFlagThatCannotBeSetIsReported()
    {
        GuestPaging paging = new(Cr0.Paging, 0x1000, Cr4.PageSizeExtensions, 0, 40, false);
        DictionaryTables tables = new() { Entries = new() { [0x1004] = 0x83 }, ReadOnly = 0x1004 };
        GuestTranslation translation = GuestWalk.Translate(ref tables, in paging, new(0x40_1234), GuestAccess.Read);
        Assert.Equal(GuestWalkStatus.TableUnreachable, translation.Status);
        Assert.Equal(0x1004UL, translation.Address.Value);
        translation = GuestWalk.Translate(ref tables, in paging, new(0x40_1234), GuestAccess.Probe);
        Assert.Equal(GuestWalkStatus.Translated, translation.Status);
    }

    // The same tables in memory of a guest: pages are mapped on the way, and what lies outside is unreachable.
    [Fact]
    public void ThroughGuestMemory()
    {
        using GuestFixture fixture = new(16, 8);
        GuestMemory memory = fixture.Create();
        Assert.Equal(RegionStatus.Added, memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), 8 * 4096));
        GuestTables tables = new(&memory, hasOpenBus: false);
        for (ulong level = 0; level < 4; level++)
        {
            Assert.True(tables.TryWrite(fixture.Own(level) + 8, 8, fixture.Own(level + 1).Value | 7));
        }

        const Cr0 Control = Cr0.Paging | Cr0.WriteProtect;
        Cr4 pae = Cr4.PhysicalAddressExtension;
        GuestPaging paging = new(Control, fixture.Own(0).Value, pae, Efer.LongModeActive, 52, true);
        Gva linear = new((1UL << 39) | (1UL << 30) | (1UL << 21) | (1UL << 12) | 0x321);
        GuestTranslation translation = GuestWalk.Translate(ref tables, in paging, linear, GuestAccess.Write);
        Assert.Equal(GuestWalkStatus.Translated, translation.Status);
        Assert.Equal(fixture.Own(4).Value + 0x321, translation.Address.Value);
        Assert.Equal(fixture.Own(4).Value | 0x67, *(ulong*)(fixture.Own(3).Value + 8));
        Assert.Equal(fixture.Own(1).Value | 0x27, *(ulong*)(fixture.Own(0).Value + 8));
        Assert.Equal(4UL, GuestMemoryUse.Of(ref memory).Pages);
        Assert.True(tables.TryWrite(fixture.Own(7), 4, 0xFFFF_FFFF_1234_5678));
        Assert.True(tables.TryRead(fixture.Own(7), 8, out ulong entry));
        Assert.Equal(0x1234_5678UL, entry);
        Assert.True(tables.TryRead(fixture.Own(7) + 4, 4, out entry) && entry == 0);
        Assert.False(tables.TryWrite(fixture.Own(8), 8, 1));
        Assert.True(tables.TryWrite(fixture.Own(1) + 8, 8, fixture.Own(8).Value | 7));
        translation = GuestWalk.Translate(ref tables, in paging, linear, GuestAccess.Read);
        Assert.Equal(GuestWalkStatus.TableUnreachable, translation.Status);
        Assert.Equal(fixture.Own(8).Value + 8, translation.Address.Value);
        Assert.True(memory.Release());
    }

    private static NaiveGuestWalk RandomMachine(Random random, PagingMode mode) => new()
    {
        Paging = mode != PagingMode.None,
        Pae = mode >= PagingMode.Pae,
        Long = mode >= PagingMode.FourLevel,
        Five = mode == PagingMode.FiveLevel,
        Wp = random.Next(2) == 0,
        Pse = random.Next(2) == 0,
        Smep = random.Next(2) == 0,
        Smap = random.Next(2) == 0,
        Nxe = random.Next(2) == 0,
        Pages1G = random.Next(2) == 0,
        Width = random.Next(3) == 0 ? random.Next(32, 53) : 40,
        Cr3 = (ulong)random.Next(1, 1 << 20) << 12,
    };

    private static GuestPaging PagingOf(NaiveGuestWalk machine)
    {
        Cr0 cr0 = Cr0.ProtectionEnable | (machine.Paging ? Cr0.Paging : 0) | (machine.Wp ? Cr0.WriteProtect : 0);
        Cr4 cr4 = (machine.Pae ? Cr4.PhysicalAddressExtension : 0)
            | (machine.Pse ? Cr4.PageSizeExtensions : 0)
            | (machine.Five ? Cr4.LinearAddresses57 : 0)
            | (machine.Smep ? Smep : 0)
            | (machine.Smap ? Smap : 0);
        Efer efer = (machine.Long ? Efer.LongModeActive | Efer.LongModeEnable : 0)
            | (machine.Nxe ? Efer.ExecuteDisableEnable : 0);
        GuestPaging paging = new(cr0, machine.Cr3, cr4, efer, machine.Width, machine.Pages1G);
        for (int i = 0; i < 4; i++)
        {
            paging.SetPdpte(i, machine.Pdptes[i]);
        }

        return paging;
    }

    private static ulong RandomAddress(Random random, NaiveGuestWalk machine)
    {
        ulong address = (ulong)random.NextInt64();
        int bits = machine.Five ? 57 : 48;
        return random.Next(20) == 0 || !machine.Long
            ? address
            : (ulong)((long)(address << (64 - bits)) >> (64 - bits));
    }

    private static GuestAccess RandomAccess(Random random)
    {
        GuestAccess access = (GuestAccess)random.Next(3);
        access |= random.Next(3) switch { 0 => GuestAccess.User, 1 => 0, _ => (GuestAccess)(random.Next(2) * 8) };
        access |= random.Next(2) == 0 ? GuestAccess.AlignmentCheck : 0;
        return access | (random.Next(4) == 0 ? GuestAccess.Probe : 0);
    }

    // Entries along the way of one address, mostly good, each with its own chance of trouble.
    private static void BuildPath(Random random, NaiveGuestWalk machine, ulong linear)
    {
        linear = machine.Long ? linear : (uint)linear;
        int[] shifts = machine.Five ? [48, 39, 30, 21, 12]
            : machine.Long ? [39, 30, 21, 12] : machine.Pae ? [21, 12] : [22, 12];
        ulong table = machine.Cr3;
        if (machine.Pae && !machine.Long)
        {
            table = (ulong)random.Next(1, 1 << 20) << 12;
            machine.Pdptes[linear >> 30] = table | (random.Next(10) == 0 ? 0UL : 1);
        }

        foreach (int shift in shifts)
        {
            ulong next = (ulong)random.Next(1, 1 << 20) << 12;
            ulong entry = next | (random.Next(25) == 0 ? 0UL : 1) | ((ulong)random.Next(4) << 5);
            entry |= random.Next(8) == 0 ? 0 : 2UL;
            entry |= random.Next(8) == 0 ? 0 : 4UL;
            bool wide = machine.Pae || machine.Long;
            if (random.Next(5) == 0)
            {
                entry |= 0x80;
                entry &= random.Next(5) == 0 ? ulong.MaxValue : ~((1UL << shift) - 0x2000);
            }

            entry |= wide && random.Next(12) == 0 ? 1UL << 63 : 0;
            entry |= wide && random.Next(25) == 0 ? 1UL << random.Next(32, 63) : 0;
            ulong slot = wide
                ? table + (((linear >> shift) & 511) * 8)
                : table + (((linear >> shift) & 1023) * 4);
            if (random.Next(60) != 0)
            {
                machine.Memory[slot] = wide ? entry : (uint)entry;
            }

            table = entry & 0x000F_FFFF_FFFF_F000;
            table = wide ? table : (uint)table;
        }
    }

    private static void CheckMarks(
        Dictionary<ulong, ulong> before, Dictionary<ulong, ulong> after, List<ulong> used, bool write, string what)
    {
        Assert.True(before.Count == after.Count, what);
        foreach ((ulong slot, ulong entry) in before)
        {
            int index = used.LastIndexOf(slot);
            ulong wanted = index < 0 ? entry : entry | 0x20 | (index == used.Count - 1 && write ? 0x40UL : 0);
            Assert.True(wanted == after[slot], $"{what}: {slot:X}");
        }
    }
}
