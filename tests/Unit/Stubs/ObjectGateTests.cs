// The gate refuses what the compiler must not have made, each with its own complaint, and nothing else. The objects are
// made here, one offence in each.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;
using MinusOne.Tests.Unit.Native;
using stubs::MinusOne.Efi.Stubs;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class ObjectGateTests
{
    public static TheoryData<string, string> Offences => new()
    {
        { "ymm", "Second: 'vmovups ymm0,[rcx]' uses ZMM0, which the world switch leaves to the guest" },
        { "zmm", "Second: 'vmovups zmm0,[rcx]' uses ZMM0, which the world switch leaves to the guest" },
        { "xmm6", "Second: 'movups xmm6,[rcx]' uses XMM6, which the world switch leaves to the guest" },
        { "x87", "Second: 'fld qword ptr [rcx]' uses the x87 unit, which the world switch leaves to the guest" },
        { "mmx", "Second: 'movq mm0,[rcx]' uses the x87 unit, which the world switch leaves to the guest" },
        { "sse", "Second: 'addsd xmm0,qword ptr [rcx]' is more than a move: it may depend on the guest's MXCSR" },
        { "mxcsr", "Second: 'ldmxcsr [rcx]' touches MXCSR, which the world switch leaves to the guest" },
        { "popcnt", "Second: 'popcnt rax,rcx' needs POPCNT, which not every x86-64 processor has" },
        { "invalid", "Second: '(bad)' is no instruction" },
    };

    [Theory]
    [MemberData(nameof(Offences))]
    public void OneOffenceIsOneComplaint(string offence, string complaint) =>
        Assert.Equal([complaint], Inspect(Object(Code(c => Offend(c, offence)))));

    [Fact]
    public void UnknownSymbolIsRefused()
    {
        CoffObject coff = Object(Code(c => c.ret()));
        Call(coff, "RhpNewFast");
        Assert.Equal(["RhpNewFast is undefined: no stub has this name, and there is no runtime"], Inspect(coff));
    }

    // What FastExit reaches, and nothing else, stays away from XMM registers.
    [Theory]
    [InlineData("FastExit", "Near", true)]
    [InlineData("Other", "Near", false)]
    public void XmmIsRefusedOnTheShortPath(string from, string to, bool isRefused)
    {
        CoffObject coff = Object(Code(c => c.ret()));
        coff.Define("Near", coff.AddSection(".text", SectionFlags.Code, Code(c =>
        {
            c.movups(xmm0, __xmmword_ptr[rcx]);
            c.ret();
        })), 0);
        CoffSection caller = coff.AddSection(".text", SectionFlags.Code, [0xE8, 0, 0, 0, 0, 0xC3]);
        coff.Define(from, caller, 0);
        coff.Relocate(caller, 1, to, RelocationKind.Relative32);
        Assert.Equal(
            isRefused
                ?
                [
                    "Near: 'movups xmm0,[rcx]' is reached from FastExit, "
                    + "where the guest's XMM registers are in the processor",
                ]
                : [],
            Inspect(coff));
    }

    [Fact]
    public void StaticConstructorIsRefused()
    {
        CoffObject coff = Object(Code(c => c.ret()));
        coff.Define("minusone_Some_Type___cctor", coff.AddSection(".text", SectionFlags.Code, [0xC3]), 0);
        Assert.Equal(
            ["minusone_Some_Type___cctor is a static constructor, and nobody would run it"], Inspect(coff));
    }

    [Fact]
    public void OrdinaryCodeIsAccepted()
    {
        CoffObject coff = Object(Code(c =>
        {
            c.movups(xmm5, __xmmword_ptr[rcx]);
            c.movaps(__xmmword_ptr[rdx], xmm5);
            c.xorps(xmm0, xmm0);
            c.cmove(rax, rcx);
            c.@lock.cmpxchg(__qword_ptr[rcx], rdx);
            c.bsf(rax, rcx);
            c.pause();
        }));
        Call(coff, "Cpuid");
        Call(coff, "__security_cookie");
        coff.AddSection(".rdata", SectionFlags.ReadOnlyData, [0x0F, 0xFF, 0xDD, 0x01]); // x87 code, but data
        Assert.Empty(Inspect(coff));
    }

    // The core library, compiled alone, keeps the rules of the image; only its way out of a panic is a stranger.
    [Fact]
    public void CoreLibraryIsAccepted()
    {
        byte[] file = File.ReadAllBytes(Repository.File("out", "bin", "CoreLibCompiled", "corelib.obj"));
        Assert.Equal(
            ["PanicReported is undefined: no stub has this name, and there is no runtime"],
            ObjectGate.Inspect(file, StubCode.Image));
    }

    private static List<string> Inspect(CoffObject coff) => ObjectGate.Inspect(coff.ToArray(), StubCode.Image);

    // Two functions; the code is the body of the second.
    private static CoffObject Object(byte[] code)
    {
        var coff = new CoffObject();
        CoffSection text = coff.AddSection(".text", SectionFlags.Code, [0x90, 0xC3, .. code, 0xC3]);
        coff.Define("First", text, 0);
        coff.Define("Second", text, 2);
        return coff;
    }

    private static void Call(CoffObject coff, string name)
    {
        CoffSection caller = coff.AddSection(".text", SectionFlags.Code, [0xE8, 0, 0, 0, 0, 0xC3]);
        coff.Relocate(caller, 1, name, RelocationKind.Relative32);
    }

    private static byte[] Code(Action<Assembler> write)
    {
        var c = new Assembler(64);
        write(c);
        return CodeMemory.Assemble(c, 0);
    }

    private static void Offend(Assembler c, string offence)
    {
        switch (offence)
        {
            case "ymm": c.vmovups(ymm0, __ymmword_ptr[rcx]); break;
            case "zmm": c.vmovups(zmm0, __zmmword_ptr[rcx]); break;
            case "xmm6": c.movups(xmm6, __xmmword_ptr[rcx]); break;
            case "x87": c.fld(__qword_ptr[rcx]); break;
            case "mmx": c.movq(mm0, __qword_ptr[rcx]); break;
            case "sse": c.addsd(xmm0, __qword_ptr[rcx]); break;
            case "mxcsr": c.ldmxcsr(__dword_ptr[rcx]); break;
            case "popcnt": c.popcnt(rax, rcx); break;
            default: c.db(0x06); break; // PUSH ES does not exist in 64-bit mode
        }
    }
}
