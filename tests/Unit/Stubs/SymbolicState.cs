// Registers and memory on one path through a stub, in terms of what they held at its start, and what the path has done.

using System.Collections.Generic;
using System.Linq;
using Iced.Intel;

namespace MinusOne.Tests.Unit.Stubs;

internal sealed class SymbolicState
{
    // What code must leave as it found it: Microsoft's x64 convention. RSP is checked at the return.
    public static readonly Register[] CallerOwned =
    [
        Register.RBX, Register.RBP, Register.RSI, Register.RDI, Register.R12, Register.R13, Register.R14, Register.R15,
        Register.XMM6, Register.XMM7,
            Register.XMM8, Register.XMM9, Register.XMM10, Register.XMM11, Register.XMM12, Register.XMM13,
        Register.XMM14, Register.XMM15,
    ];

    private static int s_unknowns;

    private readonly Dictionary<Register, Value> _registers = [];
    private readonly Dictionary<Value, Value> _memory = [];

    public SymbolicState()
    {
        for (int i = 0; i < 16; i++)
        {
            this[Register.RAX + i] = Initial(Register.RAX + i);
            this[Register.XMM0 + i] = Initial(Register.XMM0 + i);
        }
    }

    private SymbolicState(SymbolicState other)
    {
        _registers = new(other._registers);
        _memory = new(other._memory);
        Accesses = [.. other.Accesses];
        Special = [.. other.Special];
        Calls = [.. other.Calls];
    }

    // Outside the stack: what, in which direction, how many bytes.
    public SortedSet<string> Accesses { get; } = new(System.StringComparer.Ordinal);

    // Instructions that are more than moves, sums and jumps.
    public SortedSet<string> Special { get; } = new(System.StringComparer.Ordinal);

    // C# functions and pointers that are called.
    public List<string> Calls { get; } = [];

    public Value this[Register register]
    {
        get => _registers[register];
        set => _registers[register] = value;
    }

    public static Value Initial(Register register) => new(Name(register), 0);

    public static string Name<T>(T registerOrMnemonic)
        where T : struct, System.Enum =>
        registerOrMnemonic.ToString().ToLowerInvariant();

    public static Value Unknown() => new("?" + ++s_unknowns, 0);

    public SymbolicState Clone() => new(this);

    public Value Load(Value address) =>
        _memory.TryGetValue(address, out Value value) ? value : new Value($"[{address}]", 0);

    public void ForgetWhatACallMayChange(bool withXmm)
    {
        foreach (Register register in _registers.Keys.Except(CallerOwned)
            .Where(register => register != Register.RSP && (withXmm || !register.IsVectorRegister())))
        {
            this[register] = Unknown();
        }
    }

    public void Store(Value address, Value value) => _memory[address] = value;
}
