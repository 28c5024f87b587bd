// The exit stub calls FastExit with the guest's XMM registers still in the processor. So nothing that can be reached
// from there may touch one: this gate follows every call, and every jump out of a function, through the compiled code
// and the stubs. What ends in a panic may do what it likes: it does not come back. One function calls
// through a pointer: in its place every function is followed whose address the method ConnectShort takes.

using System.Collections.Generic;
using System.Linq;
using Iced.Intel;

namespace MinusOne.Efi.Stubs;

internal sealed class FastPathGate
{
    // The C# function that the exit stub calls: (Vcpu*, exit reason) -> Verdict.
    public const string FastExit = "FastExit";

    // The one that AMD's calls: (Vcpu*) -> Verdict.
    public const string FastSvmExit = "FastSvmExit";

    // And for the memory of devices: (Vcpu*) -> Verdict.
    public const string FastDevice = "FastDevice";

    // The only caller through a pointer, and the method that sets what it calls (hv/Hypervisor.cs).
    private const string Caller = "_InterruptRouting__Notify";
    private const string Registration = "_Installation__ConnectShort";

    // The end of the checks that the compiler inserts.
    private const string NoReturn = "_Panic__";

    private readonly CoffReader _managed;
    private readonly StubImage _stubs;
    private readonly Dictionary<int, byte[]> _code;
    private readonly Dictionary<int, int[]> _starts;
    private readonly Dictionary<int, IReadOnlyDictionary<int, string>> _references;
    private readonly InstructionInfoFactory _factory = new();
    private readonly Queue<string> _open = new();
    private readonly HashSet<string> _seen = [];
    private readonly List<string> _complaints = [];

    private FastPathGate(CoffReader managed, StubImage stubs)
    {
        _managed = managed;
        _stubs = stubs;
        _code = managed.CodeSections().ToDictionary(section => section.Number, section => section.Code);
        _references = _code.Keys.ToDictionary(section => section, managed.References);
        _starts = _code.Keys.ToDictionary(section => section, section => managed.Symbols
            .Where(symbol => symbol.Section == section).Select(symbol => symbol.Value).Append(_code[section].Length)
            .Distinct().Order().ToArray());
    }

    public static IEnumerable<string> Inspect(CoffReader managed, StubImage stubs)
    {
        var gate = new FastPathGate(managed, stubs);
        gate.Follow(FastExit);
        gate.Follow(FastSvmExit);
        gate.Follow(FastDevice);
        gate.FollowRegistered();
        while (gate._open.TryDequeue(out string? function))
        {
            gate.Function(function);
        }

        return gate._complaints;
    }

    private void Follow(string function)
    {
        if (!function.Contains(NoReturn) && _seen.Add(function))
        {
            _open.Enqueue(function);
        }
    }

    private void FollowRegistered()
    {
        (_, int section, int start) = _managed.Symbols.FirstOrDefault(symbol => symbol.Name.EndsWith(Registration));
        if (!_code.TryGetValue(section, out byte[]? code))
        {
            return;
        }

        int end = _starts[section].First(offset => offset > start);
        foreach (Instruction taken in Instructions(code[start..end], start))
        {
            if (taken.Mnemonic != Mnemonic.Lea)
            {
                continue;
            }

            if (_references[section].TryGetValue((int)taken.NextIP - 4, out string? target))
            {
                Follow(target);
            }
            else if (taken.IsIPRelativeMemoryOperand)
            {
                Follow(Holder(section, (int)taken.IPRelativeMemoryAddress));
            }
        }
    }

    private void Function(string name)
    {
        (_, int section, int start) = _managed.Symbols.FirstOrDefault(symbol => symbol.Name == name);
        if (_code.TryGetValue(section, out byte[]? code))
        {
            int end = _starts[section].First(offset => offset > start);
            foreach (Instruction instruction in Instructions(code[start..end], start))
            {
                Judge(name, instruction);
                FollowBranch(instruction, section, start, end);
            }
        }
        else if (_stubs.Symbols.Any(stub => stub.Name == name))
        {
            int first = (int)_stubs.Symbols.First(stub => stub.Name == name).Offset;
            int end = _stubs.Symbols.Select(stub => (int)stub.Offset).Append(_stubs.Code.Length)
                .First(offset => offset > first);
            foreach (Instruction instruction in Instructions(_stubs.Code[first..end], first))
            {
                Judge(name, instruction);
            }
        }
    }

    private static IEnumerable<Instruction> Instructions(byte[] code, int start)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code), (ulong)start);
        while (decoder.IP < (ulong)(start + code.Length))
        {
            yield return decoder.Decode();
        }
    }

    private void Judge(string name, in Instruction instruction)
    {
        if (_factory.GetInfo(instruction).GetUsedRegisters().Any(used => used.Register.IsVectorRegister()))
        {
            _complaints.Add($"{name}: '{instruction}' is reached from {FastExit}, "
                + "where the guest's XMM registers are in the processor");
        }

        if (instruction.FlowControl is FlowControl.IndirectCall && !name.EndsWith(Caller))
        {
            _complaints.Add($"{name}: '{instruction}' is reached from {FastExit}: nobody knows its target");
        }
    }

    // Within a section the compiler has resolved its branches itself.
    private void FollowBranch(in Instruction instruction, int section, int start, int end)
    {
        if (instruction.FlowControl is not (FlowControl.Call or FlowControl.UnconditionalBranch
            or FlowControl.ConditionalBranch))
        {
            return;
        }

        if (_references[section].TryGetValue((int)instruction.NextIP - 4, out string? target))
        {
            Follow(target);
        }
        else if ((int)instruction.NearBranchTarget is int offset && (offset < start || offset >= end))
        {
            Follow(Holder(section, offset));
        }
    }

    private string Holder(int section, int offset) =>
        _managed.Symbols.Where(symbol => symbol.Section == section && symbol.Value <= offset)
            .MaxBy(symbol => symbol.Value).Name;
}
