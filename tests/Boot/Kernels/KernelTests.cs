// The user's own kernels and BIOS, one boot a kind: what they are told is what they print.

extern alias guests;

using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using guests::MinusOne.Guests.Kit;
using Iced.Intel;
using MinusOne.Tests.Loading;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Kernels;

public sealed class KernelTests : IDisposable
{
    private const int Seconds = 120;
    private const uint Load = 0x10_0000;
    private const uint FlatLoad = 0x20_0000;
    private const uint Above = 0xC000_0000;

    private const string Told =
        """
        EAX 2BADB002memory 640 and 15360 KiB
        command line: quiet level=2
        loader: MinusOne
        sections: {0}
        modules: {1}
        map 00000000 + 000A0000 type 1
        map 000A0000 + 00060000 type 2
        map 00100000 + 00F00000 type 1
        map E0000000 + 00100000 type 2

        """;

    private const string Tagged =
        """
        EAX 36D76289
        tag 1: quiet
        tag 2: MinusOne
        tag 4
        tag 6
        map 00000000 + 000A0000 type 1
        map 000A0000 + 00060000 type 2
        map 00100000 + 00F00000 type 1
        map E0000000 + 00100000 type 2
        tag 3: vmlinuz root=/dev/vda: a kernel
        tag 3: initrd.img: files
        tag 9
        tag 21
        tag 14
        tag 15
        tag 0

        """;

    private const string Pvh =
        """
        magic 336EC578, version 1
        command line: quiet
        modules: 2
        vmlinuz root=/dev/vda: a kernel
        initrd.img: files
        map 00000000 + 000A0000 type 1
        map 000A0000 + 00060000 type 2
        map 00100000 + 00F00000 type 1
        map E0000000 + 00100000 type 2

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Linked high, loaded low, as kernels are.
    [Fact]
    public Task Elf32WithModules() =>
        Boot(
            Elf(isWide: false),
            $"--memory 16M --cmdline \"quiet level=2\" --initrd {File("initrd", "what it holds\0"u8.ToArray())} "
                + $"--module \"{File("ext2fs", "a server\0"u8.ToArray())}=--readonly # x=1\" "
                + $"--module {File("ld.so", "more\0"u8.ToArray())}",
            string.Format(Told, 3, "3\ninitrd, 14 bytes: what it holds\n"
                + "ext2fs --readonly # x=1, 9 bytes: a server\nld.so, 5 bytes: more"));

    [Fact]
    public Task Elf64() =>
        Boot(Elf(isWide: true), "--memory 16M --cmdline \"quiet level=2\"", string.Format(Told, 3, 0));

    // The header's addresses leave out the last page of the file, and add a bss.
    [Fact]
    public Task AddressFields()
    {
        byte[] Make(uint end) => TellingKernel.Make(FlatLoad, MultibootWriter.Header(
            MultibootWriter.AddressFields, FlatLoad, FlatLoad, end, end + 0x1000, FlatLoad + TellingKernel.Code));
        uint end = FlatLoad + (uint)Make(0).Length;
        return Boot(
            [.. Make(end), .. new byte[4096]],
            "--memory 16M --cmdline \"quiet level=2\"",
            string.Format(Told, 0, 0));
    }

    // Multiboot 2, with everything that it is told of, at another place than it is linked for.
    [Fact]
    public Task Multiboot2WithModules()
    {
        byte[] header = Multiboot2Writer.Header(
            Multiboot2Writer.Tag(1, 3, 6), Multiboot2Writer.Tag(10, 0x40_0000, 0xFF_FFFF, 0x1000, 0));
        byte[] code = TaggedKernel.Make(0x40_0000, header);
        var elf = new ElfWriter(isWide: true) { Entry = Load + TaggedKernel.Code };
        elf.Segment(Load, code, (ulong)code.Length + 0x1000);
        return Boot(elf.ToArray(), Modules, Tagged);
    }

    [Fact]
    public Task PvhWithModules()
    {
        byte[] code = TaggedKernel.MakePvh(Load);
        var elf = new ElfWriter(isWide: true) { Entry = ulong.MaxValue };
        elf.Segment(Load, code, (ulong)code.Length);
        elf.Segment(0, Multiboot2Writer.Note("Xen", 18, 0, 0, 0x10, 0), 0, type: 4);
        return Boot(elf.ToArray(), Modules, Pvh);
    }

    // Nobody tells it anything, and EAX is as after a reset.
    [Fact]
    public Task FlatWithAnEntry() =>
        Boot(TellingKernel.Make(FlatLoad, []), $"--entry 0x{FlatLoad:x}", "EAX 00000000\n");

    [Fact]
    public Task ABiosAlone()
    {
        GuestImage bios = Start.Real(part =>
        {
            part.PrintLine("a BIOS of my own");
            part.PowerOff();
        });
        return Check($"--bios {File("bios", bios.Bytes)}", "a BIOS of my own\n");
    }

    // From the reset vector to its copy below 1 MiB: mov dx, 3F8h; mov si, 40h; prints up to a zero; then port 604h.
    [Fact]
    public Task FirmwareBelow4GiB()
    {
        byte[] image = new byte[0x1_0000];
        byte[] code =
        [
            0xBA, 0xF8, 3, 0xBE, 0x40, 0, 0x2E, 0xAC, 0x84, 0xC0, 0x74, 3, 0xEE, 0xEB, 0xF7, 0xBA, 4, 6, 0xB8, 0, 0x34,
            0xEF, 0xF4,
        ];
        code.CopyTo(image, 0);
        "from the reset vector\n\0"u8.CopyTo(image.AsSpan(0x40));
        byte[] jump = [0xEA, 0, 0, 0, 0xF0];
        jump.CopyTo(image, 0xFFF0);
        return Check($"--bios {File("bios", image)}", "from the reset vector\n");
    }

    // As kernels under test do: the value says whether they have passed.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    public Task TheExitPortDecides(byte value, int status)
    {
        GuestImage bios = Start.Real(part =>
        {
            part.Code.mov(dx, 0xF4);
            part.Code.mov(al, value);
            part.Code.@out(dx, al);
        });
        return Check($"--bios {File("bios", bios.Bytes)} --expect exit=0", "", status);
    }

    [Fact]
    public Task TasksOfTheHardware() =>
        Boot(TaskKernel.Make(FlatLoad), $"--entry 0x{FlatLoad:x}", TaskKernel.Letters);

    [Fact]
    public Task InstructionsAndEventsOnWhatIsNoMemory() =>
        Boot(StrayKernel.Make(FlatLoad), $"--entry 0x{FlatLoad:x}", StrayKernel.Letters);

    [Fact]
    public Task AKernelThatOnlyKnowsTheScreen() =>
        Boot(ScreenKernel.Make(FlatLoad), $"--entry 0x{FlatLoad:x}", ScreenKernel.Printed);

    private string Modules =>
        $"--memory 16M --cmdline quiet --module {File("vmlinuz", "a kernel\0"u8.ToArray())}=root=/dev/vda "
            + $"--module {File("initrd.img", "files\0"u8.ToArray())}";

    private static byte[] Elf(bool isWide)
    {
        byte[] code = TellingKernel.Make(Load, MultibootWriter.Header(0));
        var elf = new ElfWriter(isWide) { Entry = Above + Load + TellingKernel.Code };
        elf.Segment(Load, code, (ulong)code.Length + 0x1000, Above + Load);
        elf.Section(".comment", 1, Encoding.ASCII.GetBytes("for nobody"));
        return elf.ToArray();
    }

    private Task Boot(byte[] kernel, string arguments, string expected) =>
        Check($"--kernel {File("kernel", kernel)} {arguments}", expected);

    private static async Task Check(string arguments, string expected, int status = 0)
    {
        RunProcess run = await RunProcess.Run($"{arguments} --machine bochs", Seconds, default);
        Assert.True(run.Status == status, run.ToString());
        Assert.Equal(expected, run.Text);
    }

    private string File(string name, byte[] content)
    {
        string file = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllBytes(file, content);
        return file;
    }
}
