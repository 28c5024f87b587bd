// Names of functions out of maps and ELF files.

extern alias runner;

using System;
using System.Buffers.Binary;
using System.Text;
using MinusOne.Tests.Unit.Runner;
using runner::MinusOne.Ovmf.Runner;
using runner::MinusOne.Ovmf.Runner.Traces;
using Xunit;

namespace MinusOne.Tests.Unit.Traces;

public sealed class SymbolNamesTests
{
    private const string LinkersMap = """
         Start         Length     Name                   Class
         0001:00000000 000003daH .text                   CODE

          Address         Publics by Value              Rva+Base       Lib:Object

         0001:00000096       Out8                       0000000000201092     zero-stubs.obj
         0001:00005c08       zero_MinusOne_Guests_Kernel_Boot_KernelMain__Main 0000000000206c08     zero.obj

        """;

    [Theory]
    [InlineData(0x201092, "Out8")]
    [InlineData(0x201096, "Out8+4")]
    [InlineData(0x206c08, "KernelMain.Main")]
    [InlineData(0x201091, "")]
    [InlineData(0x406c08, "")]
    public void ALinkersMapHasNames(ulong address, string name) => Assert.Equal(name, Names(LinkersMap).Of(address));

    [Fact]
    public void AListHasThemToo() => Assert.Equal("startup_64+2",
        Names("ffffffff81000000 T startup_64\nffffffff82000000 D jiffies\n").Of(0xFFFF_FFFF_8100_0002));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnElfFileHasThem(bool is64)
    {
        using var files = new HostFiles();
        var names = new SymbolNames();
        names.Add(files.Write("kernel", Elf(is64)));
        Assert.Equal("main+10", names.Of(0x10_0010));
    }

    [Fact]
    public void AFileWithoutNamesIsRefused()
    {
        using var files = new HostFiles();
        Assert.Contains("has no names of functions", Refusal(files.Write("text", "nothing"u8.ToArray())));
        byte[] elf = Elf(true);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(0x28), 0x7FFF_FFFF);
        Assert.Contains("lie outside it", Refusal(files.Write("far", elf)));
        Assert.Contains("lie outside it", Refusal(files.Write("cut", elf[..30])));
    }

    private static string Refusal(string file) =>
        Assert.Throws<SetUpException>(() => new SymbolNames().Add(file)).Message;

    private static SymbolNames Names(string map)
    {
        using var files = new HostFiles();
        var names = new SymbolNames();
        names.Add(files.Write("map", Encoding.UTF8.GetBytes(map)));
        return names;
    }

    // A table of one function, main at 100000h, and its text.
    private static byte[] Elf(bool is64)
    {
        byte[] file = new byte[512];
        "\x7FELF"u8.CopyTo(file);
        file[4] = (byte)(is64 ? 2 : 1);
        void Word(int at, ulong value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), (uint)value);
            if (is64)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
            }
        }

        int size = is64 ? 0x40 : 0x28;
        Word(is64 ? 0x28 : 0x20, 0x100);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(is64 ? 0x3A : 0x2E), (ushort)size);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(is64 ? 0x3C : 0x30), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x104), 2);
        Word(0x100 + (is64 ? 0x18 : 0x10), 0x80);
        Word(0x100 + (is64 ? 0x20 : 0x14), (ulong)(is64 ? 24 : 16));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x100 + (is64 ? 0x28 : 0x18)), 1);
        Word(0x100 + size + (is64 ? 0x18 : 0x10), 0xC0);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(0x80), 1);
        Word(0x80 + (is64 ? 8 : 4), 0x10_0000);
        file[0x80 + (is64 ? 4 : 12)] = 2;
        "\0main\0"u8.CopyTo(file.AsSpan(0xC0));
        return file;
    }
}
