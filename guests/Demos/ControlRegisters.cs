// D4: every bit of CR0 and CR4 belongs to the hypervisor. The guest goes from real mode to long mode, and each change
// of a bit is an exit whose qualification tells register, kind of access and source; the handler keeps CR0, CR4,
// shadows, EFER.LMA and the entry control in step and moves RIP on. Writes that change nothing against the shadow do
// not exit, nor do reads. SDM 3C 26.6.6 Guest/Host Masks and Read Shadows for CR0 and CR4, 27.1.3 Instructions That
// Cause VM Exits Conditionally.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class ControlRegisters
{
    private static readonly GuestImage s_image = Image();

    public static Guest Guest { get; } = new(
        "control-registers", "D4", "from real to long mode with all of CR0 and CR4 intercepted",
        new GuestConfig(s_image)
        {
            Title = "all bits masked: PE, PAE, PG, TS by MOV, CLTS and LMSW are six exits 28",
            Cr0Mask = (Cr0)ulong.MaxValue,
            Cr4Mask = (Cr4)ulong.MaxValue,
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Times(ExitReason.ControlRegisterAccess, 6).OnVtx()],
        },
        new GuestConfig(s_image)
        {
            Title = "no more than the ordinary mask: the same code without an exit",
            Lesson = LessonFeatures.Narrate,
            Exits = [Exit.Never(ExitReason.ControlRegisterAccess).OnVtx()],
        });

    private static GuestImage Image()
    {
        var builder = new ImageBuilder(Layout.Image);
        GuestCode real = builder.AddPart(16);
        GuestCode flat = builder.AddPart(32);
        GuestCode wide = builder.AddPart(64);
        real.PrintLine("real mode: setting PE");
        Start.ToProtectedMode(real, flat.Here());
        flat.Code.mov(esp, Layout.StackTop);
        Start.LoadDataSegments(flat.Code);
        flat.PrintLine("protected mode: setting PAE and others in CR4, then PG and MP in CR0");
        Start.ToLongMode(flat, wide.Here());
        Body(wide);
        return builder.Build(StartMode.Real);
    }

    private static void Body(GuestCode part)
    {
        Assembler c = part.Code;
        part.PrintLine("long mode: setting TS, CLTS, LMSW");
        c.mov(rax, cr0);
        c.or(eax, (int)Cr0.TaskSwitched);
        c.mov(cr0, rax);
        c.clts();
        c.smsw(eax);
        c.xor(eax, (int)Cr0.MonitorCoprocessor);
        c.lmsw(ax);

        part.PrintLine("writing CR0 and CR4 as they are: no exit");
        c.mov(rax, cr0);
        c.mov(cr0, rax);
        c.mov(rbx, cr4);
        c.mov(cr4, rbx);
        Check(part, eax, (uint)(Cr0.ProtectionEnable | Cr0.Paging), "CR0 does not read as written");
        Check(part, ebx, (uint)(Cr4.PhysicalAddressExtension | Cr4.OsFxsr), "CR4 does not read as written");
        c.mov(ecx, (uint)Msr.Efer);
        c.rdmsr();
        Check(part, eax, (uint)(Efer.LongModeEnable | Efer.LongModeActive), "EFER.LMA does not follow PG");
        part.PrintLine("CR0, CR4 and EFER read as the guest has made them");
        part.PowerOff();
    }

    private static void Check(GuestCode part, AssemblerRegister32 register, uint bits, string otherwise)
    {
        part.Code.and(register, unchecked((int)bits));
        part.Code.cmp(register, unchecked((int)bits));
        part.Expect(part.Code.je, otherwise);
    }
}
