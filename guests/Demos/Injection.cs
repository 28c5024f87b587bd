// D7: events that come from the hypervisor. The guest asks for them by VMCALL: EAX is the interruption information as
// VM entry takes it, EDX the error code, ECX the length of the instruction that the event is to look like. Faults
// return to where they came, software interrupts behind their instruction, an NMI blocks the next until IRET, an
// external interrupt waits for IF. SDM 3C 26.8.3 VM-Entry Controls for Event Injection, 28.6 Event Injection.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Injection
{
    private const int UnknownCall = -1000;
    private const byte Software = 0x50;
    private const byte External = 0x40;
    private const uint ErrorCode = 0x1230;
    private const byte Nmi = (byte)ExceptionVector.Nmi;
    private const byte Protection = (byte)ExceptionVector.GeneralProtection;
    private const byte Breakpoint = (byte)ExceptionVector.Breakpoint;

    private const uint Valid = 1u << 31;
    private const uint HasErrorCode = 1u << 11;
    private const uint TypeNmi = 2 << 8;
    private const uint TypeHardwareException = 3 << 8;
    private const uint TypeSoftwareInterrupt = 4 << 8;
    private const uint TypeSoftwareException = 6 << 8;

    public static Guest Guest { get; } = new(
        "injection", "D7", "#GP with a code, #BP, INT n, NMI and external vectors, each injected once",
        new GuestConfig(Start.Long(Body))
        {
            Title = "six events by VMCALL; the last has to wait for its window, exit 7",
            Lesson = LessonFeatures.Narrate | LessonFeatures.InjectOnVmcall,
            Exits = [Exit.Times(ExitReason.Vmcall, 6), Exit.Times(ExitReason.InterruptWindow, 1)],
        },
        new GuestConfig(Start.Long(Refused))
        {
            Title = "an ordinary machine knows no call: VMCALL says -1000",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.Vmcall, 1)],
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        var faults = new Faults(part, Nmi, Breakpoint, Protection, Software, External);
        Arrives(part, faults, Protection, () => Ask(c, TypeHardwareException | HasErrorCode | Protection, ErrorCode));
        c.cmp(__dword_ptr[Faults.Error], ErrorCode);
        part.Expect(c.je, "the error code is wrong");
        part.PrintLine($"#GP with error code 0x{ErrorCode:X}");

        Arrives(part, faults, Breakpoint, () =>
        {
            Ask(c, TypeSoftwareException | Breakpoint, 0, 1);
            c.int3();
        });
        part.PrintLine("#BP, as if by the INT3 behind the VMCALL");

        Arrives(part, faults, Software, () =>
        {
            Ask(c, TypeSoftwareInterrupt | Software, 0, 2);
            c.@int(Software);
        });
        part.PrintLine($"INT 0x{Software:X}, as if by the instruction behind the VMCALL");

        Arrives(part, faults, Nmi, () => Ask(c, TypeNmi | Nmi));
        part.PrintLine("NMI, although interrupts are off");

        Arrives(part, faults, External, () =>
        {
            c.sti();
            c.nop();
            Ask(c, External);
            c.cli();
        });
        part.PrintLine($"vector 0x{External:X} with interrupts on: at once");
        WaitForWindow(part, faults);
        part.PowerOff();
    }

    private static void WaitForWindow(GuestCode part, Faults faults)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Faults.Count], 0);
        Ask(c, External);
        part.PrintLine($"vector 0x{External:X} with interrupts off: nothing yet");
        c.cmp(__dword_ptr[Faults.Count], 0);
        part.Expect(c.je, "it has come too early");
        Arrives(part, faults, External, () =>
        {
            c.sti();
            c.nop();
            c.nop();
            c.cli();
        });
        part.PrintLine("behind STI: now");
    }

    // Exactly once, and the guest is behind everything that was meant to be skipped: INT3 run for real would count
    // twice.
    private static void Arrives(GuestCode part, Faults faults, byte vector, System.Action instructions)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Faults.Count], 0);
        faults.ExpectMeanwhile(vector, instructions);
        c.cmp(__dword_ptr[Faults.Count], 1);
        part.Expect(c.je, "it has come more than once");
    }

    private static void Ask(Assembler c, uint information, uint errorCode = 0, uint length = 0)
    {
        c.mov(eax, Valid | information);
        c.mov(edx, errorCode);
        c.mov(ecx, length);
        c.vmcall();
    }

    private static void Refused(GuestCode part)
    {
        part.Code.vmcall();
        part.Code.cmp(rax, UnknownCall);
        part.Expect(part.Code.je, "VMCALL answers something else");
        part.PrintLine($"VMCALL: {UnknownCall}");
        part.PowerOff();
    }
}
