// Runs machine code on symbols: follows every path from an entry point to where it ends, and knows just enough
// instructions for the stubs. What it does not know makes the registers it writes unknown, and is noted as special.

using System;
using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using static Iced.Intel.Mnemonic;

namespace MinusOne.Tests.Unit.Stubs;

internal sealed class SymbolicMachine
{
    private static readonly HashSet<Mnemonic> s_plain =
    [
        Mov, Movzx, Movups, Push, Pop, Lea, Add, Sub, Or, Xor, Shl, Shr, Cmp, Test, Setb, Sete,
        Ret, Call, Jmp, Je, Jne, Jbe, Ud2,
    ];

    // C# functions that the gate of the build keeps away from XMM registers.
    private static readonly HashSet<string> s_withoutXmm = ["FastExit", "FastSvmExit", "FastDevice"];

    private readonly byte[] _code;
    private readonly Func<ulong, string> _nameAt;
    private readonly InstructionInfoFactory _info = new();

    // nameAt says which symbol the four bytes at an offset will be relocated to, if any.
    public SymbolicMachine(byte[] code, Func<ulong, string> nameAt)
    {
        _code = code;
        _nameAt = nameAt;
    }

    // Every path: where it ended, and in which state.
    public IEnumerable<(Instruction End, SymbolicState State)> Run(
        ulong entry, SymbolicState state, Action<Instruction, SymbolicState> watch,
        Func<Instruction, SymbolicState, bool> isOver = null)
    {
        var pending = new Stack<(ulong Offset, SymbolicState State)>([(entry, state)]);
        while (pending.TryPop(out (ulong Offset, SymbolicState State) path))
        {
            Instruction instruction = Decode(path.Offset);
            watch?.Invoke(instruction, path.State);
            if (instruction.Mnemonic is Je or Jne or Jbe)
            {
                pending.Push((instruction.NearBranchTarget, path.State.Clone()));
            }

            if (IsEnd(instruction) || (isOver != null && isOver(instruction, path.State)))
            {
                yield return (instruction, path.State);
                continue;
            }

            Step(instruction, path.State);
            pending
                .Push((instruction.IsJmpShortOrNear ? instruction.NearBranchTarget : instruction.NextIP, path.State));
        }
    }

    public Instruction Decode(ulong offset)
    {
        var decoder = Decoder
            .Create(64, new ByteArrayCodeReader(_code, (int)offset, _code.Length - (int)offset), offset);
        Instruction instruction = decoder.Decode();
        return instruction.IsInvalid
            ? throw new InvalidOperationException($"no instruction at {offset:X}") : instruction;
    }

    // A far return is no end here: it only reloads CS and goes on behind itself.
    private static bool IsEnd(Instruction instruction) =>
        instruction.Mnemonic is Ret or Ud2 or Iretq || instruction.IsJmpNearIndirect;

    private void Step(Instruction instruction, SymbolicState state)
    {
        Note(instruction, state);
        switch (instruction.Mnemonic)
        {
            case Push:
                Value pushed = Operand(instruction, 0, state);
                state[Register.RSP] += -8;
                state.Store(state[Register.RSP], pushed);
                break;
            case Pop:
                Value popped = state.Load(state[Register.RSP]);
                state[Register.RSP] += 8;
                state[instruction.Op0Register] = popped;
                break;
            case Mov or Movups when instruction.Op0Kind == OpKind.Memory:
                state.Store(Address(instruction, state), Operand(instruction, 1, state));
                break;
            case Mov or Movups when IsWhole(instruction.Op0Register) || instruction.Op1Kind == OpKind.Immediate32:
                state[Whole(instruction.Op0Register)] = Operand(instruction, 1, state);
                break;
            case Lea when IsWhole(instruction.Op0Register):
                state[instruction.Op0Register] = Address(instruction, state);
                break;
            case Add or Sub when IsWhole(instruction.Op0Register) && instruction.Op1Kind != OpKind.Register:
                long immediate = (long)instruction.GetImmediate(1);
                state[instruction.Op0Register] += instruction.Mnemonic == Add ? immediate : -immediate;
                break;
            case Xor when instruction.Op0Register == instruction.Op1Register:
                state[Whole(instruction.Op0Register)] = new Value("", 0);
                break;
            case Vmread:
                var told = new Value($"vmcs {Operand(instruction, 1, state).Offset:X}", 0);
                if (instruction.Op0Kind == OpKind.Memory)
                {
                    state.Store(Address(instruction, state), told);
                }
                else
                {
                    state[instruction.Op0Register] = told;
                }

                break;
            case Retf:
                state[Register.RSP] += 16;
                break;
            case Call:
                CallOut(instruction, state);
                break;
            default:
                Forget(instruction, state);
                break;
        }
    }

    private void CallOut(Instruction instruction, SymbolicState state)
    {
        string name = _nameAt(instruction.IP + 1) ?? Operand(instruction, 0, state).ToString();
        state.Calls.Add(name);
        if (state[Register.RSP].Origin == "rsp" && (state[Register.RSP].Offset & 15) != 8)
        {
            throw new InvalidOperationException($"the stack is not aligned at the call at {instruction.IP:X}");
        }

        state.ForgetWhatACallMayChange(withXmm: !s_withoutXmm.Contains(name));
    }

    private void Note(Instruction instruction, SymbolicState state)
    {
        bool system = IsSystem(instruction.Op0Register) || IsSystem(instruction.Op1Register);
        if (system || !s_plain.Contains(instruction.Mnemonic))
        {
            state.Special.Add(system ? instruction.ToString() : SymbolicState.Name(instruction.Mnemonic));
        }

        foreach (UsedMemory memory in _info
            .GetInfo(instruction).GetUsedMemory().Where(used => used.Access != OpAccess.NoMemAccess))
        {
            Value address = memory.Base == Register.RIP ? Address(instruction, state)
                : memory.Index == Register.None ? state[memory.Base.GetFullRegister()] + (long)memory.Displacement
                : SymbolicState.Unknown();
            bool write = memory.Access is not OpAccess.Read and not OpAccess.CondRead;
            int size = Math.Max(memory.MemorySize.GetSize(), instruction.MemorySize.GetSize());
            Touch(state, address, size, write, instruction);
        }
    }

    // The stack below the return address is the stub's own; above it lies the home space of its four arguments.
    private static void Touch(SymbolicState state, Value address, int size, bool write, Instruction instruction)
    {
        if (address.Origin != "rsp")
        {
            state.Accesses.Add($"{address}:{(write ? "w" : "r")}{size}");
        }
        else if (write && (address.Offset >= 0x28 || (address.Offset is >= 0 and < 8 && instruction.Mnemonic != Push)))
        {
            throw new InvalidOperationException($"{instruction} writes to its caller's stack");
        }
    }

    private Value Operand(Instruction instruction, int index, SymbolicState state) =>
        instruction.GetOpKind(index) switch
        {
            OpKind.Register when IsWhole(instruction.GetOpRegister(index)) => state[instruction.GetOpRegister(index)],
            OpKind.Memory => state.Load(Address(instruction, state)),
            OpKind.Register or OpKind.NearBranch64 => SymbolicState.Unknown(),
            _ => new Value("", (long)instruction.GetImmediate(index)),
        };

    private Value Address(Instruction instruction, SymbolicState state)
    {
        if (instruction.IsIPRelativeMemoryOperand)
        {
            string name = _nameAt(instruction.NextIP - 4);
            return name is null ? new Value("code", (long)instruction.IPRelativeMemoryAddress)
                : new Value("&" + name, 0);
        }

        return instruction.MemoryIndex == Register.None
            ? state[instruction.MemoryBase] + (long)instruction.MemoryDisplacement64
            : SymbolicState.Unknown();
    }

    private void Forget(Instruction instruction, SymbolicState state)
    {
        foreach (UsedRegister used in _info.GetInfo(instruction).GetUsedRegisters())
        {
            Register register = Whole(used.Register);
            bool written =
                used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite or OpAccess.ReadCondWrite;
            if (written && IsWhole(register))
            {
                state[register] = SymbolicState.Unknown();
            }
        }
    }

    private static Register Whole(Register register) =>
        register.IsVectorRegister() ? Register.XMM0 + register.GetNumber() : register.GetFullRegister();

    private static bool IsSystem(Register register) =>
        register.IsSegmentRegister() || register.IsCR() || register.IsDR();

    private static bool IsWhole(Register register) => register.IsGPR64() || register.IsXMM();
}
