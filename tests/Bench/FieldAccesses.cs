// How often an exit reads and writes fields of the VMCS: in the emulator a VMREAD is one tick like any instruction, on
// silicon these accesses are what an exit costs. Counted where the hypervisor's own source runs on the software
// processor of the unit tests, at the third exit of a kind in a row, when nothing happens for the first time any more.

using System;
using System.Collections.Generic;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;

namespace MinusOne.Tests.Bench;

internal sealed record FieldAccesses(double Reads, double Writes)
{
    private const ushort Scratch = 0x3FF;
    private const uint EndOfInterrupt = 0x80B;
    private const uint SpuriousVector = 0x80F;
    private const uint SelfIpi = 0x83F;
    private const uint NoMsr = 0x1234;
    private const ulong X2Enabled = 0xFEE0_0D00;
    private const ulong Apic = 0xFEE0_0000;
    private const ulong Hpet = 0xFED0_0000;
    private const ulong FirstPage = 0x5000;
    private const ulong PageBytes = 0x1000;
    private const int StringBytes = 64;

    // The guest's tables: the root, and one of pages of 1 GiB, the first and the one with the devices.
    private const ulong Root = 0x2000;
    private const ulong LargePages = 0x3000;
    private const ulong Present = 0x7;
    private const ulong Large = 0x87;
    private const ulong Devices = 3;
    private const uint CodeIsLong = 1u << 13;
    private const uint CodeIsDefaultBig = 1u << 14;

    // MOV EAX, [RBX + 0] and MOV [RBX + 0], EAX.
    private static readonly byte[] s_load = [0x8B, 0x43, 0];
    private static readonly byte[] s_store = [0x89, 0x43, 0];

    // The counts by the names of rows.tsv.
    public static Dictionary<string, FieldAccesses> Count() => new()
    {
        ["cpuid"] = Of((guest, _) => guest.Cpuid(0)),
        ["vmcall"] = Of((guest, _) => guest.Vmcall()),
        ["out-uart"] = Of((guest, _) => guest.Out8(Scratch, 0)),
        ["in-uart"] = Of((guest, _) => guest.In8(Scratch)),
        ["out-pic"] = Of((guest, _) => guest.Out8(0x20, 0x20)),
        ["in-pic"] = Of((guest, _) => guest.In8(0x21)),
        ["string-out"] = Of(StringOut),
        ["rdmsr-apic-base"] = Of((guest, _) => guest.Rdmsr((uint)Msr.ApicBase)),
        ["gp-injection"] = Of((guest, _) =>
            guest.Faults(ExceptionVector.GeneralProtection, () => guest.Rdmsr(NoMsr))),
        ["x2apic-eoi"] = Of((guest, _) => guest.Wrmsr(EndOfInterrupt, 0), EnableX2Apic),
        ["x2apic-self-ipi"] = Of((guest, _) => guest.Wrmsr(SelfIpi, 0x40), TakeInterrupts),
        ["xapic-read"] = Of((guest, _) => guest.Read32(new Gva(Apic + 0x30)), PointTo(Apic + 0x30), s_load),
        ["xapic-write"] = Of((guest, _) => guest.Write32(new Gva(Apic + 0x80), 0), PointTo(Apic + 0x80), s_store),
        ["hpet-read"] = Of((guest, _) => guest.Read32(new Gva(Hpet + 0xF0)), PointTo(Hpet + 0xF0), s_load),
        ["first-write-fresh"] = Of((guest, i) => guest.Write32(new Gva(FirstPage + (i * PageBytes)), 1)),
        ["rdtsc"] = Of((guest, _) => guest.Rdtsc()),
        ["cr0-ts"] = Of((guest, _) => guest.MovToCr0(guest.MovFromCr0() ^ (ulong)Cr0.TaskSwitched)),
        ["cr4-pge"] = Of((guest, _) => guest.MovToCr4(guest.MovFromCr4() ^ (ulong)Cr4.PageGlobalEnable)),
        ["mov-cr3"] = Of((guest, _) => guest.MovToCr3(guest.MovFromCr3())),
        ["invlpg"] = Of((guest, _) => guest.Invlpg(new Gva(FirstPage))),
        ["pause"] = Of((guest, _) => guest.Pause()),
    };

    private static unsafe FieldAccesses Of(
        Action<ScriptedGuest, uint> exit, Action<ScriptedGuest> prepare = null, byte[] instruction = null)
    {
        using var machine = new CoreMachine();
        machine.Config->Flags = VmFeatures.Pc;
        machine.Config->Start.Mode = StartMode.Protected;
        machine.SetImage(instruction ?? [0xF4]);
        SoftVmx vmx = machine.Processor.Vmx;
        (int reads, int writes) = (0, 0);
        machine.Guest.Then(guest =>
        {
            ulong start = guest.Rip;
            GoLong(guest);
            prepare?.Invoke(guest);
            for (uint i = 0; i < 3; i++)
            {
                guest.Rip = start;
                (reads, writes) = (vmx.FieldReads, vmx.FieldWrites);
                exit(guest, i);
            }

            (reads, writes) = (vmx.FieldReads - reads, vmx.FieldWrites - writes);
            guest.Cli();
            guest.Hlt();
        });
        return machine.Run()
            ? new FieldAccesses(reads, writes)
            : throw new BenchException("a guest in software did not come to its end:\n" + machine.Log);
    }

    // The mode of the bench guest.
    private static void GoLong(ScriptedGuest guest)
    {
        guest.Write64(new Gpa(Root), LargePages | Present);
        guest.Write64(new Gpa(LargePages), Large);
        guest.Write64(new Gpa(LargePages + (Devices * 8)), (Devices << 30) | Large);
        guest.MovToCr4(guest.MovFromCr4() | (ulong)Cr4.PhysicalAddressExtension);
        guest.MovToCr3(Root);
        guest.Wrmsr((uint)Msr.Efer, (ulong)Efer.LongModeEnable);
        guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.Paging);
        SoftVmcs vmcs = guest.Vmcs;
        vmcs[Vmcs32.GuestCsAccessRights] = (vmcs[Vmcs32.GuestCsAccessRights] | CodeIsLong) & ~CodeIsDefaultBig;
    }

    private static void StringOut(ScriptedGuest guest, uint round)
    {
        guest.Registers.Rcx = StringBytes;
        guest.Registers.Rsi = FirstPage;
        guest.StringIo(isIn: false, 1, Scratch, new Gva(FirstPage), repeated: true);
    }

    private static void EnableX2Apic(ScriptedGuest guest)
    {
        guest.Wrmsr((uint)Msr.ApicBase, X2Enabled);
        guest.Wrmsr(SpuriousVector, 0x1FF);
    }

    private static void TakeInterrupts(ScriptedGuest guest)
    {
        EnableX2Apic(guest);
        guest.Handler = (handler, _) => handler.Wrmsr(EndOfInterrupt, 0);
        guest.Sti();
        guest.Nop();
    }

    private static Action<ScriptedGuest> PointTo(ulong address) => guest => guest.Registers.Rbx = address;
}
