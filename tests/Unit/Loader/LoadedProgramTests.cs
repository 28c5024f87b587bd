// An image made here goes the whole way: laid out and packed by the build's tool, unpacked, moved, protected and called
// by what the loader consists of.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Loader;
using MinusOne.Efi.Packing;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Loader;

public sealed unsafe class LoadedProgramTests
{
    private static readonly Dictionary<ulong, ulong> s_attributes = [];
    private static ulong s_refused;

    [Fact]
    public void SectionsLieAtTheirAddresses()
    {
        byte[] memory = PackedImage.LaidOut(SmallImage.File);
        Assert.Equal(SmallImage.MemoryBytes, memory.Length);
        Assert.Equal(SmallImage.File[..SmallImage.HeaderBytes], memory[..SmallImage.HeaderBytes]);
        Assert.Equal(SmallImage.Code, memory[SmallImage.Text..][..SmallImage.Code.Length]);
        Assert.Equal(SmallImage.DataBytes, memory[SmallImage.Data..][..SmallImage.DataBytes.Length]);
        Assert.All(memory[(SmallImage.Data + SmallImage.DataBytes.Length)..SmallImage.Relocations], Zero);
        Assert.All(memory[(SmallImage.Text + SmallImage.Code.Length)..SmallImage.Data], Zero);

        static void Zero(byte value) => Assert.Equal(0, value);
    }

    [Fact]
    public void PackedImageComesBack()
    {
        using var linked = new LoadedObject(PackedImage.ToObject(SmallImage.File), []);
        var header = (int*)linked["PackedImage"];
        byte[] memory = new byte[header[0]];
        Assert.True(Unpacker.TryUnpack(
            new ReadOnlySpan<byte>(header + 2, header[1]), memory, new ushort[PackedFormat.Contexts]));
        fixed (byte* start = memory)
        {
            RelativeAddresses.ToDistances(start, memory.Length);
        }

        Assert.Equal(PackedImage.LaidOut(SmallImage.File), memory);
    }

    [Fact]
    public void PointersLeadToWhereItIs()
    {
        using CodeMemory memory = Loaded(out LoadedProgram program);
        program.Relocate();
        foreach (int pointer in SmallImage.Pointers)
        {
            Assert.Equal((ulong)memory.Address + SmallImage.Target, *(ulong*)(memory.Address + pointer));
        }

        // A word of kind 0 fills up a block: it moves nothing.
        Assert.Equal(
            SmallImage.DataBytes[..8], new ReadOnlySpan<byte>(memory.Address + SmallImage.Filled, 8).ToArray());
    }

    [Fact]
    public void EntryPointIsCalled()
    {
        using CodeMemory memory = Loaded(out LoadedProgram program);
        Assert.Equal((EfiStatus)SmallImage.Answer, program.Run(null, null, 0));
    }

    [Fact]
    public void EverySectionIsProtectedAsItSays()
    {
        using CodeMemory memory = Loaded(out LoadedProgram program);
        BootServices boot = Firmware(refused: 0);
        Assert.True(program.TryProtect(&boot));
        const ulong Constant = MemoryAttributes.ReadOnly | MemoryAttributes.NoExecute;
        Assert.Equal(Constant, Of(0));
        Assert.Equal(MemoryAttributes.ReadOnly, Of(SmallImage.Text));
        Assert.Equal(MemoryAttributes.NoExecute, Of(SmallImage.Data));
        Assert.Equal(MemoryAttributes.NoExecute, Of(SmallImage.Data + 0x1000));
        Assert.Equal(Constant, Of(SmallImage.Relocations));
        Assert.Equal(SmallImage.MemoryBytes / 0x1000, s_attributes.Count);

        program.Unprotect(&boot);
        Assert.All(s_attributes.Values, attributes => Assert.Equal(MemoryAttributes.NoExecute, attributes));

        ulong Of(int offset) => s_attributes[(ulong)memory.Address + (ulong)offset];
    }

    [Fact]
    public void FirmwareThatRefusesIsHeard()
    {
        using CodeMemory memory = Loaded(out LoadedProgram program);
        BootServices boot = Firmware(refused: (ulong)memory.Address + SmallImage.Data);
        Assert.False(program.TryProtect(&boot));
    }

    [Fact]
    public void FirmwareWithoutProtectionIsEnough()
    {
        using CodeMemory memory = Loaded(out LoadedProgram program);
        BootServices boot = default;
        boot.LocateProtocol = &NotFound;
        Assert.True(program.TryProtect(&boot));
    }

    private static CodeMemory Loaded(out LoadedProgram program)
    {
        var memory = new CodeMemory(SmallImage.MemoryBytes);
        PackedImage.LaidOut(SmallImage.File).CopyTo(memory.Bytes);
        program = new LoadedProgram(memory.Address);
        return memory;
    }

    // Its tables stay: they are so few that nobody frees them.
    private static BootServices Firmware(ulong refused)
    {
        s_attributes.Clear();
        s_refused = refused;
        BootServices boot = default;
        boot.LocateProtocol = &Find;
        return boot;
    }

    [UnmanagedCallersOnly]
    private static EfiStatus NotFound(MinusOne.Efi.Firmware.Guid* protocol, void* registration, void** found) =>
        EfiStatus.NotFound;

    [UnmanagedCallersOnly]
    private static EfiStatus Find(MinusOne.Efi.Firmware.Guid* protocol, void* registration, void** found)
    {
        var wanted = new System.Guid("F4560CF6-40EC-4B4A-A192-BF1D57D0B189");
        if (new System.Guid(new ReadOnlySpan<byte>(protocol, 16)) != wanted)
        {
            return EfiStatus.NotFound;
        }

        var table = (void**)NativeMemory.AllocZeroed(3, (nuint)sizeof(void*));
        table[1] = (delegate* unmanaged<void*, ulong, ulong, ulong, EfiStatus>)&Set;
        table[2] = (delegate* unmanaged<void*, ulong, ulong, ulong, EfiStatus>)&Clear;
        *found = table;
        return EfiStatus.Success;
    }

    [UnmanagedCallersOnly]
    private static EfiStatus Set(void* self, ulong address, ulong length, ulong attributes) =>
        Change(address, length, old => old | attributes);

    [UnmanagedCallersOnly]
    private static EfiStatus Clear(void* self, ulong address, ulong length, ulong attributes) =>
        Change(address, length, old => old & ~attributes);

    private static EfiStatus Change(ulong address, ulong length, Func<ulong, ulong> change)
    {
        if (address == s_refused || (address | length) % 0x1000 != 0)
        {
            return EfiStatus.InvalidParameter;
        }

        for (ulong page = address; page < address + length; page += 0x1000)
        {
            s_attributes[page] = change(s_attributes.GetValueOrDefault(page));
        }

        return EfiStatus.Success;
    }
}
