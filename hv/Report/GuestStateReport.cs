// The guest's state in full, for a guest that came to grief: general and control registers, segments, and everything
// the VMCS says about the last exit. SDM 3C 26.4 Guest-State Area, 26.9 VM-Exit Information Fields.
namespace MinusOne.Hv.Report;

internal static unsafe class GuestStateReport
{
    private const int LongestInstruction = 15;

    public static void Print(Output output, ref GuestRegisters registers)
    {
        ExitInformation(output);
        General(output, ref registers);
        Control(output);
        Segments(output);
    }

    // The bytes of the instruction that it stopped at, where they can be read without touching anything.
    public static void PrintBytes(Vm* vm)
    {
        if ((GuestState.Cr0 & Cr0.Paging) != 0)
        {
            return;
        }

        var address = new Gpa((uint)(GuestState.Base(GuestSegment.Cs) + GuestState.Rip));
        Writer line = Writer.Log.Text("  bytes at RIP:"u8);
        for (ulong i = 0; i < LongestInstruction; i++)
        {
            Translation translation = vm->Memory.Table.Translate((address + i).Value);
            if (!translation.IsMapped)
            {
                break;
            }

            line = line.Text(" "u8).Hex(*(byte*)translation.Address.Pointer, 2);
        }

        line.EndLine();
    }

    private static void ExitInformation(Output output)
    {
        if (Cpu.IsAmd)
        {
            SvmReport.Exit(output);
            return;
        }

        uint reason = VmxExit.RawReason.Raw;
        new Writer(output).Text("  last exit "u8).Decimal(reason & 0xFFFF).Text(" ("u8)
            .Text(Names.OfExit(reason & 0xFFFF)).Text(")  qualification "u8).Hex(VmxExit.Qualification)
            .Text("  instruction length "u8).Decimal(VmxExit.InstructionLength)
            .Text("  information "u8).Hex(VmxExit.Instruction).EndLine();
        new Writer(output).Text("  linear address "u8).Hex(VmxExit.LinearAddress)
            .Text("  physical address "u8).Hex(VmxExit.PhysicalAddress.Value)
            .Text("  interruption "u8).Hex(VmxExit.Event.Raw).Text(" code "u8).Hex(VmxExit.EventErrorCode)
            .Text("  IDT vectoring "u8).Hex(VmxExit.Vectoring.Raw)
            .Text(" code "u8).Hex(VmxExit.VectoringErrorCode).EndLine();
    }

    private static void General(Output output, ref GuestRegisters registers)
    {
        registers.Rsp = GuestState.Rsp;
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
        new Writer(output).Text("  RIP "u8).Hex(GuestState.Rip, 16).Text(" RFLAGS "u8).Hex((ulong)GuestState.Rflags, 8)
            .Text(" DR7 "u8).Hex(GuestState.Dr7, 8).Text(" EFER "u8).Hex((ulong)GuestState.Efer, 4).EndLine();
        new Writer(output).Text("  CR0 "u8).Hex((ulong)GuestState.Cr0, 8)
            .Text(" (guest sees "u8).Hex((ulong)GuestState.SeenCr0, 8).Text(") CR2 "u8).Hex(GuestState.Cr2)
            .Text(" CR3 "u8).Hex(GuestState.Cr3).Text(" CR4 "u8).Hex((ulong)GuestState.Cr4, 8)
            .Text(" interruptibility "u8).Hex(GuestState.Blocking.Raw)
            .Text(" activity "u8).Hex((uint)GuestState.Activity).EndLine();
    }

    private static void Segments(Output output)
    {
        ReadOnlySpan<byte> names = "ES CS SS DS FS GS LDTTR "u8;
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Tr; segment++)
        {
            new Writer(output).Text("  "u8).Text(names.Slice((int)segment * 3, 3)).Text(" "u8)
                .Hex(GuestState.Selector(segment), 4).Text(" base "u8).Hex(GuestState.Base(segment), 16)
                .Text(" limit "u8).Hex(GuestState.Limit(segment), 8)
                .Text(" rights "u8).Hex(GuestState.Rights(segment).Raw, 5).EndLine();
        }

        new Writer(output).Text("  GDT base "u8).Hex(GuestState.Gdtr.Base, 16)
            .Text(" limit "u8).Hex(GuestState.Gdtr.Limit, 4).Text("  IDT base "u8).Hex(GuestState.Idtr.Base, 16)
            .Text(" limit "u8).Hex(GuestState.Idtr.Limit, 4).EndLine();
    }
}
