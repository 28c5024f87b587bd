// A processor for what a wandering kernel is made of, written from the manual and decoded by Iced: it knows nothing of
// the hypervisor, nor of the emulators. A string instruction is a step for each of its iterations. SDM 1 3.4.3.1 Status
// Flags, 7.3.9.3 Repeated String Operations, 2A to 2D for each instruction.

using System;
using System.Collections.Generic;
using Iced.Intel;

namespace MinusOne.Tests.Boot.Stepping;

internal sealed class SmallProcessor(byte[] image, uint load)
{
    private const int Eax = 0, Ecx = 1, Esp = 4, Esi = 6, Edi = 7;

    private readonly Dictionary<uint, uint> _memory = [];
    private readonly uint _load = load;
    private StatusFlags _flags;

    // Where the last instruction stands, if it is a repeated one.
    private uint _repeated;

    // Registers, by their numbers in machine code.
    public uint[] Registers { get; } = new uint[8];

    public uint Rip { get; private set; } = load;

    // A repeated instruction takes a step more, in which it finds that nothing is left: QEMU's of version 10 do.
    public bool Lingers { get; private set; }

    // Behind a last iteration, somebody still stands at the instruction: it is one that lingers. False: it is not that.
    public bool TryLinger(uint rip)
    {
        bool isLast = !Lingers && rip == _repeated && Registers[Ecx] == 0;
        Rip = isLast ? rip : Rip;
        Lingers |= isLast;
        return isLast;
    }

    public void Step()
    {
        int start = (int)(Rip - _load);
        var decoder = Decoder.Create(32, new ByteArrayCodeReader(image, start, image.Length - start));
        decoder.IP = Rip;
        Instruction instruction = decoder.Decode();
        _repeated = instruction.HasRepPrefix ? Rip : 0;
        if (instruction.HasRepPrefix)
        {
            Repeat(instruction);
            return;
        }

        Rip += (uint)instruction.Length;
        if (instruction.IsJccShortOrNear)
        {
            Rip = _flags.Hold(instruction.ConditionCode) ? instruction.NearBranch32 : Rip;
        }
        else if (!Jumps(instruction) && !Moves(instruction))
        {
            Compute(instruction);
        }
    }

    // One iteration; the instruction is over with the last.
    private void Repeat(in Instruction instruction)
    {
        bool isOver = Registers[Ecx] <= (Lingers ? 0u : 1);
        if (Registers[Ecx] != 0)
        {
            bool isCopy = instruction.Mnemonic == Mnemonic.Movsd;
            _memory[Registers[Edi]] = isCopy ? Load(Registers[Esi]) : Registers[Eax];
            Registers[Edi] += sizeof(uint);
            Registers[Esi] += isCopy ? sizeof(uint) : 0u;
            Registers[Ecx]--;
        }

        Rip += isOver ? (uint)instruction.Length : 0;
    }

    private bool Jumps(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Jmp: Rip = instruction.NearBranch32; break;
            case Mnemonic.Loop: Rip = --Registers[Ecx] != 0 ? instruction.NearBranch32 : Rip; break;
            case Mnemonic.Call:
                Push(Rip);
                Rip = instruction.NearBranch32;
                break;
            case Mnemonic.Ret: Rip = Pop(); break;
            default: return false;
        }

        return true;
    }

    // Control registers and ports change nothing that can be seen here.
    private bool Moves(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Mov when instruction.Op0Kind == OpKind.Memory:
                _memory[instruction.MemoryDisplacement32] = Source(instruction);
                break;
            case Mnemonic.Mov when !instruction.Op0Register.IsCR():
                Registers[Number(instruction)] = Source(instruction);
                break;
            case Mnemonic.Push: Push(Target(instruction)); break;
            case Mnemonic.Pop: Registers[Number(instruction)] = Pop(); break;
            case Mnemonic.Pushfd: Push(_flags.Value); break;
            case Mnemonic.Popfd: _flags.Value = Pop(); break;
            default: return instruction.Mnemonic is Mnemonic.Mov or Mnemonic.Cld or Mnemonic.Out;
        }

        return true;
    }

    private void Compute(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Add: Set(instruction, _flags.Add(Target(instruction), Source(instruction), false)); break;
            case Mnemonic.Adc:
                Set(instruction, _flags.Add(Target(instruction), Source(instruction), _flags.Carry));
                break;
            case Mnemonic.Sub: Set(instruction, _flags.Subtract(Target(instruction), Source(instruction))); break;
            case Mnemonic.Cmp: _flags.Subtract(Target(instruction), Source(instruction)); break;
            case Mnemonic.Xor: Set(instruction, _flags.Logic(Target(instruction) ^ Source(instruction))); break;
            case Mnemonic.And: Set(instruction, _flags.Logic(Target(instruction) & Source(instruction))); break;
            case Mnemonic.Or: Set(instruction, _flags.Logic(Target(instruction) | Source(instruction))); break;
            case Mnemonic.Inc or Mnemonic.Dec:
                bool carry = _flags.Carry;
                bool isUp = instruction.Mnemonic == Mnemonic.Inc;
                Set(instruction, isUp ? _flags.Add(Target(instruction), 1, false)
                    : _flags.Subtract(Target(instruction), 1));
                _flags.Carry = carry;
                break;
            default: throw new NotSupportedException($"{instruction} at {instruction.IP:X}");
        }
    }

    private static int Number(in Instruction instruction) => instruction.Op0Register.GetNumber();

    private uint Target(in Instruction instruction) => Registers[Number(instruction)];

    private void Set(in Instruction instruction, uint value) => Registers[Number(instruction)] = value;

    private uint Source(in Instruction instruction) => instruction.Op1Kind switch
    {
        OpKind.Register => Registers[instruction.Op1Register.GetNumber()],
        OpKind.Memory => Load(instruction.MemoryDisplacement32),
        _ => (uint)instruction.GetImmediate(1),
    };

    private uint Load(uint address) => _memory.GetValueOrDefault(address);

    private void Push(uint value)
    {
        Registers[Esp] -= sizeof(uint);
        _memory[Registers[Esp]] = value;
    }

    private uint Pop()
    {
        uint value = Load(Registers[Esp]);
        Registers[Esp] += sizeof(uint);
        return value;
    }
}
