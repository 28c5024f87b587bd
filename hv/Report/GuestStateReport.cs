// The guest's state in full, for a guest that came to grief: general and control registers, segments, and everything
// the VMCS says about the last exit. SDM 3C 26.4 Guest-State Area, 26.9 VM-Exit Information Fields.

namespace MinusOne.Hv.Report;

internal static class GuestStateReport
{
    public static void Print(Output output, ref GuestRegisters registers)
    {
        ExitInformation(output);
        General(output, ref registers);
        Control(output);
        Segments(output);
    }

    private static void ExitInformation(Output output)
    {
        uint reason = Vmcs.Read(VmcsReadOnly32.ExitReason);
        new Writer(output).Text("  last exit "u8).Decimal(reason & 0xFFFF).Text(" ("u8)
            .Text(ExitReasonNames.Of(reason & 0xFFFF))
            .Text(")  qualification "u8).Hex(Vmcs.Read(VmcsReadOnlyNatural.ExitQualification))
            .Text("  instruction length "u8).Decimal(Vmcs.Read(VmcsReadOnly32.ExitInstructionLength))
            .Text("  information "u8).Hex(Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation)).EndLine();
        new Writer(output).Text("  linear address "u8).Hex(Vmcs.Read(VmcsReadOnlyNatural.GuestLinearAddress))
            .Text("  physical address "u8).Hex(Vmcs.Read(VmcsReadOnly64.GuestPhysicalAddress))
            .Text("  interruption "u8).Hex(Vmcs.Read(VmcsReadOnly32.ExitInterruptionInformation))
            .Text(" code "u8).Hex(Vmcs.Read(VmcsReadOnly32.ExitInterruptionErrorCode))
            .Text("  IDT vectoring "u8).Hex(Vmcs.Read(VmcsReadOnly32.IdtVectoringInformation))
            .Text(" code "u8).Hex(Vmcs.Read(VmcsReadOnly32.IdtVectoringErrorCode)).EndLine();
    }

    private static void General(Output output, ref GuestRegisters registers)
    {
        registers.Rsp = Vmcs.Read(VmcsNatural.GuestRsp);
        for (int number = 0; number < 16; number += 4)
        {
            Writer line = new Writer(output).Text(" "u8);
            for (int i = number; i < number + 4; i++)
            {
                line = line.Text(" "u8).Text(RegisterNames.Of(i)).Text(" "u8).Hex(registers[i], 16);
            }

            line.EndLine();
        }
    }

    private static void Control(Output output)
    {
        new Writer(output).Text("  RIP "u8).Hex(Vmcs.Read(VmcsNatural.GuestRip), 16)
            .Text(" RFLAGS "u8).Hex(Vmcs.Read(VmcsNatural.GuestRflags), 8)
            .Text(" DR7 "u8).Hex(Vmcs.Read(VmcsNatural.GuestDr7), 8)
            .Text(" EFER "u8).Hex(Vmcs.Read(Vmcs64.GuestEfer), 4).EndLine();
        new Writer(output).Text("  CR0 "u8).Hex(Vmcs.Read(VmcsNatural.GuestCr0), 8)
            .Text(" (guest sees "u8).Hex(SeenCr0, 8).Text(") CR2 "u8).Hex(Cpu.ReadCr2())
            .Text(" CR3 "u8).Hex(Vmcs.Read(VmcsNatural.GuestCr3))
            .Text(" CR4 "u8).Hex(Vmcs.Read(VmcsNatural.GuestCr4), 8)
            .Text(" interruptibility "u8).Hex(Vmcs.Read(Vmcs32.GuestInterruptibilityState))
            .Text(" activity "u8).Hex(Vmcs.Read(Vmcs32.GuestActivityState)).EndLine();
    }

    private static ulong SeenCr0
    {
        get
        {
            ulong owned = Vmcs.Read(VmcsNatural.Cr0GuestHostMask);
            return (Vmcs.Read(VmcsNatural.GuestCr0) & ~owned) | (Vmcs.Read(VmcsNatural.Cr0ReadShadow) & owned);
        }
    }

    private static void Segments(Output output)
    {
        ReadOnlySpan<byte> names = "ES CS SS DS FS GS LDTTR "u8;
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Tr; segment++)
        {
            new Writer(output).Text("  "u8).Text(names.Slice((int)segment * 3, 3)).Text(" "u8)
                .Hex(Vmcs.Read(GuestSegmentFields.Selector(segment)), 4)
                .Text(" base "u8).Hex(Vmcs.Read(GuestSegmentFields.Base(segment)), 16)
                .Text(" limit "u8).Hex(Vmcs.Read(GuestSegmentFields.Limit(segment)), 8)
                .Text(" rights "u8).Hex(Vmcs.Read(GuestSegmentFields.AccessRights(segment)), 5).EndLine();
        }

        new Writer(output).Text("  GDT base "u8).Hex(Vmcs.Read(VmcsNatural.GuestGdtrBase), 16)
            .Text(" limit "u8).Hex(Vmcs.Read(Vmcs32.GuestGdtrLimit), 4)
            .Text("  IDT base "u8).Hex(Vmcs.Read(VmcsNatural.GuestIdtrBase), 16)
            .Text(" limit "u8).Hex(Vmcs.Read(Vmcs32.GuestIdtrLimit), 4).EndLine();
    }
}
