// A script for every basic exit reason, in the manual's order. SDM 3D Appendix C VMX Basic Exit Reasons.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using static MinusOne.Tests.Model.Exits;
using static MinusOne.Tests.Unit.Core.ExitEffect;

namespace MinusOne.Tests.Unit.Core;

internal static unsafe class ExitRows
{
    private const ulong Operand = 0x9000;
    private const ulong Untouched = 0x2_3000;
    private const uint EntryFailed = 0x8000_0000;

    // Instruction information: an absolute operand through DS; a register instead; RAX or the type of INVPCID in RCX.
    private const uint Absolute = (2u << 7) | (3u << 15) | (1u << 22) | (1u << 27);
    private const uint TypeInRcx = 1u << 28, Of8Bytes = 2u << 11;

    public static IEnumerable<ExitRow> All =>
        [.. Events, .. Instructions, .. Registers, .. EntryFailures, .. Memory, .. Hidden];

    private static ExitEffect InvalidOpcode => Fault(ExceptionVector.InvalidOpcode);

    private static ExitEffect GeneralProtection => Fault(ExceptionVector.GeneralProtection);

    private static ExitEffect Unhandled => Ends(GuestEnd.UnhandledExit);

    private static IEnumerable<ExitRow> Events =>
    [
        new("#UD", Exception(6), InvalidOpcode),
        new("#PF", Exception(14, 2, 0x1234_5678), Fault(ExceptionVector.PageFault))
        {
            After = _ => Assert.Equal(0x1234_5678ul, Cpu.ReadCr2()),
        },
        new("NMI", Nmi(), Again) { After = _ => Assert.Contains("an NMI of the host", DeviceGuest.Log) },
        new(ExternalInterrupt(0x40), Again),
        new("not acknowledged", ExternalInterrupt(null), Again),
        new(TripleFault(), Ends(GuestEnd.TripleFault)),
        new(Unknown((uint)ExitReason.InitSignal), Ends(GuestEnd.Reset)),
        new(Unknown((uint)ExitReason.StartupIpi), Unhandled),
        new(Unknown((uint)ExitReason.IoSmi), Unhandled),
        new(Unknown((uint)ExitReason.OtherSmi), Unhandled),
        new(InterruptWindow(), Again),
        new(NmiWindow(), Again),
        new("no descriptors", Instruction(ExitReason.TaskSwitch, 5) with { Qualification = 0x28 },
            Fault(ExceptionVector.PageFault))
        {
            Before = guest => guest[VmcsNatural.GuestGdtrBase] = 0x1234_5000,
        },
        new(Unknown((uint)ExitReason.MonitorTrapFlag), Again),
        new(PreemptionTimer(), Again),
        new(Unknown((uint)ExitReason.BusLock), Again),
        new(Unknown((uint)ExitReason.VirtualizedEoi), Again),
        new(Unknown((uint)ExitReason.InstructionTimeout), Ends(GuestEnd.NoProgress)),
    ];

    private static IEnumerable<ExitRow> Instructions =>
    [
        new(Cpuid(), Behind(2))
        {
            Before = guest => guest.Registers.Rax = 0x4000_0000,
            After = guest => Assert.Equal(0x756E_694Dul, guest.Registers.Rbx), // "Minu"
        },
        new("nobody's", Cpuid(), Behind(2))
        {
            Before = guest =>
            {
                guest.Vm->Board.Hypervisor = HypervisorKind.None;
                guest.Registers.Rax = 0x4000_0000;
            },
            After = guest => Assert.Equal(100ul, guest.Registers.Rcx), // leaf 16h: MHz of the bus
        },
        new(Vmcall(), Behind(3)) { After = guest => Assert.Equal(-1000L, (long)guest.Registers.Rax) },
        new("to nobody", Vmcall(), InvalidOpcode)
        {
            Before = guest => guest.Vm->Board.Hypervisor = HypervisorKind.None,
        },
        new("of KVM", Vmcall(), Behind(3))
        {
            Before = guest =>
            {
                guest.Vm->Board.Hypervisor = HypervisorKind.Kvm;
                guest.Vm->Board.IsPc = true;
                (guest.Registers.Rax, guest.Registers.Rsi) = (10, 0x8_0000);
            },
            After = guest => Assert.Equal(-22, (int)guest.Registers.Rax),
        },
        new(Hlt(), Behind(0)),
        new(Invd(), Behind(2)),
        new(Invlpg(new Gva(Operand)), Behind(3)),
        new(Instruction(ExitReason.Rdpmc, 2), GeneralProtection),
        new(Rdtsc(), Behind(2)) { Before = SetClock, After = CheckClock },
        new(Rdtscp(), Behind(3))
        {
            Before = guest =>
            {
                SetClock(guest);
                guest.Registers.Rcx = ulong.MaxValue;
            },
            After = guest =>
            {
                CheckClock(guest);
                Assert.Equal(Cpu.ReadMsr((uint)Msr.TscAux), guest.Registers.Rcx);
            },
        },
        new(Pause(), Behind(2)),
        new(Wbinvd(), Behind(2)),
        new(Instruction(ExitReason.Rdrand, 4) with { InstructionInformation = Of8Bytes }, Behind(4))
        {
            Before = NoRandomNumber, After = guest => Assert.Equal(0ul, guest.Registers.Rax),
        },
        new(Instruction(ExitReason.Rdseed, 4) with { InstructionInformation = Of8Bytes }, Behind(4))
        {
            Before = NoRandomNumber, After = guest => Assert.Equal(0ul, guest.Registers.Rax),
        },
        new(Instruction(ExitReason.Invpcid, 5) with { InstructionInformation = TypeInRcx | Absolute }, Behind(5))
        {
            Before = guest => guest.Registers.Rcx = 3,
        },
        new("type 4", Instruction(ExitReason.Invpcid, 5) with { InstructionInformation = TypeInRcx | Absolute },
            GeneralProtection)
        {
            Before = guest => guest.Registers.Rcx = 4,
        },
        new(Io(false, 1, 0x3F8), Behind(1))
        {
            Before = guest => guest.Registers.Rax = 'x', After = _ => Assert.Equal("x", DeviceGuest.Printed),
        },
        new("a port that nobody has", Io(true, 4, 0xFFFE), Behind(1))
        {
            Before = guest => guest.Registers.Rax = ulong.MaxValue,
            After = guest => Assert.Equal(uint.MaxValue, guest.Registers.Rax),
        },
    ];

    private static IEnumerable<ExitRow> Registers =>
    [
        new("MOV to CR3", MovToCr(3, 2), Behind(3))
        {
            Before = guest => guest.Registers.Rdx = DeviceGuest.Root,
            After = guest => Assert.Equal(DeviceGuest.Root, guest[VmcsNatural.GuestCr3]),
        },
        new("MOV to CR3 with a reserved bit", MovToCr(3, 2), GeneralProtection)
        {
            Before = guest => guest.Registers.Rdx = 1ul << 62,
        },
        new("MOV to DR7", MovDr(7, 1, false), Behind(3))
        {
            Before = guest => guest.Registers.Rcx = 0x401,
            After = guest => Assert.Equal(0x401ul, guest[VmcsNatural.GuestDr7]),
        },
        new("MOV to DR7 of more than 32 bits", MovDr(7, 1, false), GeneralProtection)
        {
            Before = guest => guest.Registers.Rcx = 1ul << 32,
        },
        new("IA32_APIC_BASE", Rdmsr(), Behind(2))
        {
            Before = guest => guest.Registers.Rcx = (uint)Msr.ApicBase,
            After = guest => Assert.Equal(0xFEE0_0900ul, guest.Registers.Rax),
        },
        new("unknown", Rdmsr(), GeneralProtection) { Before = guest => guest.Registers.Rcx = 0x1234 },
        new("FS_BASE, not canonical", Wrmsr(), GeneralProtection)
        {
            Before = guest => (guest.Registers.Rcx, guest.Registers.Rdx) = (0xC000_0100, 0x0001_0000),
        },
        new("unknown", Wrmsr(), GeneralProtection) { Before = guest => guest.Registers.Rcx = 0x1234 },
        new("x87 and SSE", Xsetbv(), Behind(3))
        {
            Before = guest =>
            {
                guest[VmcsNatural.HostCr4] |= (ulong)Cr4.OsXsave;
                (guest.Registers.Rcx, guest.Registers.Rdx, guest.Registers.Rax) = (0, 0, 3);
            },
            After = _ => Assert.Equal(3ul, Cpu.ReadXcr0()),
        },
        new("without x87", Xsetbv(), GeneralProtection)
        {
            Before = guest => (guest.Registers.Rcx, guest.Registers.Rdx, guest.Registers.Rax) = (0, 0, 2),
        },
        new("SGDT", Instruction(ExitReason.GdtrOrIdtrAccess, 7) with
        {
            InstructionInformation = Absolute | (1u << 11), Qualification = Operand,
        }, Behind(7))
        {
            Before = _ => Vmcs.Write(Vmcs32.GuestGdtrLimit, 0x4321),
            After = guest => Assert.Equal([0x21, 0x43], guest.Read(Operand, 2)),
        },
        new("STR", Instruction(ExitReason.LdtrOrTrAccess, 3) with { InstructionInformation = (1u << 28) | (1u << 10) },
            Behind(3))
        {
            Before = _ => Vmcs.Write(Vmcs16.GuestTrSelector, 0x1238),
            After = guest => Assert.Equal(0x1238ul, guest.Registers.Rax),
        },
    ];

    private static IEnumerable<ExitRow> EntryFailures =>
    [
        new(Unknown(EntryFailed | (uint)ExitReason.EntryFailureGuestState), Ends(GuestEnd.EntryFailed)),
        new(Unknown(EntryFailed | (uint)ExitReason.EntryFailureMsrLoading), Ends(GuestEnd.EntryFailed)),
        new(Unknown(EntryFailed | (uint)ExitReason.EntryFailureMachineCheck), Ends(GuestEnd.EntryFailed)),
    ];

    private static IEnumerable<ExitRow> Memory =>
    [
        new("the first touch", EptViolation(new Gpa(Untouched), Access.Write), Again)
        {
            After = guest => Assert.Equal([0], guest.Read(Untouched, 1)),
        },
        new("behind the memory", EptViolation(new Gpa(DeviceGuest.RamBytes), Access.Read),
            Ends(GuestEnd.IllegalAddress))
        {
            After = guest => Assert.Equal(DeviceGuest.RamBytes, Address(guest)),
        },
        new("a device: MOV [RAX], CL", EptViolation(new Gpa(0xFEB0_0000), Access.Write), Behind(2))
        {
            Before = guest =>
            {
                guest.Write(DeviceGuest.Rip, 0x88, 0x08);
                (guest.Registers.Rax, guest.Registers.Rcx) = (0xFEB0_0000, 0x55);
            },
        },
        new("a device: FXSAVE [RAX]", EptViolation(new Gpa(0xFEB0_0000), Access.Write), Ends(GuestEnd.Undecodable))
        {
            Before = guest => guest.Write(DeviceGuest.Rip, 0x0F, 0xAE, 0x00),
            After = _ => Assert.Contains("0F AE 00", DeviceGuest.Log),
        },
        new(EptMisconfiguration(new Gpa(Untouched)), Unhandled),
        new(Unknown((uint)ExitReason.TprBelowThreshold), Unhandled),
        new(Unknown((uint)ExitReason.ApicAccess), Unhandled),
        new(Unknown((uint)ExitReason.ApicWrite), Unhandled),
        new(Unknown((uint)ExitReason.PageModificationLogFull), Unhandled),
        new(Unknown((uint)ExitReason.SubPagePermissionEvent), Unhandled),
    ];

    // Instructions of features that CPUID does not show: as if there were none.
    private static IEnumerable<ExitRow> Hidden => new[]
    {
        ExitReason.Getsec, ExitReason.Rsm, ExitReason.Vmclear, ExitReason.Vmlaunch,
        ExitReason.Vmptrld, ExitReason.Vmptrst, ExitReason.Vmread, ExitReason.Vmresume, ExitReason.Vmwrite,
        ExitReason.Vmxoff, ExitReason.Vmxon, ExitReason.Mwait, ExitReason.Monitor, ExitReason.Invept,
        ExitReason.Invvpid, ExitReason.Vmfunc, ExitReason.Encls, ExitReason.Xsaves, ExitReason.Xrstors,
        ExitReason.Pconfig, ExitReason.Umwait, ExitReason.Tpause, ExitReason.LoadIwKey, ExitReason.Enclv,
        ExitReason.EnqcmdPasidTranslationFailure, ExitReason.EnqcmdsPasidTranslationFailure, ExitReason.Seamcall,
        ExitReason.Tdcall, ExitReason.Rdmsrlist, ExitReason.Wrmsrlist, ExitReason.Urdmsr, ExitReason.Uwrmsr,
        ExitReason.RdmsrImmediate, ExitReason.WrmsrnsImmediate,
    }.Select(reason => new ExitRow(Instruction(reason, 3), InvalidOpcode));

    private static unsafe ulong Address(DeviceGuest guest) => guest.Vm->EndAddress.Value;

    private static void SetClock(DeviceGuest guest) => Cpu.Soft.Tsc = 0x0123_4567_89AB_CDEF;

    private static void CheckClock(DeviceGuest guest)
    {
        Assert.Equal(0x0123_4567ul, guest.Registers.Rdx);
        Assert.InRange(guest.Registers.Rax, 0x89AB_CDEFul, 0x89AC_FFFFul);
    }

    // Only a lesson has them exit.
    private static unsafe void NoRandomNumber(DeviceGuest guest)
    {
        GuestSetup.ConfigOf(guest.Vm)->Controls.SecondarySet =
            (uint)(SecondaryControls.RdrandExiting | SecondaryControls.RdseedExiting);
        LessonFilter.Set(guest.Vm);
        guest.Registers.Rax = ulong.MaxValue;
        guest[VmcsNatural.GuestRflags] |= (ulong)Rflags.Carry;
    }
}
