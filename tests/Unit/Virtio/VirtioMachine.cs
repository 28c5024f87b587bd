// A guest with one disk, and its driver.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Virtio;

internal sealed unsafe class VirtioMachine : VirtioGuest
{
    public const int DiskBytes = 64 * 512;
    public const ushort QueueSize = 16;

    private readonly GCHandle _content;

    public VirtioMachine(bool isReadOnly = false)
        : this(GCHandle.Alloc(new byte[DiskBytes], GCHandleType.Pinned), isReadOnly)
    {
    }

    private VirtioMachine(GCHandle content, bool isReadOnly)
        : base(Disk(content, isReadOnly), queues: 1, QueueSize) => _content = content;

    public byte[] Content => (byte[])_content.Target;

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

    public override void Dispose()
    {
        base.Dispose();
        _content.Free();
    }

    private static DeviceOrder Disk(GCHandle content, bool isReadOnly)
    {
        DeviceOrder order = default;
        Assert.True(order.Disks.TryAdd((byte*)content.AddrOfPinnedObject(), DiskBytes, isReadOnly));
        return order;
    }
}
