// A disk. Virtual I/O Device 1.2, 5.2 Block Device. A request is its header, data, and a byte for its status, however
// they are cut into buffers. One that a guest may not make - behind the end, not whole sectors, to a disk that is only
// read - is answered as an error and changes nothing. Leaves out several queues, geometry, and what nobody needs here:
// a cache's mode, lifetime, zones, secure erase.
namespace MinusOne.Hv.Devices.Virtio;

// How far a request is.
internal struct BlockState
{
    public BlockDisk Disk;
    public bool IsBegun;
    public uint Type;

    // Where on the disk the next byte is, and how many are left.
    public ulong At;
    public ulong Left;
    public byte Status;
}

internal static unsafe class VirtioBlock
{
    private const ushort Type = 2;
    private const uint ClassCode = 0x01_8000;

    // Features: buffers of a request, read only, size of a block, flush, discard, write zeroes.
    private const ulong Most = 1UL << 2, ReadOnly = 1UL << 5, BlockSize = 1UL << 6, Flush = 1UL << 9;
    private const ulong Discard = 1UL << 13, WriteZeroes = 1UL << 14;

    // Requests.
    private const uint In = 0, Out = 1, Flushed = 4, GetName = 8, Discarded = 11, Zeroed = 13;
    private const int HeaderBytes = 16;
    private const int NameBytes = 20;

    // Answers.
    private const byte Good = 0, Error = 1, Unknown = 2;

    // The most that is discarded or cleared in one go, so that it needs no second one.
    private const uint MostSectors = 2048;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames, in BlockDisk disk)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = 1, Serve = &Serve };
        kind.Features = Most | BlockSize | Flush | (disk.IsReadOnly ? ReadOnly : Discard | WriteZeroes);
        if (!VirtioDevice.TryPlug(board, frames, in kind, out VirtioDevice* device))
        {
            return false;
        }

        device->Block.Disk = disk;
        var configuration = new Span<byte>(device->Configuration, VirtioDevice.ConfigurationBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(configuration, disk.Sectors);
        Put(configuration, 12, VirtChain.Most - 2);
        Put(configuration, 20, (uint)BlockDisk.SectorBytes);
        Put(configuration, 36, MostSectors);
        Put(configuration, 40, 1);
        Put(configuration, 44, 1);
        Put(configuration, 48, MostSectors);
        Put(configuration, 52, 1);
        return true;
    }

    private static void Put(Span<byte> configuration, int at, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.Slice(at), value);

    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        ref BlockState state = ref device->Block;
        ref VirtChain chain = ref device->Chain;
        if (!state.IsBegun)
        {
            // Without a place for the status there is nobody to tell.
            if (chain.Readable < HeaderBytes || chain.Writable == 0 || !TryBegin(device, ref state, ref chain))
            {
                return VirtProgress.Broken;
            }

            state.IsBegun = true;
        }

        if (state.Left != 0 && !TryMove(device, ref state, ref chain))
        {
            return VirtProgress.Broken;
        }

        if (state.Left != 0)
        {
            return VirtProgress.Waiting;
        }

        byte status = state.Status;
        chain.Seek(chain.Writable - 1, isWritten: true);
        written = state.Type == In && status == Good ? (uint)chain.Writable : 1;
        return chain.TryWrite(device->Memory, new ReadOnlySpan<byte>(in status))
            ? VirtProgress.Done
            : VirtProgress.Broken;
    }

    // False: its memory is not there.
    private static bool TryBegin(VirtioDevice* device, ref BlockState state, ref VirtChain chain)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!chain.TryRead(device->Memory, header))
        {
            return false;
        }

        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(8));
        ulong readable = chain.Readable - HeaderBytes;
        state.Type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        state.Left = 0;
        state.Status = Good;
        switch (state.Type)
        {
            case In or Out:
                ulong bytes = state.Type == In ? chain.Writable - 1 : readable;
                bool mayBe = (state.Type == In || !state.Disk.IsReadOnly) && IsOn(in state.Disk, sector, bytes);
                state.Status = mayBe ? Good : Error;
                state.At = sector * BlockDisk.SectorBytes;
                state.Left = mayBe ? bytes : 0;
                chain.Seek(state.Type == In ? 0ul : HeaderBytes, state.Type == In);
                return true;
            case Flushed: return true;
            case GetName when chain.Writable > NameBytes: return TryName(device, ref chain, state.Disk.Number);
            case GetName: return Refuse(ref state, Error);
            case Discarded or Zeroed when !state.Disk.IsReadOnly:
                return TryClear(device, ref state, ref chain, readable);
            default: return Refuse(ref state, Unknown);
        }
    }

    private static bool Refuse(ref BlockState state, byte status)
    {
        state.Status = status;
        return true;
    }

    // Whole sectors, all of them there.
    private static bool IsOn(in BlockDisk disk, ulong sector, ulong bytes) =>
        bytes % BlockDisk.SectorBytes == 0 && sector <= disk.Sectors
        && bytes / BlockDisk.SectorBytes <= disk.Sectors - sector;

    // As much as may be moved now. False: its memory is not there.
    private static bool TryMove(VirtioDevice* device, ref BlockState state, ref VirtChain chain)
    {
        bool isIn = state.Type == In;
        while (state.Left != 0 && device->Left > 0)
        {
            uint most = (uint)Math.Min(state.Left, 0x1000);
            uint bytes = chain.Reach(device->Memory, isIn, most, out byte* host);
            if (bytes == 0)
            {
                return false;
            }

            var part = new Span<byte>(host, (int)bytes);
            bool isDone = isIn
                ? state.Disk.Read(ref state.Disk, state.At, part)
                : state.Disk.Write(ref state.Disk, state.At, part);
            state.At += bytes;
            state.Left = isDone ? state.Left - bytes : 0;
            state.Status = isDone ? state.Status : Error;
            device->Left -= (int)bytes;
        }

        return true;
    }

    private static bool TryName(VirtioDevice* device, ref VirtChain chain, byte number)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        name.Clear();
        "minusone-0"u8.CopyTo(name);
        name[9] += number;
        chain.Seek(0, isWritten: true);
        return chain.TryWrite(device->Memory, name);
    }

    // 5.2.6: one range of sectors, with flags of which 0 alone is known for discard. Nothing is given back to anybody,
    // so to discard is to leave it.
    private static bool TryClear(VirtioDevice* device, ref BlockState state, ref VirtChain chain, ulong readable)
    {
        Span<byte> range = stackalloc byte[HeaderBytes];
        if (readable != HeaderBytes)
        {
            return Refuse(ref state, Error);
        }

        if (!chain.TryRead(device->Memory, range))
        {
            return false;
        }

        ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(range);
        ulong sectors = BinaryPrimitives.ReadUInt32LittleEndian(range.Slice(8));
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(range.Slice(12));
        if (flags > (state.Type == Zeroed ? 1u : 0))
        {
            return Refuse(ref state, Unknown);
        }

        if (sectors > MostSectors || !IsOn(in state.Disk, sector, sectors * BlockDisk.SectorBytes))
        {
            return Refuse(ref state, Error);
        }

        Span<byte> zeros = stackalloc byte[(int)BlockDisk.SectorBytes];
        zeros.Clear();
        for (ulong i = sector; state.Type == Zeroed && i < sector + sectors && state.Status == Good; i++)
        {
            state.Status = state.Disk.Write(ref state.Disk, i * BlockDisk.SectorBytes, zeros) ? Good : Error;
        }

        device->Left -= state.Type == Zeroed ? (int)(sectors * BlockDisk.SectorBytes) : 0;
        return true;
    }
}
