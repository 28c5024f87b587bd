// Tells an exit in one line, decoded: what the guest did, where, and what the VMCS says about it. For learners on the
// guest's console, for people who look for a fault in the log. SDM 3C 29.2.1 Basic VM-Exit Information.
namespace MinusOne.Hv.Lessons;

internal static unsafe class Narrator
{
    private const ushort ConsoleFirst = 0x3F8;
    private const ushort ConsoleLast = 0x3FF;
    private const ushort PowerOff = 0x604;

    // One place, one reason, nothing else between: said so often, and then no more.
    private const uint MostRepeats = 10;

    // Only the exits that the configuration is about, and not the guest's own printing.
    public static void Tell(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        if (vm->Trace)
        {
            Write(Writer.Log, vcpu, reason);
        }

        Lesson lesson = LessonHooks.LessonOf(vm);
        if (lesson.Has(LessonFeatures.Narrate) && IsTold(lesson, reason))
        {
            ref HostLock writing = ref ConsoleInput.Of(vm->Machine)->Writing;
            writing.Take();
            TellLearners(vm, vcpu, reason);
            writing.Give();
        }
    }

    private static void TellLearners(Vm* vm, Vcpu* vcpu, ExitReason reason)
    {
        uint times = vm->Told.Count((uint)reason, GuestState.Rip);
        if (times <= MostRepeats)
        {
            Write(Writer.Console, vcpu, reason);
        }
        else if (times == MostRepeats + 1)
        {
            Writer.Console.Text("  | and so on"u8).EndLine();
        }
    }

    private static bool IsTold(in Lesson lesson, ExitReason reason)
    {
        if (reason == ExitReason.IoInstruction)
        {
            ushort port = ExitFacts.Port.Port;
            if (port is >= ConsoleFirst and <= ConsoleLast or PowerOff)
            {
                return false;
            }
        }

        for (ulong i = 0; i < lesson.ExitCount; i++)
        {
            if (lesson.Exits[i].Reason == (uint)reason)
            {
                return true;
            }
        }

        return false;
    }

    private static void Write(Writer output, Vcpu* vcpu, ExitReason reason)
    {
        Writer line = output.Text("  | exit "u8);
        line = Cpu.IsAmd ? line.Hex(ExitFacts.Number).Text("h "u8) : line.Decimal((ulong)reason).Text(" "u8);
        line = line.Text(ExitFacts.NameOf(reason)).Text(" at "u8).Hex(GuestState.Rip, 4);
        if (Vm.Of(vcpu)->VcpuCount > 1)
        {
            line = line.Text(" of processor "u8).Decimal(vcpu->Index);
        }

        Decoded(line, Vm.Of(vcpu), ref vcpu->Registers, reason).EndLine();
    }

    private static Writer Decoded(
        Writer line, Vm* vm, ref GuestRegisters registers, ExitReason reason)
    {
        switch (reason)
        {
            case ExitReason.IoInstruction: return Io(line, ExitFacts.Port, registers.Rax);
            case ExitReason.ControlRegisterAccess:
                return ControlRegister(line, ControlRegisterExits.Operands(vm), ref registers);
            case ExitReason.EptViolation: return EptViolation(line, ExitFacts.Fault);
            case ExitReason.ExceptionOrNmi: return Exception(line);
            case ExitReason.ExternalInterrupt: return Vector(line);
            case ExitReason.Cpuid:
                return line.Text(": leaf "u8).Hex((uint)registers.Rax).Text(", subleaf "u8).Hex((uint)registers.Rcx);
            case ExitReason.Rdmsr: return line.Text(": MSR "u8).Hex((uint)registers.Rcx);
            case ExitReason.Wrmsr:
                return line.Text(": MSR "u8).Hex((uint)registers.Rcx).Text(" = "u8)
                    .Hex((uint)registers.Rdx, 8).Hex((uint)registers.Rax, 8);
            case ExitReason.Vmcall: return line.Text(": EAX "u8).Hex((uint)registers.Rax);
            case ExitReason.MovDr:
                return line.Text(": DR"u8).Decimal((ulong)DebugRegisterExits.Operands(vm).DebugRegister);
            case ExitReason.TaskSwitch: return line.Text(": selector "u8).Hex(ExitFacts.TaskSwitch.Selector);
            case ExitReason.Xsetbv:
                return line.Text(": XCR"u8).Decimal((uint)registers.Rcx).Text(" = "u8).Hex((uint)registers.Rax);
            default: return line;
        }
    }

    private static Writer Io(Writer line, PortAccess access, ulong rax)
    {
        line = line.Text(access.IsIn ? ": IN, "u8 : ": OUT, "u8).Decimal((ulong)access.Size).Text(" bytes, port "u8)
            .Hex(access.Port, 4);
        if (access.IsString)
        {
            line = line.Text(access.IsRepeated ? ", string, REP"u8 : ", string"u8);
        }
        else if (!access.IsIn)
        {
            line = line.Text(", value "u8).Hex(rax & (uint.MaxValue >> (32 - (8 * access.Size))));
        }

        return line.Text(", qualification "u8).Hex(ExitFacts.Detail);
    }

    private static Writer ControlRegister(Writer line, ControlRegisterAccess access, ref GuestRegisters registers)
    {
        registers.Rsp = GuestState.Rsp;
        switch (access.Type)
        {
            case CrAccessType.MovToCr:
                return line.Text(": MOV CR"u8).Decimal((ulong)access.ControlRegister).Text(", "u8)
                    .Text(RegisterNames.Of(access.Register)).Text(" = "u8).Hex(registers[access.Register]);
            case CrAccessType.MovFromCr:
                return line.Text(": MOV "u8).Text(RegisterNames.Of(access.Register)).Text(", CR"u8)
                    .Decimal((ulong)access.ControlRegister);
            case CrAccessType.Clts: return line.Text(": CLTS"u8);
            default: return line.Text(": LMSW "u8).Hex(access.LmswSource);
        }
    }

    private static Writer EptViolation(Writer line, MemoryFault violation) =>
        line.Text(violation.IsWrite ? ": write"u8 : violation.IsFetch ? ": fetch"u8 : ": read"u8)
            .Text(" of guest-physical "u8).Hex(ExitFacts.PhysicalAddress.Value)
            .Text(violation.IsFinalTranslation ? ""u8 : " by the guest's own page walk"u8)
            .Text(violation.WasNotPresent ? ", not present"u8 : ", present with fewer rights"u8)
            .Text(", qualification "u8).Hex(violation.Raw);

    private static Writer Exception(Writer line)
    {
        var information = ExitFacts.Event;
        line = line.Text(": vector "u8).Decimal(information.Vector);
        if (information.HasErrorCode)
        {
            line = line.Text(", error code "u8).Hex(ExitFacts.EventErrorCode);
        }

        return information.Vector == (byte)ExceptionVector.PageFault
            ? line.Text(", address "u8).Hex(ExitFacts.EventDetail)
            : line;
    }

    private static Writer Vector(Writer line)
    {
        var information = ExitFacts.Event;
        return information.IsValid
            ? line.Text(": vector "u8).Hex(information.Vector, 2)
            : line.Text(": not acknowledged, the vector is not known"u8);
    }
}

// The control words in effect, each bit by its name: what a learner compares with the manual's tables.
internal static unsafe class ControlsReport
{
    public static void Print(Output output, Vcpu* vcpu)
    {
        if (Cpu.IsAmd)
        {
            Print(output, ControlWord.Intercepts, SvmReport.Word(ControlWord.Intercepts));
            Print(output, ControlWord.MoreIntercepts, SvmReport.Word(ControlWord.MoreIntercepts));
            Print(output, ControlWord.LateIntercepts, SvmReport.Word(ControlWord.LateIntercepts));
            return;
        }

        ref ControlWords words = ref VmxVcpu.Of(vcpu)->Controls;
        Print(output, ControlWord.Pin, (uint)words.Pin);
        Print(output, ControlWord.Primary, (uint)words.Primary);
        Print(output, ControlWord.Secondary, (uint)words.Secondary);
        Print(output, ControlWord.Exit, (uint)words.Exit);
        Print(output, ControlWord.Entry, (uint)words.Entry);
    }

    // Reserved bits have no name; they stand in the number only.
    private static void Print(Output output, ControlWord word, uint value)
    {
        Writer line = new Writer(output).Text("  | "u8).Text(Names.OfControlWord((uint)word)).To(14).Hex(value, 8)
            .Text(":"u8);
        bool first = true;
        for (int bit = 0; bit < 32; bit++)
        {
            ReadOnlySpan<byte> name = Names.OfControl((uint)word, bit);
            if ((value >> bit & 1) != 0 && !name.IsEmpty)
            {
                line = line.Text(first ? " "u8 : ", "u8).Text(name);
                first = false;
            }
        }

        line.EndLine();
    }
}
