// A stretch of memory for the emulator, as large as the one the processor works on, and the loop that an exit handler
// would run around it.

using System;
using System.Buffers.Binary;

namespace MinusOne.Tests.Unit.Decode;

internal sealed class EmulatedMemory
{
    private readonly ulong _start;

    public EmulatedMemory(ulong start, int size)
    {
        _start = start;
        Bytes = new byte[size];
    }

    public byte[] Bytes { get; }

    // False, with nothing more done, as soon as an address lies outside.
    public bool Run(
        in DecodedInstruction instruction,
        ref GuestRegisters registers,
        ref Rflags rflags,
        in SegmentBases bases,
        ulong rip)
    {
        while (!StringStep.IsOver(in instruction, ref registers))
        {
            Gva address = OperandAddress.OfMemory(in instruction, ref registers, in bases, rip);
            Gva sourceAddress = OperandAddress.OfSource(in instruction, ref registers, in bases);
            ulong source = 0;
            if (!TryRead(address, instruction.MemorySize, out ulong memory) ||
                (instruction.ReadsSource && !TryRead(sourceAddress, instruction.MemorySize, out source)))
            {
                return false;
            }

            // What an instruction does not read must not matter.
            memory = instruction.Reads ? memory : 0xDEAD_BEEF_DEAD_BEEF;
            ulong result = Execution.Execute(in instruction, ref registers, ref rflags, memory, source);
            if (instruction.Writes)
            {
                Write(address, instruction.MemorySize, result);
            }

            if (StringStep.Advance(in instruction, ref registers, rflags))
            {
                break;
            }
        }

        return true;
    }

    public bool TryRead(Gva address, int size, out ulong value)
    {
        value = 0;
        ulong offset = address.Value - _start;
        if (offset > (ulong)(Bytes.Length - 8))
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan((int)offset));
        value &= ulong.MaxValue >> (64 - (8 * size));
        return true;
    }

    private void Write(Gva address, int size, ulong value)
    {
        for (int i = 0; i < size; i++)
        {
            Bytes[(int)(address.Value - _start) + i] = (byte)(value >> (8 * i));
        }
    }
}
