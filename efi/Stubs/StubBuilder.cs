// Collects stubs into one run of code: a symbol for each, and a relocation wherever one names another object's. The
// assembler is Iced's; this class adds only what an object file needs to know.

using System.Collections.Generic;
using System.IO;
using Iced.Intel;

namespace MinusOne.Efi.Stubs;

internal sealed class StubBuilder
{
    private readonly List<(string Name, Label Label)> _symbols = [];
    private readonly List<(string Name, Label Label, uint Opcode)> _references = [];
    private readonly List<Label> _recoveries = [];

    private readonly List<(string Name, byte[] Content)> _constants = [];

    public Assembler Code { get; } = new(64);

    // Starts the stub of this name.
    public void Begin(string name) => _symbols.Add((name, Here()));

    // Bytes of this name that are not executed where they lie.
    public void Keep(string name, byte[] content) => _constants.Add((name, content));

    // A label at this very place. The zero-sized pseudo instruction lets several labels share it.
    public Label Here()
    {
        Label label = Code.CreateLabel();
        Place(ref label);
        return label;
    }

    public void Place(ref Label label)
    {
        Code.Label(ref label);
        Code.zero_bytes();
    }

    // call NAME: a function of the managed object, resolved by the linker.
    public void CallManaged(string name)
    {
        _references.Add((name, Here(), 1));
        Code.db(0xE8, 0, 0, 0, 0);
    }

    // RAX = address of NAME, in whichever object it is.
    public void LoadAddress(string name)
    {
        _references.Add((name, Here(), 3));
        Code.db(0x48, 0x8D, 0x05, 0, 0, 0, 0);
    }

    // If the instruction at `fault` raises #GP, the host goes on at `recovery` instead of reporting a panic.
    public void Recover(Label fault, Label recovery) => _recoveries.AddRange([fault, recovery]);

    public StubImage Assemble()
    {
        var stream = new MemoryStream();
        AssemblerResult result = Code.Assemble(
            new StreamCodeWriter(stream), 0, BlockEncoderOptions.ReturnNewInstructionOffsets);
        return new StubImage(
            stream.ToArray(),
            _symbols.ConvertAll(symbol => (symbol.Name, Offset(symbol.Label))),
            _references.ConvertAll(reference => (reference.Name, Offset(reference.Label) + reference.Opcode)),
            [(StubImage.RecoveryTable, _recoveries.ConvertAll(Offset))],
            _constants);

        uint Offset(Label label) => (uint)result.GetLabelRIP(label);
    }
}
