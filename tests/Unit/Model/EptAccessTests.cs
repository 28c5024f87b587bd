// A guest's memory through EPT: violations and their qualification, misconfigurations, accessed and dirty flags,
// accesses across pages. SDM 3C 30.3 The Extended Page Table Mechanism (EPT).

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

public sealed class EptAccessTests
{
    private const ulong Accessed = 1ul << 8, Dirty = 1ul << 9;

    [Fact]
    public void MemoryIsTheHosts()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Write64(new Gpa(0x1000), 0x1122_3344_5566_7788);
            Assert.Equal(0x1122_3344_5566_7788ul, guest.Read64(new Gpa(0x1000)));
            Assert.Equal((0x88, 0x7788, 0x5566_7788u), (
                guest.Read8(new Gpa(0x1000)), guest.Read16(new Gpa(0x1000)), guest.Read32(new Gpa(0x1000))));
            guest.Write32(new Gpa(0x2FFE), 0xAABB_CCDD);
            Assert.Equal(0xAABB_CCDDu, guest.Read32(new Gpa(0x2FFE)));
            Assert.Equal(0xAA, guest.Fetch(new Gpa(0x3001)));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal(0x1122_3344_5566_7788ul, machine.Memory.Read<ulong>(machine.Ram + 0x1000));
        Assert.Equal(0xAABB, machine.Memory.Read<ushort>(machine.Ram + 0x3000));
    }

    // As an emulated processor was seen to report them: 181, 182, 184, 18A.
    [Theory]
    [InlineData(Access.None, Access.Read, 0x181ul)]
    [InlineData(Access.None, Access.Write, 0x182ul)]
    [InlineData(Access.None, Access.Execute, 0x184ul)]
    [InlineData(Access.Read, Access.Write, 0x18Aul)]
    [InlineData(Access.Read, Access.Execute, 0x18Cul)]
    [InlineData(Access.Execute, Access.Read, 0x1A1ul)]
    [InlineData(Access.Read | Access.Write, Access.Execute, 0x19Cul)]
    [InlineData(Access.Read | Access.Execute, Access.Write, 0x1AAul)]
    public void QualificationOfViolations(object allowed, object access, ulong qualification)
    {
        var machine = new GuestFixture();
        machine.Ept.Map(0x5000, machine.Ram, (Access)allowed);
        machine.Guest.Then(guest => Touch(guest, new Gpa(0x5123), (Access)access)).Then(Exits.TripleFault());
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(qualification, machine.Qualification);
        Assert.Equal(0x5123ul, Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress));
        Assert.Equal(0x5123ul, Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress));
        Assert.Equal(Poison.Of(0x440C), machine.Length);

        // Mapped, it is simply tried again: what was not allowed was not remembered either.
        machine.Ept.Map(0x5000, machine.Ram);
        machine.Expect(ExitReason.TripleFault);
    }

    // Rights are those of all levels together.
    [Fact]
    public void UpperLevelsLimitRights()
    {
        var machine = new GuestFixture();
        machine.Ept[0, 30] &= ~2ul;
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(0x1000));
            guest.Write8(new Gpa(0x1000), 1);
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(0x1AAul, machine.Qualification);
    }

    [Theory]
    [InlineData(0x1000ul, 12, 2ul)] // write only
    [InlineData(0x1000ul, 12, 6ul)]
    [InlineData(0x1000ul, 12, 7ul | (2ul << 3))] // memory types
    [InlineData(0x1000ul, 12, 7ul | (3ul << 3))]
    [InlineData(0x1000ul, 12, 7ul | (7ul << 3))]
    [InlineData(0x1000ul, 12, 0x37ul | (1ul << 48))] // beyond the width
    [InlineData(0x20_0000ul, 21, 0xB7ul | 0x1000)] // a large page that is not aligned
    [InlineData(0x4000_0000ul, 30, 0xB7ul | 0x20_0000)]
    [InlineData(0x20_0000ul, 21, 0x0Ful)] // a table with a memory type
    [InlineData(0x80_0000_0000ul, 39, 0x87ul)] // a large page of 512 GiB
    public void Misconfigurations(ulong address, int shift, ulong entry)
    {
        var machine = new GuestFixture();
        machine.Ept[address, shift] = entry;
        machine.Guest.Then(guest => guest.Read8(new Gpa(address + 0x234)));
        machine.Expect(ExitReason.EptMisconfiguration);
        Assert.Equal((0ul, address + 0x234), (machine.Qualification, Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress)));
        Assert.Equal(Poison.Of(0x640A), Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress));
    }

    [Theory]
    [InlineData(nameof(Presets.NoPages1G), 30, true)]
    [InlineData(nameof(Presets.NoPages1G), 21, false)]
    [InlineData(nameof(Presets.NoPages2M), 21, true)]
    [InlineData(nameof(Presets.SkylakeX), 30, false)]
    public void LargePagesNeedTheCapability(string preset, int shift, bool misconfigured)
    {
        var machine = new GuestFixture(GoodVmcs.RealMode(), new VmxMachine(Presets.All[preset]()));
        Hpa page = new(machine.Ram.Value & ~((1ul << shift) - 1));
        ulong address = 1ul << shift;
        machine.Ept.Map(address, page, Access.All, shift);
        machine.Memory.Write(machine.Ram, 0x42);
        machine.Guest.Then(guest =>
        {
            Assert.Equal(0x42, guest.Read8(new Gpa(address + (machine.Ram - page))));
            guest.Vmcall();
        });
        machine.Expect(misconfigured ? ExitReason.EptMisconfiguration : ExitReason.Vmcall);
    }

    [Fact]
    public void AccessedAndDirtyAreSet()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(0x1000));
            guest.Write8(new Gpa(0x2000), 1);
            guest.Vmcall();
        });
        machine.Expect(ExitReason.Vmcall);
        Assert.Equal((Accessed, Accessed | Dirty), (Use(machine, 0x1000), Use(machine, 0x2000)));
        Assert.Equal(0ul, Use(machine, 0x3000));
        Assert.Equal(Accessed, machine.Ept[0, 39] & (Accessed | Dirty));
        Assert.Equal(Accessed, machine.Ept[0, 21] & (Accessed | Dirty));
    }

    [Fact]
    public void WithoutTheFlagNothingIsMarked()
    {
        var machine = new GuestFixture();
        Vmcs.Write(Vmcs64.EptPointer, machine.Ept.Pointer & ~0x40ul);
        machine.Guest.Then(guest => guest.Write8(new Gpa(0x2000), 1)).Then(Exits.TripleFault());
        machine.Expect(ExitReason.TripleFault);
        Assert.Equal(0ul, Use(machine, 0x2000));
    }

    // The second page is reported at its start, and the first stays as it was.
    [Fact]
    public void AcrossPagesAllOrNothing()
    {
        var machine = new GuestFixture();
        machine.Ept.Map(0x5000, machine.Ram + 0x5000, Access.Read);
        machine.Guest.Then(guest => guest.Write64(new Gpa(0x4FFC), ulong.MaxValue)).Then(Exits.TripleFault());
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal((0x5000ul, 0x18Aul), (Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress), machine.Qualification));
        Assert.Equal(0u, machine.Memory.Read<uint>(machine.Ram + 0x4FFC));
        machine.Ept.Map(0x5000, machine.Ram + 0x5000);
        machine.Expect(ExitReason.TripleFault);
        Assert.Equal(ulong.MaxValue, machine.Memory.Read<ulong>(machine.Ram + 0x4FFC));
    }

    [Fact]
    public void ALeafThatLeadsNowhereFailsTheTest()
    {
        var machine = new GuestFixture();
        machine.Ept.Map(0x5000, new Hpa(0xDEAD_B000));
        machine.Guest.Then(guest => guest.Read8(new Gpa(0x5000)));
        Assert.Contains("no memory at DEADB000", VmxMachine.Refusal(() => machine.TryEnter()));
    }

    // What hv/ builds is what this walker finds, and the other way round.
    [Fact]
    public void AnEmulatedAccessReadsWhatIsLeftInRax()
    {
        var machine = new GuestFixture();
        machine.Guest.Then(guest =>
        {
            guest.Write16(new Gpa(0xFEE0_0000), 0x1234);
            Assert.Equal(0x5678u, guest.Read32(new Gpa(0xFEE0_0020)));
            guest.Vmcall();
        });
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal((0x182ul, 0x1234ul), (machine.Qualification, machine.Registers.Rax));
        Skip(machine, 5);
        machine.Expect(ExitReason.EptViolation);
        Assert.Equal(0xFEE0_0020ul, Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress));
        machine.Registers.Rax = 0x5678;
        Skip(machine, 6);
        machine.Expect(ExitReason.Vmcall);
    }

    internal static void Touch(ScriptedGuest guest, Gpa address, Access access)
    {
        switch (access)
        {
            case Access.Read: guest.Read8(address); break;
            case Access.Write: guest.Write8(address, 1); break;
            default: guest.Fetch(address); break;
        }
    }

    private static ulong Use(GuestFixture machine, ulong address) => machine.Ept[address, 12] & (Accessed | Dirty);

    private static void Skip(GuestFixture machine, ulong length)
    {
        Vmcs.Write(VmcsNatural.GuestRip, Vmcs.Read(VmcsNatural.GuestRip) + length);
        Vmcs.Write(VmcsNatural.GuestRflags, 2);
    }
}
