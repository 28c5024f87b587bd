// A source of random numbers: those of the processor, from RDRAND. Virtual I/O Device 1.2, 5.4 Entropy Device. A guest
// on a processor that has none is given no such device, for we have nothing better. A request may be answered with less
// than it has room for, and long ones are: a number takes the processor as long as copying half a KiB.
namespace MinusOne.Hv.Devices.Virtio;

internal static unsafe class VirtioRng
{
    private const ushort Type = 4;
    private const uint ClassCode = 0xFF_0000;
    private const uint HasRandomNumbers = 1u << 30;

    // What one request is given at most; and as how many bytes a byte of it counts.
    private const int MostBytes = 256;
    private const int CostPerByte = 64;

    // SDM 1 7.3.17.1 RDRAND: the processor that fails so often in a row is broken.
    private const int Tries = 10;

    // False: no frame, or no slot.
    public static bool TryPlug(Board* board, FramePool* frames)
    {
        var kind = new VirtioKind { Type = Type, ClassCode = ClassCode, Queues = 1, Serve = &Serve };
        return (Cpu.Cpuid(1).Ecx & HasRandomNumbers) == 0
            || VirtioDevice.TryPlug(board, frames, in kind, out VirtioDevice* _);
    }

    private static VirtProgress Serve(VirtioDevice* device, int queue, ref uint written)
    {
        ref VirtChain chain = ref device->Chain;
        if (chain.Readable != 0)
        {
            return VirtProgress.Broken;
        }

        Span<byte> numbers = stackalloc byte[(int)Math.Min(chain.Writable, MostBytes)];
        device->Left -= numbers.Length * CostPerByte;
        written = (uint)numbers.Length;
        return TryDraw(numbers) && chain.TryWrite(device->Memory, numbers) ? VirtProgress.Done : VirtProgress.Broken;
    }

    // AMD's processors have had a defect by which all numbers are ones. (Erratum of family 15H and 16H, after a sleep.)
    private static bool TryDraw(Span<byte> numbers)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!numbers.IsEmpty)
        {
            ulong number = 0;
            int tries = 0;
            while (!Cpu.TryRandom(&number) || number == ulong.MaxValue)
            {
                if (++tries == Tries)
                {
                    return false;
                }
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, number);
            int bytes = Math.Min(numbers.Length, word.Length);
            word.Slice(0, bytes).CopyTo(numbers);
            numbers = numbers.Slice(bytes);
        }

        return true;
    }
}
