// A board with 64 KiB of RAM at 0 and one disk, and its driver: registers through the BAR, rings in the guest's memory.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed unsafe class VirtioMachine : IDisposable
{
    public const ulong RamBytes = 0x1_0000;
    public const ulong Descriptors = 0x1000, Available = 0x2000, Used = 0x3000, Data = 0x4000;
    public const int DiskBytes = 64 * 512;
    public const ushort QueueSize = 16;

    // Places in the common configuration.
    public const uint Status = 0x14, Enable = 0x1C;
    public const uint NeedsReset = 64;

    private const ulong Bar = 0xC000_8000;
    private readonly PcMachine _pc = new();
    private readonly GuestFixture _frames = new(64, 0);
    private readonly GCHandle _content;
    private readonly GuestMemory* _memory = (GuestMemory*)NativeMemory.AllocZeroed((nuint)sizeof(GuestMemory));
    private ushort _offered;

    public VirtioMachine(bool isReadOnly = false)
    {
        _content = GCHandle.Alloc(Content, GCHandleType.Pinned);
        *_memory = _frames.Create();
        Assert.Equal(RegionStatus.Added, _memory->AddRegion(GuestRegionKind.Ram, default, RamBytes));
        BlockDisks disks = default;
        Assert.True(disks.TryAdd((byte*)_content.AddrOfPinnedObject(), DiskBytes, isReadOnly));
        Assert.True(Board->TryMap(_memory, _frames.Arena.Pool, in disks, default, out _));
        Board->Out(0xCF8, 4, 0x8000_0804);
        Board->Out(0xCFC, 2, 6);
    }

    public byte[] Content { get; } = new byte[DiskBytes];

    public Board* Board => &_pc.Vm->Board;

    public GuestMemory* Memory => _memory;

    public bool IsBroken => (Common(Status, 1) & NeedsReset) != 0;

    public bool IsLineHigh => (Board->HighLines & (1u << 11)) != 0;

    public uint Common(uint at, int bytes) => (uint)Board->ReadMemory(new Gpa(Bar + at), bytes);

    public void SetCommon(uint at, int bytes, ulong value) => Board->WriteMemory(new Gpa(Bar + at), bytes, value);

    public uint Reasons() => (uint)Board->ReadMemory(new Gpa(Bar + 0x1000), 1);

    public ulong Own(uint at, int bytes) => Board->ReadMemory(new Gpa(Bar + 0x2000 + at), bytes);

    public void Kick() => Board->WriteMemory(new Gpa(Bar + 0x3000), 2, 0);

    // As 3.1.1 has it. `features`: those that are accepted beside version 1.
    public void Begin(uint features = 0, ushort size = QueueSize)
    {
        _offered = 0;
        SetCommon(Status, 1, 0);
        SetCommon(Status, 1, 3);
        Accept(0, features);
        Accept(1, 1);
        SetCommon(Status, 1, 11);
        Assert.Equal(11u, Common(Status, 1));
        SetCommon(0x18, 2, size);
        SetCommon(0x20, 8, Descriptors);
        SetCommon(0x28, 4, Available);
        SetCommon(0x30, 4, Used);
        SetCommon(Enable, 2, 1);
        SetCommon(Status, 1, 15);
        Write(Available, new byte[0x1000]);
        Write(Used, new byte[0x1000]);
    }

    public void Accept(uint part, uint features)
    {
        SetCommon(0x08, 4, part);
        SetCommon(0x0C, 4, features);
    }

    public void Describe(int index, ulong address, uint bytes, int flags, int next)
    {
        ulong at = Descriptors + (16 * (ulong)index);
        Write(at, BitConverter.GetBytes(address));
        Write(at + 8, BitConverter.GetBytes(bytes));
        Write(at + 12, BitConverter.GetBytes((uint)(flags | (next << 16))));
    }

    public void Offer(ushort head)
    {
        Write(Available + 4 + (2ul * (ulong)(_offered % QueueSize)), BitConverter.GetBytes(head));
        _offered++;
        Write(Available + 2, BitConverter.GetBytes(_offered));
        Kick();
    }

    public ushort Given => BitConverter.ToUInt16(Read(Used + 2, 2));

    // One request, its data in one buffer. Its status.
    public byte Request(uint type, ulong sector, uint bytes, bool isWritten)
    {
        Write(0x8000, [.. BitConverter.GetBytes(type), 0, 0, 0, 0, .. BitConverter.GetBytes(sector)]);
        Write(0x8010, 0xEE);
        Describe(0, 0x8000, 16, 1, bytes == 0 ? 2 : 1);
        Describe(1, Data, bytes, isWritten ? 3 : 1, 2);
        Describe(2, 0x8010, 1, 2, 0);
        Offer(0);
        Finish();
        return Read(0x8010, 1)[0];
    }

    // What was put off.
    public void Finish()
    {
        for (int i = 0; i < 100 && Board->Bus->Due != GuestClock.Never && Board->Bus->Due <= _pc.Now; i++)
        {
            _pc.Pass(1);
        }
    }

    public void Write(ulong address, params byte[] bytes) =>
        Assert.Equal(Resolution.Mapped, _memory->Load(new Gpa(address), bytes));

    public byte[] Read(ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(Resolution.Mapped, _memory->Read(new Gpa(address), bytes));
        return bytes;
    }

    public void Dispose()
    {
        Board->Release(_frames.Arena.Pool);
        _memory->Release();
        NativeMemory.Free(_memory);
        _content.Free();
        _pc.Dispose();
        _frames.Dispose();
    }
}
