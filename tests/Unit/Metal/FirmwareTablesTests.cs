// ACPI's tables are found, and those that cannot be right are as if they were not there.

using System;
using System.Runtime.InteropServices;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal;
using Xunit;

namespace MinusOne.Tests.Unit.Metal;

public sealed unsafe class FirmwareTablesTests : IDisposable
{
    private const int Pages = 2;
    private const int Root = 0x100;
    private const int Table = 0x200;
    private const uint TableBytes = 56;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(Pages * 4096, 4096);
    private MemoryDescriptor _line;

    public FirmwareTablesTests()
    {
        new Span<byte>(_memory, Pages * 4096).Clear();
        _line = new MemoryDescriptor
        {
            Type = Efi.Firmware.MemoryType.AcpiReclaim,
            PhysicalStart = (ulong)_memory,
            NumberOfPages = Pages,
        };
        *(ulong*)_memory = 0x2052_5450_2044_5352;
        _memory[15] = 2;
        *(ulong*)(_memory + 24) = (ulong)_memory + Root;
        Sign(0, 20, 8);
        Sign(0, 36, 32);
        Header(Root, 0x5444_5358, 44);
        *(ulong*)(_memory + Root + 36) = (ulong)_memory + Table;
        Sign(Root, 44, 9);
        Header(Table, FirmwareTables.Hpet, TableBytes);
        _memory[Table + 44] = 0xAB;
        Sign(Table, TableBytes, 9);
    }

    private AcpiTable Found
    {
        get
        {
            fixed (MemoryDescriptor* line = &_line)
            {
                var listing = new MemoryListing((byte*)line, (ulong)sizeof(MemoryDescriptor), 40);
                return new FirmwareTables(_memory, listing).Find(FirmwareTables.Hpet);
            }
        }
    }

    // What is memory of anybody's is no device, whatever a table says.
    [Theory]
    [InlineData((uint)Efi.Firmware.MemoryType.Conventional, false)]
    [InlineData((uint)Efi.Firmware.MemoryType.AcpiNvs, false)]
    [InlineData((uint)Efi.Firmware.MemoryType.Reserved, true)]
    [InlineData((uint)Efi.Firmware.MemoryType.MemoryMappedIo, true)]
    public void MemoryIsNoDevice(uint type, bool isDevice)
    {
        MemoryDescriptor line = _line;
        line.Type = (Efi.Firmware.MemoryType)type;
        var listing = new MemoryListing((byte*)&line, (ulong)sizeof(MemoryDescriptor), 40);
        var tables = new FirmwareTables(null, listing);
        ulong end = (ulong)_memory + (Pages * 4096);
        Assert.Equal((isDevice, isDevice), (tables.IsDevice((ulong)_memory), tables.IsDevice(end - 1)));
        Assert.True(tables.IsDevice((ulong)_memory - 1) && tables.IsDevice(end));
        Assert.False(tables.IsDevice(0));
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    [Fact]
    public void ATableIsFound()
    {
        Assert.Equal(TableBytes, Found.Length);
        Assert.Equal(0xABu, Found.Dword(44));
        Assert.Equal(0u, Found.Dword(TableBytes));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(Root + 9)]
    [InlineData(Table + 9)]
    public void AWrongSumIsNoTable(int at)
    {
        _memory[at]++;
        Assert.False(Found.IsThere);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(35u)]
    [InlineData(0x3000u)]
    [InlineData(uint.MaxValue)]
    public void ALengthThatCannotBeIsNoTable(uint length)
    {
        *(uint*)(_memory + Table + 4) = length;
        Assert.False(Found.IsThere);
        *(uint*)(_memory + Root + 4) = length;
        Assert.False(Found.IsThere);
    }

    // Nothing is there to be read.
    [Theory]
    [InlineData(0ul)]
    [InlineData(0x10ul)]
    [InlineData(0xFFFF_FFFF_FFFF_FFF0ul)]
    public void AnAddressOfNoMemoryIsNoTable(ulong address)
    {
        *(ulong*)(_memory + Root + 36) = address;
        Sign(Root, 44, 9);
        Assert.False(Found.IsThere);
    }

    [Fact]
    public void WithoutAPointerThereIsNoTable() =>
        Assert.False(new FirmwareTables(null, default).Find(FirmwareTables.Hpet).IsThere);

    private void Header(int at, uint name, uint length)
    {
        *(uint*)(_memory + at) = name;
        *(uint*)(_memory + at + 4) = length;
    }

    private void Sign(int at, uint length, int sum)
    {
        _memory[at + sum] = 0;
        byte total = 0;
        foreach (byte value in new ReadOnlySpan<byte>(_memory + at, (int)length))
        {
            total += value;
        }

        _memory[at + sum] = (byte)-total;
    }
}
