// What a multiboot kernel is told, field by field as the specification numbers them, and what belongs to it: modules,
// command line, BIOS.

using System.Text;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

public sealed class InformationTests
{
    private const uint Load = 0x20_0000;
    private const ulong Information = 0x9000;

    private static readonly byte[] s_kernel = MultibootWriter.Flat(0x1000, 0, Load, 0, Load + 0x1800, Load);

    [Theory]
    [InlineData(0x40_0000ul, 640u, 0xC00u, 3)]
    [InlineData(0x21_0000ul, 640u, 0x440u, 3)]
    public void MemoryIsTold(ulong memory, uint lower, uint upper, int rows)
    {
        using var machine = new LoadMachine(memory);
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal((lower, upper), (machine.Read32(Information + 4), machine.Read32(Information + 8)));
        Assert.Equal(24 * (uint)rows, machine.Read32(Information + 44));
        ulong map = machine.Read32(Information + 48);
        ulong end = 0;
        for (ulong row = map; row < map + machine.Read32(Information + 44); row += machine.Read32(row) + 4)
        {
            Assert.Equal(end, machine.Read64(row + 4));
            end += machine.Read64(row + 12);
            Assert.Equal(machine.Read64(row + 4) == 0xA_0000 ? 2u : 1u, machine.Read32(row + 20));
        }

        Assert.Equal(memory, end);
    }

    [Fact]
    public void RegistersOfPciAreNoMemory()
    {
        using var machine = new LoadMachine();
        machine.Files.IsForPc = true;
        Assert.Equal("ready", machine.Load(s_kernel));
        ulong last = machine.Read32(Information + 48) + machine.Read32(Information + 44) - 24ul;
        Assert.Equal((0xE000_0000ul, 2u), (machine.Read64(last + 4), machine.Read32(last + 20)));
        Assert.Equal("MinusOne", machine.ReadText(machine.Read32(Information + 64)));
    }

    [Fact]
    public void NamesAndCommandLineAreTold()
    {
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin(Encoding.ASCII.GetBytes("console=com1 quiet"));
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal(0b10_0100_0101u, machine.Read32(Information));
        Assert.Equal("console=com1 quiet", machine.ReadText(machine.Read32(Information + 16)));
        Assert.Equal("MinusOne", machine.ReadText(machine.Read32(Information + 64)));
    }

    [Fact]
    public void TheInitialRamDiskIsModuleOne()
    {
        byte[] disk = Encoding.ASCII.GetBytes(new string('d', 0x1234));
        using var machine = new LoadMachine();
        machine.Files.Initrd = machine.Pin(disk);
        Assert.Equal("ready", machine.Load(s_kernel));
        Assert.Equal((1u << 3, 1u), (machine.Read32(Information) & (1u << 3), machine.Read32(Information + 20)));
        ulong module = machine.Read32(Information + 24);
        ulong start = machine.Read32(module);
        Assert.Equal(0x20_2000ul, start);
        Assert.Equal(start + 0x1234, machine.Read32(module + 4));
        Assert.Equal("initrd", machine.ReadText(machine.Read32(module + 8)));
        Assert.Equal(disk, machine.Read(start, disk.Length));
    }

    [Theory]
    [InlineData(0x1F_E000, LoadStatus.Ready)]
    [InlineData(0x1F_E001, LoadStatus.NoRoomBehind)]
    [InlineData(0, LoadStatus.InitrdEmpty)]
    internal void TheInitialRamDiskMustFit(int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.Initrd = machine.Pin(new byte[length]);
        Assert.Equal(expected, machine.Examine(s_kernel));
    }

    [Theory]
    [InlineData(0xEFF, LoadStatus.Ready)]
    [InlineData(0xF00, LoadStatus.CommandLineTooLong)]
    internal void TheCommandLineMustFit(int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.CommandLine = machine.Pin(Encoding.ASCII.GetBytes(new string('c', length)));
        Assert.Equal(expected, machine.Examine(s_kernel));
        if (expected == LoadStatus.Ready)
        {
            Assert.Equal("ready", machine.Load());
            Assert.Equal(0, machine.Read(0x9FFF, 1)[0]);
        }
    }

    [Fact]
    public void AFlatBinaryHasNobodyToTell()
    {
        using var machine = new LoadMachine();
        machine.Files.HasEntry = true;
        machine.Files.Entry = 0x1000;
        machine.Files.CommandLine = machine.Pin([(byte)'x']);
        Assert.Equal(LoadStatus.NobodyToTell, machine.Examine([0xF4]));
        machine.Files.CommandLine = default;
        machine.Files.Initrd = machine.Pin([1]);
        Assert.Equal(LoadStatus.NobodyToTell, machine.Examine([0xF4]));
    }

    [Theory]
    [InlineData(1, LoadStatus.Ready)]
    [InlineData(4096, LoadStatus.Ready)]
    [InlineData(0, LoadStatus.BiosEmpty)]
    [InlineData(4097, LoadStatus.BiosTooBig)]
    internal void TheUsersBiosIsAPageAtMostAndStaysAsItIs(int length, LoadStatus expected)
    {
        byte[] bios = Encoding.ASCII.GetBytes(new string('b', length));
        using var machine = new LoadMachine();
        machine.Files.Bios = machine.Pin(bios);
        Assert.Equal(expected, machine.Examine(s_kernel));
        machine.Files.Kernel = default;
        Assert.Equal(expected, KernelExamination.Examine(machine.Files, machine.Bytes).Status);
        if (expected == LoadStatus.Ready)
        {
            Assert.Equal("ready", machine.Load());
            Assert.Equal(bios, machine.Read(0x8000, length));
            Assert.Equal((StartMode.Real, 0x8000ul), (machine.Start.Mode, machine.Start.Entry));
        }
    }

    // Its end is twice in memory, and the processor begins 16 bytes before it.
    [Theory]
    [InlineData(0x1_0000, 0x1_0000)]
    [InlineData(0x4_0000, 0x4_0000)]
    [InlineData(0x10_0000, 0x4_0000)]
    public void FirmwareEndsAt4GiB(int length, int shadow)
    {
        byte[] bios = new byte[length];
        new System.Random(length).NextBytes(bios);
        using var machine = new LoadMachine(extra: (ulong)length);
        machine.Files.Bios = machine.Pin(bios);
        Assert.Equal("ready", machine.Load());
        Assert.Equal(bios, machine.Read(0x1_0000_0000 - (ulong)length, length));
        Assert.Equal(bios[^shadow..], machine.Read(0x10_0000 - (ulong)shadow, shadow));
        Assert.Equal(0, machine.Read(0x10_0000 - (ulong)shadow - 1, 1)[0]);
        Assert.Equal((StartMode.Real, 0xFFFF_0000ul, 0xFFF0ul),
            (machine.Start.Mode, machine.Start.CodeBase, machine.Start.Entry));
        machine.Files.CommandLine = machine.Pin([1]);
        Assert.StartsWith("only a kernel for multiboot, PVH or Linux", machine.Load());
    }

    [Theory]
    [InlineData(0x1_0001, LoadStatus.BiosTooBig)]
    [InlineData(0x8001, LoadStatus.BiosTooBig)]
    [InlineData(0x8000, LoadStatus.FirmwareKernel)]
    [InlineData(0x101_0000, LoadStatus.BiosTooBig)]
    [InlineData(0x100_0000, LoadStatus.FirmwareKernel)]
    [InlineData(0x1_0000, LoadStatus.FirmwareKernel)]
    internal void OtherSizesAndAKernelBesideFirmwareAreRefused(int length, LoadStatus expected)
    {
        using var machine = new LoadMachine();
        machine.Files.Bios = machine.Pin(new byte[length]);
        Assert.Equal(expected, machine.Examine(s_kernel));
        machine.Files.Kernel = default;
        bool isReady = expected == LoadStatus.FirmwareKernel;
        Assert.Equal(
            isReady ? LoadStatus.Ready : expected, KernelExamination.Examine(machine.Files, machine.Bytes).Status);
        Assert.Equal(
            isReady ? LoadStatus.EndOutside : expected, KernelExamination.Examine(machine.Files, 0xF_F000).Status);
    }

    [Fact]
    public void WithoutAKernelAndABiosThereIsNothing()
    {
        using var machine = new LoadMachine();
        Assert.Equal(LoadStatus.NoFile, KernelExamination.Examine(machine.Files, machine.Bytes).Status);
    }

    [Fact]
    public void TooLittleMemoryForAnything()
    {
        using var machine = new LoadMachine(0x9000);
        Assert.Equal(LoadStatus.EndOutside, machine.Examine([0x90]));
    }
}
