// A guest with a card in a network: its driver's two queues, in 64 KiB of RAM at 0. Queue 0 receives, queue 1 sends.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed unsafe class NetGuest : IDisposable
{
    public const int Header = 12;
    public const ulong Data = 0x8000;
    private const ulong Bar = 0xC000_8000;
    private const int Size = 4;
    private const uint Status = 0x14;

    private readonly PcMachine _pc = new();
    private readonly GuestFixture _frames = new(64, 0);
    private readonly GuestMemory* _memory = (GuestMemory*)NativeMemory.AllocZeroed((nuint)sizeof(GuestMemory));
    private readonly ushort[] _offered = new ushort[2];

    public NetGuest(Lan* lan, int number, byte network = 1)
    {
        *_memory = _frames.Create();
        Assert.Equal(RegionStatus.Added, _memory->AddRegion(GuestRegionKind.Ram, default, 0x1_0000));
        Assert.True(Board->TryMap(
            _memory, _frames.Arena.Pool, default, NetState.For(lan, network, (uint)number), out _));
        Board->Out(0xCF8, 4, 0x8000_0804);
        Board->Out(0xCFC, 2, 6);
    }

    public Board* Board => &_pc.Vm->Board;

    public bool IsBroken => (Common(Status) & 64) != 0;

    public bool IsLineHigh => (Board->HighLines & (1u << 11)) != 0;

    public byte[] Address => [.. BitConverter.GetBytes(Board->ReadMemory(new Gpa(Bar + 0x2000), 8))[..6]];

    public uint Common(uint at) => (uint)Board->ReadMemory(new Gpa(Bar + at), 1);

    public void SetCommon(uint at, int bytes, ulong value) => Board->WriteMemory(new Gpa(Bar + at), bytes, value);

    public void Begin()
    {
        SetCommon(Status, 1, 0);
        SetCommon(Status, 1, 3);
        SetCommon(0x08, 4, 1);
        SetCommon(0x0C, 4, 1);
        SetCommon(Status, 1, 11);
        for (ushort queue = 0; queue < 2; queue++)
        {
            Write(Ring(queue), new byte[0x400]);
            SetCommon(0x16, 2, queue);
            SetCommon(0x18, 2, Size);
            SetCommon(0x20, 8, Ring(queue));
            SetCommon(0x28, 8, Ring(queue) + 0x100);
            SetCommon(0x30, 8, Ring(queue) + 0x200);
            SetCommon(0x1C, 2, 1);
            _offered[queue] = 0;
        }

        SetCommon(Status, 1, 15);
    }

    // A buffer for what may come.
    public void Receive(ulong at, uint bytes, bool isWritten = true) => Offer(0, at, bytes, isWritten ? 2 : 0);

    public void Send(byte[] frame)
    {
        Write(Data, [.. new byte[Header], .. frame]);
        Offer(1, Data, (uint)(Header + frame.Length), 0);
    }

    public void Offer(int queue, ulong at, uint bytes, int flags)
    {
        int slot = _offered[queue] % Size;
        byte[] descriptor = [.. BitConverter.GetBytes(at), .. BitConverter.GetBytes(bytes), (byte)flags, 0, 0, 0];
        Write(Ring(queue) + (16ul * (ulong)slot), descriptor);
        Write(Ring(queue) + 0x104 + (2ul * (ulong)slot), BitConverter.GetBytes((ushort)slot));
        _offered[queue]++;
        Write(Ring(queue) + 0x102, BitConverter.GetBytes(_offered[queue]));
        Board->WriteMemory(new Gpa(Bar + 0x3000 + (4 * (ulong)queue)), 2, (ulong)queue);
    }

    // Chains that came back, and how much of the last one was written.
    public ushort Given(int queue) => BitConverter.ToUInt16(Read(Ring(queue) + 0x202, 2));

    public uint Written(int queue) =>
        BitConverter.ToUInt32(Read(Ring(queue) + 0x208 + (8ul * (ulong)((Given(queue) - 1) % Size)), 4));

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
        _pc.Dispose();
        _frames.Dispose();
    }

    private static ulong Ring(int queue) => 0x1000 + (0x1000 * (ulong)queue);

    private void Write(ulong address, byte[] bytes) =>
        Assert.Equal(Resolution.Mapped, _memory->Load(new Gpa(address), bytes));
}
