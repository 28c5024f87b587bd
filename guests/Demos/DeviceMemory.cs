// A device whose registers lie in memory: its page is never mapped, so every instruction that reaches for it is an EPT
// violation, and the hypervisor fetches, decodes and carries out that instruction. The contrast: the same store on a
// machine without the device, and an instruction that is not emulated. SDM 3C 30.3.3.2 EPT Violations.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class DeviceMemory
{
    private const uint Device = 0xFEB0_0000;
    private const uint Accesses = Device + 0x100;
    private const uint LastWidth = Device + 0x104;
    private const uint Copied = 32;

    public static Guest Guest { get; } = new(
        "mmio", "", "instructions on a device's memory, fetched, decoded and carried out by the hypervisor",
        new GuestConfig(Start.Long(Body))
        {
            Title = "stores, loads, a locked change, REP MOVS: one exit each",
            Lesson = LessonFeatures.Narrate,
            Devices = LessonDevices.Scratch,
            Exits = [Exit.AtLeast(ExitReason.EptViolation, 10)],
        },
        new GuestConfig(Start.Protected(part => part.Code.mov(__dword_ptr[Device], eax)))
        {
            Title = "a machine without the device",
            End = GuestEnd.IllegalAddress,
        },
        new GuestConfig(Start.Protected(part => part.Code.push(__dword_ptr[Device])))
        {
            Title = "PUSH from the device: not emulated, the guest ends with the bytes in the log",
            Devices = LessonDevices.Scratch,
            End = GuestEnd.Undecodable,
        });

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("MOV of 8 bytes, MOVZX of the last of them");
        c.mov(ebx, Device);
        c.mov(rax, 0x8877_6655_4433_2211);
        c.mov(__[rbx], rax);
        c.movzx(eax, __byte_ptr[rbx + 7]);
        c.cmp(eax, 0x88);
        part.Expect(c.je, "it does not hold what was written");
        ExpectNote(part, Accesses, 2);
        ExpectNote(part, LastWidth, 1);

        part.PrintLine("LOCK XADD of 4 bytes");
        c.mov(eax, 0x1111);
        c.@lock.xadd(__dword_ptr[rbx], eax);
        c.cmp(eax, 0x4433_2211);
        part.Expect(c.je, "XADD has not read the old value");
        c.cmp(__dword_ptr[rbx], 0x4433_3322);
        part.Expect(c.je, "XADD has not written the sum");

        part.PrintLine($"REP MOVSB of {Copied} bytes out and in again");
        c.cld();
        c.mov(esi, Layout.Image);
        c.lea(edi, __[rbx + 0x40]);
        c.mov(ecx, Copied);
        c.rep.movsb();
        c.lea(esi, __[rbx + 0x40]);
        c.mov(edi, Layout.Scratch);
        c.mov(ecx, Copied);
        c.rep.movsb();
        c.mov(esi, Layout.Image);
        c.mov(edi, Layout.Scratch);
        c.mov(ecx, Copied);
        c.repe.cmpsb();
        part.Expect(c.je, "the copy differs");
        ExpectNote(part, Accesses, 2 + 2 + 1 + (2 * Copied));
        part.PrintLine("as in hardware");
        part.PowerOff();
    }

    private static void ExpectNote(GuestCode part, uint note, uint value)
    {
        part.Code.cmp(__dword_ptr[rbx + (int)(note - Device)], (int)value);
        part.Expect(part.Code.je, "the device has seen other accesses");
    }
}
