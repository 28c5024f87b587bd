// A guest's memory, all of it substituted from the pool, and a kernel's files pinned beside it.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Loading;

internal sealed unsafe class LoadMachine : IDisposable
{
    public const ulong Memory = 0x40_0000;

    // Stands for the BIOS: its last four bytes are the entry.
    public static readonly byte[] OwnBios = [0xEB, 0xFE, 1, 2, 3, 4];

    private readonly GuestFixture _fixture;
    private readonly List<GCHandle> _pins = [];
    private GuestMemory _guest;

    // Firmware takes so much beside it.
    public LoadMachine(ulong memory = Memory, ulong extra = 0)
    {
        Cpu.Soft = Presets.SkylakeX();
        Bytes = memory;
        _fixture = new GuestFixture((uint)((memory + extra) >> 12) + 64, 0);
        _guest = _fixture.Create((memory + extra) >> 12);
        Assert.Equal(RegionStatus.Added, _guest.AddRegion(GuestRegionKind.Ram, default, memory));
        Files.OwnBios = Pin(OwnBios);
    }

    public KernelFiles Files;

    public ulong Bytes { get; }

    public StartState Start { get; private set; }

    public KernelPlan Plan { get; private set; }

    public GuestMemoryUse Use => GuestMemoryUse.Of(ref _guest);

    public FileBytes Pin(byte[] content)
    {
        // An empty file is a file all the same: it has an address.
        var pin = GCHandle.Alloc(content.Length == 0 ? new byte[1] : content, GCHandleType.Pinned);
        _pins.Add(pin);
        return new FileBytes((byte*)pin.AddrOfPinnedObject(), (ulong)content.Length);
    }

    public void Add(byte[] module, string text) => Assert.True(Files.Modules.TryAdd(
        new KernelModule(Pin(module), Pin(System.Text.Encoding.ASCII.GetBytes(text)))));

    public LoadStatus Examine(byte[] kernel)
    {
        Files.Kernel = Pin(kernel);
        Plan = KernelExamination.Examine(Files, Bytes);
        return Plan.Status;
    }

    // Ready, or the sentence.
    public string Load(byte[] kernel)
    {
        Examine(kernel);
        return Load();
    }

    public string Load()
    {
        StartState start = default;
        fixed (GuestMemory* guest = &_guest)
        {
            bool isLoaded = KernelLoader.TryLoad(guest, ref start, Files, Bytes, out ReadOnlySpan<byte> complaint);
            Start = start;
            Assert.Equal(isLoaded, complaint.IsEmpty);
            return isLoaded ? "ready" : System.Text.Encoding.ASCII.GetString(complaint);
        }
    }

    public bool LoadTables(byte[] tables)
    {
        fixed (GuestMemory* guest = &_guest)
        {
            return AcpiTables.TryLoad(guest, Pin(tables), Bytes, 1);
        }
    }

    public byte[] Read(ulong address, int length)
    {
        byte[] bytes = new byte[length];
        Assert.Equal(Resolution.Mapped, _guest.Read(new Gpa(address), bytes));
        return bytes;
    }

    public uint Read32(ulong address) => BitConverter.ToUInt32(Read(address, 4));

    public ulong Read64(ulong address) => BitConverter.ToUInt64(Read(address, 8));

    public string ReadText(ulong address)
    {
        byte[] bytes = Read(address, 256);
        return System.Text.Encoding.ASCII.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
    }

    public void Dispose()
    {
        _guest.Release();
        _pins.ForEach(pin => pin.Free());
        _fixture.Dispose();
    }
}
