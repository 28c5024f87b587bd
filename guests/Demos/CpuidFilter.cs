// D10: the processor that the guest is shown. CPUID always exits, so the hypervisor decides: VMX is hidden, the
// hypervisor bit is set, leaf 40000000 has a name, and OSXSAVE follows the guest's own CR4. XSETBV always exits too,
// and a value that hardware would refuse has to be refused in its place: #GP. SDM 2A CPUID, SDM 1 13.3 Enabling the
// XSAVE Feature Set and XSAVE-Enabled Features.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class CpuidFilter
{
    private const int Vmx = 1 << 5;
    private const int Xsave = 1 << 26;
    private const int OsXsave = 1 << 27;
    private const int Hypervisor = 1 << 31;
    private const uint HypervisorLeaf = 0x4000_0000;

    // Bits of XCR0.
    private const uint X87 = 1;
    private const uint Sse = 2;
    private const uint Avx = 4;
    private const uint Reserved = 1u << 31;

    public static Guest Guest { get; } = new(
        "cpuid-filter", "D10", "VMX hidden, hypervisor named, XSETBV checked",
        new GuestConfig(Start.Long(Leaves))
        {
            Title = "CPUID: leaf 1, leaf 40000000, and OSXSAVE before and after CR4.OSXSAVE",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Cpuid, 3)],
        },
        new GuestConfig(Start.Long(ExtendedControl))
        {
            Title = "XSETBV: one good value, four that the processor would refuse",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Xsetbv, 5).OnVtx()],
        });

    private static void Leaves(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(eax, 1);
        c.cpuid();
        c.test(ecx, Vmx);
        part.Expect(c.je, "VMX is not hidden");
        c.test(ecx, Hypervisor);
        part.Expect(c.jne, "the hypervisor bit is not set");
        c.test(ecx, OsXsave);
        part.Expect(c.je, "OSXSAVE is set, but CR4.OSXSAVE is not");
        part.PrintLine("leaf 1: no VMX, under a hypervisor, OSXSAVE = 0");
        PrintName(part);

        EnableXsave(part);
        c.mov(eax, 1);
        c.cpuid();
        c.test(ecx, OsXsave);
        part.Expect(c.jne, "OSXSAVE does not follow CR4");
        part.PrintLine("CR4.OSXSAVE = 1: OSXSAVE = 1");
        part.PowerOff();
    }

    // Twelve characters in EBX, ECX, EDX.
    private static void PrintName(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(eax, HypervisorLeaf);
        c.cpuid();
        c.cmp(eax, unchecked((int)HypervisorLeaf));
        part.Expect(c.jae, "leaf 40000000 does not name the highest leaf");
        c.mov(__dword_ptr[Layout.Scratch], ebx);
        c.mov(__dword_ptr[Layout.Scratch + 4], ecx);
        c.mov(__dword_ptr[Layout.Scratch + 8], edx);
        part.Print("leaf 40000000: ");
        c.mov(esi, Layout.Scratch);
        c.mov(ecx, 12);
        c.mov(dx, GuestCode.SerialPort);
        Place next = part.Here();
        c.lodsb();
        c.@out(dx, al);
        c.dec(ecx);
        c.jne(next);
        part.PrintLine("");
    }

    private static void ExtendedControl(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, ExceptionVector.GeneralProtection);
        c.mov(eax, 1);
        c.cpuid();
        c.test(ecx, Xsave);
        part.Expect(c.jne, "the machine has no XSAVE");
        EnableXsave(part);
        Set(c, 0, X87 | Sse);
        c.xor(ecx, ecx);
        c.xgetbv();
        c.cmp(eax, (int)(X87 | Sse));
        part.Expect(c.je, "XGETBV does not return what was set");
        part.PrintLine("XCR0 = 3: x87 and SSE");
        Refuse("XCR0 = 2: without x87", 0, Sse);
        Refuse("XCR0 = 5: AVX without SSE", 0, X87 | Avx);
        Refuse("XCR0 = 80000003: a bit that nobody has", 0, X87 | Sse | Reserved);
        Refuse("XCR1: there is no such register", 1, X87 | Sse);
        part.PowerOff();

        void Refuse(string what, uint register, uint value)
        {
            faults.Expect(ExceptionVector.GeneralProtection, () => Set(c, register, value));
            part.PrintLine(what + ": #GP");
        }
    }

    private static void Set(Assembler c, uint register, uint value)
    {
        c.mov(ecx, register);
        c.mov(eax, value);
        c.xor(edx, edx);
        c.xsetbv();
    }

    private static void EnableXsave(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(rax, cr4);
        c.or(eax, (int)Cr4.OsXsave);
        c.mov(cr4, rax);
    }
}
