// A11: only CR0.PG exits. A bit of CR0 that is set in the guest/host mask belongs to the hypervisor: a write that
// would change it exits, and reads show the shadow. The guest turns paging on and off, without and with long mode;
// the hypervisor has to follow with EFER.LMA and the entry control "IA-32e mode guest". SDM 3C 26.6.6 Guest/Host
// Masks and Read Shadows for CR0 and CR4.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Cr0Paging
{
    // One page of 4 MiB, mapped to itself.
    private const uint Large4MiB = 0x83;

    private static readonly GuestImage s_image = Image();

    public static Guest Guest { get; } = new(
        "cr0-paging", "A11", "writes of CR0.PG exit, to long mode and back; other bits of CR0 do not",
        new GuestConfig(s_image)
        {
            Title = "CR0 mask: bit 31. Four changes of PG, four exits 28",
            Cr0Mask = Cr0.Paging,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.ControlRegisterAccess, 4).OnVtx()],
        },
        new GuestConfig(s_image)
        {
            Title = "bit 31 not in the mask: the same code without an exit",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.ControlRegisterAccess).OnVtx()],
        });

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode start = builder.AddPart(32);
        GuestCode wide = builder.AddPart(64);
        GuestCode back = builder.AddPart(32);
        OtherBits(start);
        Paging(start);
        Start.ToLongMode(start, wide.Here());
        LeaveLongMode(wide, back.Here());
        PagingOff(back);
        return builder.Build(StartMode.Protected);
    }

    private static void OtherBits(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(eax, cr0);
        c.or(eax, (int)(Cr0.TaskSwitched | Cr0.MonitorCoprocessor));
        c.mov(cr0, eax);
        c.clts();
        c.smsw(eax);
        c.and(eax, ~(int)(Cr0.MonitorCoprocessor | Cr0.ProtectionEnable));
        c.lmsw(ax); // PE cannot be cleared this way
        c.smsw(eax);
        c.test(eax, (int)(Cr0.MonitorCoprocessor | Cr0.TaskSwitched));
        part.Expect(c.je, "CLTS or LMSW has not cleared its bit");
        c.test(eax, (int)Cr0.ProtectionEnable);
        part.Expect(c.jne, "LMSW has cleared PE");
        part.PrintLine("set and cleared MP and TS by MOV CR0, CLTS and LMSW");
    }

    private static void Paging(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(__dword_ptr[Layout.RootTable], Large4MiB);
        c.mov(eax, Layout.RootTable);
        c.mov(cr3, eax);
        c.mov(eax, cr4);
        c.or(eax, (int)Cr4.PageSizeExtensions);
        c.mov(cr4, eax);
        TogglePaging(c);
        part.PrintLine("PG on: 32-bit paging");
        TogglePaging(c);
        part.PrintLine("PG off");
    }

    private static void LeaveLongMode(GuestCode part, Place back)
    {
        Assembler c = part.Code;
        ExpectLongModeActive(part, c.jne, "EFER.LMA is 0 in long mode");
        part.PrintLine("PG on with EFER.LME: long mode, EFER.LMA = 1");
        c.push(Start.Code32);
        part.LoadAddress(eax, back);
        c.push(rax);
        c.db(0x48, 0xCB); // RETF with a 64-bit operand
    }

    // In compatibility mode, where the code is identity-mapped.
    private static void PagingOff(GuestCode part)
    {
        TogglePaging(part.Code);
        ExpectLongModeActive(part, part.Code.je, "EFER.LMA is still 1");
        part.PrintLine("PG off: out of long mode, EFER.LMA = 0");
        part.PowerOff();
    }

    private static void TogglePaging(Assembler c)
    {
        c.mov(eax, cr0);
        c.xor(eax, unchecked((int)Cr0.Paging));
        c.mov(cr0, eax);
    }

    private static void ExpectLongModeActive(GuestCode part, System.Action<Label> jumpIfGood, string otherwise)
    {
        part.Code.mov(ecx, (uint)Msr.Efer);
        part.Code.rdmsr();
        part.Code.test(eax, (int)Efer.LongModeActive);
        part.Expect(jumpIfGood, otherwise);
    }
}
