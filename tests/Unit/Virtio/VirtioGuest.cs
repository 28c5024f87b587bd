// A guest with 64 KiB of RAM at 0 and one device of virtio, as its driver has it: registers through the BAR, and queues
// in the guest's memory, each with a part of three pages: a quarter, or of more than four queues an eighth.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

internal unsafe class VirtioGuest : IDisposable
{
    public const ulong RamBytes = 0x1_0000;
    public const ulong Descriptors = 0x1000, Available = 0x2000, Used = 0x3000, Data = 0x4000;

    // Places in the common configuration.
    public const uint Status = 0x14, Enable = 0x1C;
    public const uint NeedsReset = 64;

    private const ulong Bar = 0xC000_8000;
    private readonly PcMachine _pc = new();
    private readonly GuestFixture _frames = new(64, 0);
    private readonly GuestMemory* _memory = (GuestMemory*)NativeMemory.AllocZeroed((nuint)sizeof(GuestMemory));
    private readonly ushort[] _offered;
    private readonly ushort _size;

    // With so many queues of so many entries. `features`: what the processor says of itself in CPUID.1:ECX.
    public VirtioGuest(
        in DeviceOrder order, int queues, ushort size, NetState port = default, uint features = 0)
    {
        Cpu.Soft.CpuidLeaves[(1, 0)] = new CpuidResult { Ecx = features };
        _offered = new ushort[queues];
        _size = size;
        *_memory = _frames.Create();
        Assert.Equal(RegionStatus.Added, _memory->AddRegion(GuestRegionKind.Ram, default, RamBytes));
        Assert.True(Board->TryMap(_memory, _frames.Arena.Pool, in order, port, out _));
        Board->Out(0xCF8, 4, 0x8000_0804);
        Board->Out(0xCFC, 2, 6);
    }

    public Board* Board => &_pc.Vm->Board;

    public GuestMemory* Memory => _memory;

    public FramePool* Frames => _frames.Arena.Pool;

    public bool IsBroken => (Common(Status, 1) & NeedsReset) != 0;

    public bool IsLineHigh => (Board->HighLines & (1u << 11)) != 0;

    public uint Common(uint at, int bytes) => (uint)Board->ReadMemory(new Gpa(Bar + at), bytes);

    public void SetCommon(uint at, int bytes, ulong value) => Board->WriteMemory(new Gpa(Bar + at), bytes, value);

    public uint Reasons() => (uint)Board->ReadMemory(new Gpa(Bar + 0x1000), 1);

    public ulong Own(uint at, int bytes) => Board->ReadMemory(new Gpa(Bar + 0x2000 + at), bytes);

    public void SetOwn(uint at, int bytes, ulong value) =>
        Board->WriteMemory(new Gpa(Bar + 0x2000 + at), bytes, value);

    public void Kick(int queue = 0) => Board->WriteMemory(new Gpa(Bar + 0x3000 + (4 * (ulong)queue)), 2, (ulong)queue);

    // As 3.1.1 has it. `features`: those that are accepted beside version 1.
    public void Begin(uint features = 0)
    {
        Write(Available, new byte[0x1000]);
        Write(Used, new byte[0x1000]);
        SetCommon(Status, 1, 0);
        SetCommon(Status, 1, 3);
        Accept(0, features);
        Accept(1, 1);
        SetCommon(Status, 1, 11);
        Assert.Equal(11u, Common(Status, 1));
        for (int queue = 0; queue < _offered.Length; queue++)
        {
            SetCommon(0x16, 2, (ulong)queue);
            SetCommon(0x18, 2, _size);
            SetCommon(0x20, 8, At(Descriptors, queue));
            SetCommon(0x28, 4, At(Available, queue));
            SetCommon(0x30, 4, At(Used, queue));
            SetCommon(Enable, 2, 1);
            _offered[queue] = 0;
        }

        SetCommon(0x16, 2, 0);
        SetCommon(Status, 1, 15);
    }

    public void Accept(uint part, uint features)
    {
        SetCommon(0x08, 4, part);
        SetCommon(0x0C, 4, features);
    }

    public void Describe(int index, ulong address, uint bytes, int flags, int next, int queue = 0)
    {
        ulong at = At(Descriptors, queue) + (16 * (ulong)index);
        Write(at, BitConverter.GetBytes(address));
        Write(at + 8, BitConverter.GetBytes(bytes));
        Write(at + 12, BitConverter.GetBytes((uint)(flags | (next << 16))));
    }

    public void Offer(ushort head, int queue = 0)
    {
        ulong ring = At(Available, queue);
        Write(ring + 4 + (2ul * (ulong)(_offered[queue] % _size)), BitConverter.GetBytes(head));
        _offered[queue]++;
        Write(ring + 2, BitConverter.GetBytes(_offered[queue]));
        Kick(queue);
    }

    // One buffer, in the next place of the queue.
    public void OfferOne(int queue, ulong at, uint bytes, int flags)
    {
        int index = _offered[queue] % _size;
        Describe(index, at, bytes, flags, 0, queue);
        Offer((ushort)index, queue);
    }

    // Chains that came back, and how much of the last one was written.
    public ushort Given(int queue = 0) => BitConverter.ToUInt16(Read(At(Used, queue) + 2, 2));

    public uint Written(int queue = 0) => WrittenTo(queue, Given(queue) - 1);

    // The same of a chain that came back earlier, counted from 0.
    public uint WrittenTo(int queue, int index) =>
        BitConverter.ToUInt32(Read(At(Used, queue) + 8 + (8ul * (ulong)(index % _size)), 4));

    // What was put off.
    public void Finish()
    {
        for (int i = 0; i < 100 && Board->Bus->Due != GuestClock.Never && Board->Bus->Due <= _pc.Now; i++)
        {
            _pc.Pass(1);
        }
    }

    // So many ticks of its clock go by.
    public void Pass(ulong ticks) => _pc.Pass(ticks);

    public void Write(ulong address, params byte[] bytes) =>
        Assert.Equal(Resolution.Mapped, _memory->Load(new Gpa(address), bytes));

    public byte[] Read(ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(Resolution.Mapped, _memory->Read(new Gpa(address), bytes));
        return bytes;
    }

    public virtual void Dispose()
    {
        Board->Release(_frames.Arena.Pool);
        _memory->Release();
        NativeMemory.Free(_memory);
        _pc.Dispose();
        _frames.Dispose();
    }

    private ulong At(ulong part, int queue) => part + ((_offered.Length > 4 ? 0x200ul : 0x400) * (ulong)queue);
}
