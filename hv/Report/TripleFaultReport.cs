// The way to a triple fault, in words. No processor keeps it: on VT-x the state of the guest is that of the instruction
// that began it, on SVM it is officially undefined; neither tells the three faults. SDM 3C 29.2.4 Information for VM
// Exits During Event Delivery, AMD APM 2 15.14.3 Shutdown Intercept. So the report says what the processor shows as it
// is, and follows the guest's tables for the rest, as they stand now, and says so.
namespace MinusOne.Hv.Report;

internal static unsafe class TripleFaultReport
{
    // One more than there can be: a benign fault, one that is not, the double fault.
    private const int MostSteps = 4;

    public static void Print(Output output, Vm* vm, Vcpu* vcpu)
    {
        new Writer(output).Text(Cpu.IsAmd ? "  where it stands (AMD promises nothing of this state):"u8
            : "  the instruction that began it, for no later one has come to its end:"u8).EndLine();
        CodeListing.Instructions(output, vm, GuestLook.AtRip, 1);
        var look = new GuestLook(vm);
        FirstFault first = FirstFault.Of(vm, vcpu, ref look);
        Writer line = new Writer(output).Text("  "u8);
        switch (first.Basis)
        {
            case FirstFaultBasis.Told:
                line = line.Text("the processor says that it was delivering "u8);
                break;
            case FirstFaultBasis.Instruction:
                line = line.Text("as the instruction and the tables stand, it began with "u8);
                break;
            default:
                line = line.Text("what it began with cannot be seen; the chain is the same for "u8);
                break;
        }

        Name(line, first.Vector);
        if (first.HasAddress)
        {
            line = line.Text(" at "u8).Hex(first.Address.Value).Text(
                first.Address.Value == GuestState.Cr2 ? ", and CR2 says so, too"u8 : ""u8);
        }

        line.EndLine();
        new Writer(output).Text("  then, by the tables as they stand now:"u8).EndLine();
        Chain(output, vm, ref look, first);
        new Writer(output).Text("  IDT at "u8).Hex(GuestState.Idtr.Base).Text(", limit "u8)
            .Hex(GuestState.Idtr.Limit).Text("; GDT at "u8).Hex(GuestState.Gdtr.Base).Text(", limit "u8)
            .Hex(GuestState.Gdtr.Limit).Text("; CR2 "u8).Hex(GuestState.Cr2).EndLine();
    }

    // Why one handler after the other cannot be reached, and the walk of the first address that is not mapped.
    private static void Chain(Output output, Vm* vm, ref GuestLook look, FirstFault first)
    {
        var vector = (ExceptionVector)first.Vector;
        bool isEvent = first.IsInterrupt;
        var unmapped = new Gva(first.Address.Value);
        bool hasUnmapped = first.HasAddress;
        for (int i = 0; i < MostSteps; i++)
        {
            var check = new HandlerCheck(ref look, (byte)vector);
            Writer line = Name(new Writer(output).Text("    "u8), (byte)vector).Text(": "u8);
            if (check.Flaw == HandlerFlaw.None)
            {
                Open(line, in check);
                break;
            }

            if (check.Then == ExceptionVector.PageFault && !hasUnmapped)
            {
                unmapped = new Gva(check.Where);
                hasUnmapped = true;
            }

            CombinedFault combined = isEvent ? CombinedFault.Serial
                : Combination.Of(Event.Exception(vector, 0), check.Then);
            Step(Why(line, check.Flaw, check.Where), check.Then, combined);
            if (combined == CombinedFault.TripleFault)
            {
                break;
            }

            vector = combined == CombinedFault.DoubleFault ? ExceptionVector.DoubleFault : check.Then;
            isEvent = false;
        }

        if (hasUnmapped)
        {
            WalkReport.TryGuest(output, vm, unmapped, GuestLook.Kernel, out _);
        }
    }

    // Here the chain cannot be followed any further.
    private static void Open(Writer line, in HandlerCheck check)
    {
        line = check.Task == 0 ? line.Text("its handler at "u8)
            : line.Text("the task of selector "u8).Hex(check.Task).Text(" with its code at "u8);
        line.Hex(check.Handler)
            .Text(" can be reached now; the tables have changed since, or it is not what came"u8).EndLine();
    }

    private static void Step(Writer line, ExceptionVector then, CombinedFault combined) =>
        Name(line.Text("; that is "u8), (byte)then).Text(combined switch
        {
            CombinedFault.DoubleFault => ", and both together a double fault"u8,
            CombinedFault.TripleFault => ", and with it the processor shuts down"u8,
            _ => ", which comes next"u8,
        }).EndLine();

    private static Writer Name(Writer line, byte vector)
    {
        ReadOnlySpan<byte> name = Names.OfException(vector);
        return line.Text(name.IsEmpty ? "vector"u8 : name).Text(" ("u8).Decimal(vector).Text(")"u8);
    }

    private static Writer Why(Writer line, HandlerFlaw flaw, ulong where) => flaw switch
    {
        HandlerFlaw.BeyondIdt => line.Text("its gate, "u8).Hex(where)
            .Text(" from the start, is behind the IDT's end"u8),
        HandlerFlaw.IdtNotMapped => line.Text("the IDT is not mapped at "u8).Hex(where),
        HandlerFlaw.NoGate => line.Text("there is no gate in the IDT, but type "u8).Hex(where),
        HandlerFlaw.GateNotPresent => line.Text("its gate is not present"u8),
        HandlerFlaw.NullSelector => line.Text("its gate names the null selector"u8),
        HandlerFlaw.BeyondTable => line.Text("its gate names selector "u8).Hex(where)
            .Text(", behind the end of the descriptor table"u8),
        HandlerFlaw.TableNotMapped => line.Text("the descriptor table is not mapped at "u8).Hex(where),
        HandlerFlaw.NotCode => line.Text("its gate names selector "u8).Hex(where)
            .Text(", which is no code that may run it"u8),
        HandlerFlaw.CodeNotPresent => line.Text("its gate names selector "u8).Hex(where)
            .Text(", whose segment is not present"u8),
        HandlerFlaw.HandlerNotCanonical => line.Text("its handler at "u8).Hex(where)
            .Text(" is outside the code segment, or not canonical"u8),
        HandlerFlaw.BeyondTss => line.Text("the TSS ends before the stack pointer at "u8).Hex(where),
        HandlerFlaw.TssNotMapped => line.Text("the TSS is not mapped at "u8).Hex(where),
        HandlerFlaw.StackNotCanonical => line.Text("the stack at "u8).Hex(where).Text(" is not canonical"u8),
        HandlerFlaw.StackBeyondLimit => line.Text("the stack at "u8).Hex(where)
            .Text(" is beyond its segment's limit"u8),
        HandlerFlaw.NoStackSegment => line.Text("the TSS names stack segment "u8).Hex(where)
            .Text(", which is none of the handler's level"u8),
        HandlerFlaw.StackNotPresent => line.Text("the TSS names stack segment "u8).Hex(where)
            .Text(", which is not present"u8),
        HandlerFlaw.NoTask => line.Text("its task gate names selector "u8).Hex(where)
            .Text(", which is no TSS that is free"u8),
        HandlerFlaw.TaskNotPresent => line.Text("its task gate names selector "u8).Hex(where)
            .Text(", whose TSS is not present"u8),
        HandlerFlaw.TaskTooShort => line.Text("its task gate names selector "u8).Hex(where)
            .Text(", whose TSS is too short"u8),
        HandlerFlaw.TaskWithoutCode => line.Text("its task has no code segment, but selector "u8).Hex(where),
        _ => line.Text("the stack cannot be written at "u8).Hex(where),
    };
}
