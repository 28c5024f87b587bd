// `run GUEST...`: leave the firmware, stand on our own feet, and hand over to the hypervisor. Everything that needs firmware
// (files, memory, the screen's address) is done before; what is done after cannot go back.

using System.Runtime;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Options;
using MinusOne.Hv;
using MinusOne.Hv.Examination;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Report;
using MinusOne.Hv.X86;

namespace MinusOne.Efi;

internal static unsafe class RunCommand
{
    private static Machine s_machine;

    // Comes back only if the machine is still the firmware's.
    public static EfiStatus Run(OptionText options)
    {
        s_machine.Facts = CpuFacts.Read();
        Refusal refusal = s_machine.Facts.Verdict;
        if (refusal == Refusal.None && !HostMemory.TryAllocate())
        {
            refusal = Refusal.NoMemory;
        }

        if (refusal != Refusal.None)
        {
            Writer.Log.Text("minusone: "u8).Text(Refusals.Sentence(refusal)).EndLine();
            Ending.Result(status: 2, "-"u8, "refused"u8);
            return EfiStatus.Unsupported;
        }

        if (!Departure.TryLeave(ref s_machine) || !TryStandAlone())
        {
            System.Panic.Fail("firmware did not let go of the machine, or its memory map is too long"u8);
        }

        HostCpu.ContinueOnStack(HostMemory.StackTop(0));
        return EfiStatus.Aborted;
    }

    // Descriptor tables, page tables, and the features the host itself counts on.
    private static bool TryStandAlone()
    {
        DescriptorTables.Load(
            HostMemory.StackTop(1), HostMemory.StackTop(2), HostMemory.StackTop(3), HostMemory.StackTop(4));
        s_machine.Host = DescriptorTables.State;
        PhysicalRange pool = HostMemory.Pool;
        fixed (FramePool* frames = &s_machine.Frames)
        {
            if (!frames->Initialize(new System.ReadOnlySpan<PhysicalRange>(in pool)) || !HostTables.TryBuild(ref s_machine, frames))
            {
                return false;
            }
        }

        Cpu.WriteMsr((uint)Msr.Efer, Cpu.ReadMsr((uint)Msr.Efer) | (ulong)Efer.ExecuteDisableEnable);
        Cpu.WriteCr0(Cpu.ReadCr0() | (ulong)Cr0.WriteProtect);
        Cpu.WriteCr3(HostTables.Root.Value);
        return true;
    }

    [RuntimeExport("RunOnOwnStack")]
    private static void OnOwnStack()
    {
        Writer.Log.Text("firmware has left; "u8).Size(s_machine.Memory.Total(PhysicalKind.Usable)).Text(" usable, "u8)
            .Decimal(s_machine.Frames.Available).Text(" frames in the pool"u8).EndLine();
        Ending.Result(status: 0, "-"u8, "done"u8);
        PowerSwitch.Off();
    }
}
