// Commands that show what the processor and the hypervisor hold of a guest.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorState
{
    // Those of all its processors that have been started.
    public static void Registers(ref MonitorCall call)
    {
        Vm* vm = call.Vm;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* shown = vm->At(i);
            if (vm->VcpuCount > 1)
            {
                call.Line.Text("processor "u8).Decimal((uint)i)
                    .Text(i != 0 && shown->Slot == Vcpu.NoSlot ? " is not started"u8 : ""u8).EndLine();
            }

            if (i == 0 || shown->Slot != Vcpu.NoSlot)
            {
                VcpuSwitch.To(shown);
                GuestStateReport.Print(call.Output, ref shown->Registers);
            }
        }

        VcpuSwitch.To(call.Vcpu);
    }

    public static void Exits(ref MonitorCall call) => FinalReport.Exits(call.Output, call.Vm->Counters);

    // So many, of those that the ring keeps.
    public static void Trace(ref MonitorCall call)
    {
        if (MonitorValue.TryCount(ref call, ExitRing.Records, ExitRing.Records, out ulong count))
        {
            LastExits.Print(call.Output, call.Vcpu, (int)count);
        }
        else
        {
            MonitorHelp.Usage(ref call, "trace"u8, "trace takes a number of at most 16"u8);
        }
    }

    public static void Pages(ref MonitorCall call) => FinalReport.Memory(call.Output, call.Vm);

    public static void IntelFields(ref MonitorCall call)
    {
        if (Cpu.IsAmd)
        {
            call.Line.Text("this processor has a VMCB instead: vmcb"u8).EndLine();
            return;
        }

        FieldReport.Write(call.Output, MonitorValue.Rest(ref call));
    }

    public static void AmdFields(ref MonitorCall call)
    {
        if (!Cpu.IsAmd)
        {
            call.Line.Text("this processor has a VMCS instead: vmcs"u8).EndLine();
            return;
        }

        SvmReport.Fields(call.Output, MonitorValue.Rest(ref call));
    }

    // Time goes on with registers of the local APIC; they are not read for being looked at.
    public static void ReadMsr(ref MonitorCall call)
    {
        if (!call.Words.MoveNext() || !MonitorValue.TryHex(call.Words.Current, out ulong number)
            || number > uint.MaxValue)
        {
            MonitorHelp.Usage(ref call, "msr"u8, "an MSR is a number of at most eight hexadecimal digits"u8);
            return;
        }

        Writer line = call.Line.Text("  MSR "u8).Hex(number).Text("h: "u8);
        if (ApicAccess.IsMsr((uint)number) || number == (uint)Msr.TscDeadline)
        {
            line.Text("a register of the local APIC, which looking could change"u8).EndLine();
        }
        else if (MsrExits.TryRead(call.Vcpu, (uint)number, out ulong value))
        {
            line.Hex(value, 16).EndLine();
        }
        else
        {
            line.Text("the guest has none there: general protection"u8).EndLine();
        }
    }
}
