// What the compiler's object must not contain. Each rule guards an assumption that nothing else checks at build time:
//  - undefined symbols other than the stubs: somebody used a feature that needs a runtime (new, throw, interface
//    dispatch);
//  - a static constructor: nobody runs it, its statics would stay zero;
//  - YMM, ZMM, XMM6-15, the x87 unit or floating-point arithmetic: the world switch does not save them, the guest's
//    values are in there (`onlyMoves`; a program of the guest kernel may use what it likes);
//  - XMM registers of the guest's in reach of the short path (FastPathGate);
//  - an instruction that not every x86-64 processor has: even the oldest must get as far as saying what it lacks.

using System.Collections.Generic;
using System.Linq;
using Iced.Intel;

namespace MinusOne.Efi.Stubs;

internal static class ObjectGate
{
    private static readonly HashSet<Mnemonic> s_moves =
    [
        Mnemonic.Movups, Mnemonic.Movaps, Mnemonic.Movdqu, Mnemonic.Movdqa, Mnemonic.Movd, Mnemonic.Movq,
        Mnemonic.Xorps, Mnemonic.Pxor,
    ];

    private static readonly HashSet<CpuidFeature> s_baseline =
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386,
        CpuidFeature.INTEL486, CpuidFeature.X64, CpuidFeature.CMOV, CpuidFeature.CX8, CpuidFeature.SSE,
        CpuidFeature.SSE2, CpuidFeature.MULTIBYTENOP, CpuidFeature.PAUSE,
    ];

    // MMX registers are x87 registers.
    private static readonly HashSet<CpuidFeature> s_x87 =
        [CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387, CpuidFeature.MMX];

    public static List<string> Inspect(byte[] managed, StubImage stubs, bool onlyMoves = true)
    {
        var reader = new CoffReader(managed);
        var complaints = new List<string>();
        complaints.AddRange(UndefinedSymbols(reader, stubs));
        complaints.AddRange(StaticConstructors(reader));
        foreach ((int section, byte[] code) in onlyMoves ? reader.CodeSections() : [])
        {
            complaints.AddRange(Registers(reader, section, code));
        }

        complaints.AddRange(FastPathGate.Inspect(reader, stubs));
        return complaints;
    }

    private static IEnumerable<string> UndefinedSymbols(CoffReader reader, StubImage stubs)
    {
        var known = stubs.Symbols.Select(symbol => symbol.Name).Append(StubImage.SecurityCookie)
            .Append(GuestSymbols.CatalogueAddress).ToHashSet();
        return reader.Symbols
            .Where(symbol => symbol.Section == 0 && symbol.Name.Length > 0 && !known.Contains(symbol.Name))
            .Select(symbol => $"{symbol.Name} is undefined: no stub has this name, and there is no runtime");
    }

    private static IEnumerable<string> StaticConstructors(CoffReader reader) =>
        reader.Symbols
            .Where(symbol => symbol.Section != 0 && symbol.Name.EndsWith("___cctor", System.StringComparison.Ordinal))
            .Select(symbol => $"{symbol.Name} is a static constructor, and nobody would run it");

    private static IEnumerable<string> Registers(CoffReader reader, int section, byte[] code)
    {
        var functions = reader.Symbols
            .Where(symbol => symbol.Section == section).OrderBy(symbol => symbol.Value).ToList();
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        var factory = new InstructionInfoFactory();
        while (decoder.IP < (ulong)code.Length)
        {
            Instruction instruction = decoder.Decode();
            string? offence = Offence(factory, instruction);
            if (offence is not null)
            {
                string function = functions.LastOrDefault(symbol => (ulong)symbol.Value <= instruction.IP).Name;
                yield return $"{function}: '{instruction}' {offence}";
            }
        }
    }

    private static string? Offence(InstructionInfoFactory factory, in Instruction instruction)
    {
        if (instruction.IsInvalid)
        {
            return "is no instruction";
        }

        if (instruction.Mnemonic is Mnemonic.Ldmxcsr or Mnemonic.Stmxcsr)
        {
            return "touches MXCSR, which the world switch leaves to the guest";
        }

        if (instruction.CpuidFeatures.Any(s_x87.Contains))
        {
            return "uses the x87 unit, which the world switch leaves to the guest";
        }

        return OffenceWithXmm(factory, in instruction) ?? MissingFeature(in instruction);
    }

    private static string? OffenceWithXmm(InstructionInfoFactory factory, in Instruction instruction)
    {
        foreach (UsedRegister used in factory.GetInfo(instruction).GetUsedRegisters())
        {
            if (!used.Register.IsVectorRegister())
            {
                continue;
            }

            if (used.Register is < Register.XMM0 or > Register.XMM5)
            {
                return $"uses {used.Register}, which the world switch leaves to the guest";
            }

            if (!s_moves.Contains(instruction.Mnemonic))
            {
                return "is more than a move: it may depend on the guest's MXCSR";
            }
        }

        return null;
    }

    private static string? MissingFeature(in Instruction instruction)
    {
        foreach (CpuidFeature feature in instruction.CpuidFeatures)
        {
            if (!s_baseline.Contains(feature))
            {
                return $"needs {feature}, which not every x86-64 processor has";
            }
        }

        return null;
    }
}
