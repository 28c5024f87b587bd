// The words for every failure: the annex of the README is the table, no number is without them, and each failure that
// can be made to happen says its own.

using System;
using System.IO;
using System.Linq;
using MinusOne.Efi.Stubs;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using MinusOne.Tests.Unit.Devices;
using MinusOne.Tests.Unit.Svm;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class FailureTests
{
    [Fact]
    public void TheAnnexIsTheTable()
    {
        string[] rows = [.. File.ReadAllLines(Repository.File("README.md"))
            .SkipWhile(line => line != "## Annex: what a failure means")
            .TakeWhile(line => !line.StartsWith("### ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];
        Assert.Equal(NameTables.Failures.Chunk(3).Select(parts =>
            $"| {parts[0].Number / 4:X}h | {string.Join(" | ", parts.Select(part => part.Text))} |"), rows);
    }

    [Fact]
    public void EachInstructionErrorHasWords() => Assert.All(
        Enum.GetValues<InstructionError>().Where(error => error != InstructionError.None),
        error => Assert.True(FailureReport.Has(0x100 + (uint)error), error.ToString()));

    // A guest's end is called the same in both tables.
    [Fact]
    public void EndsHaveTheirOwnNames() => Assert.All(
        NameTables.Failures.Where(part => part.Number >> 10 == 3 && part.Number % 4 == 0),
        part => Assert.Equal(NameTables.Ends.Single(end => end.Number == (part.Number / 4 & 0xFF)).Text, part.Text));

    // The processor itself says which error it was.
    [Theory]
    [InlineData(1, "VMCALL in VMX root operation")]
    [InlineData(2, "VMCLEAR: the address is none of a VMCS")]
    [InlineData(3, "VMCLEAR: the address is the VMXON region's")]
    [InlineData(9, "VMPTRLD: the address is none of a VMCS")]
    [InlineData(10, "VMPTRLD: the address is the VMXON region's")]
    [InlineData(11, "VMPTRLD: the VMCS has another revision")]
    [InlineData(12, "VMREAD or VMWRITE: no such field")]
    [InlineData(15, "VMXON in VMX root operation")]
    public void AnInstructionThatFailsIsExplained(int error, string message)
    {
        using var guest = DeviceGuest.Of("long");
        SoftProcessor processor = Cpu.Soft;
        Hpa other = processor.Memory.AllocateZeroed(1);
        ulong value;
        VmxResult result = error switch
        {
            1 => processor.Vmx.VmCall(),
            2 => VmxCpu.VmClear(new Hpa(0x123)),
            3 => VmxCpu.VmClear(processor.Vmx.VmxonRegion),
            9 => VmxCpu.VmPtrLoad(new Hpa(0x123)),
            10 => VmxCpu.VmPtrLoad(processor.Vmx.VmxonRegion),
            11 => VmxCpu.VmPtrLoad(other),
            12 => VmxCpu.TryVmRead(0x7FFE, &value),
            _ => VmxCpu.VmxOn(other),
        };
        Assert.Equal(VmxResult.FailValid, result);
        EntryFailures.Tell(guest.Vm, guest.Vcpu, EntryFailure.Instruction);
        string[] log = DeviceGuest.Log.Split('\n');
        Assert.Equal($"VM entry: VMfailValid, instruction error {error}: {message}", log[0]);
        Assert.StartsWith("  that means: ", log[1]);
        Assert.StartsWith("  way out: ", log[2]);
    }

    // And of an entry, whose fields are wrong or whose VMCS is.
    [Theory]
    [InlineData(4, "VMLAUNCH: the VMCS is not clear")]
    [InlineData(5, "VMRESUME: the VMCS is not launched")]
    [InlineData(7, "VM entry: the control fields are invalid")]
    [InlineData(8, "VM entry: the host-state fields are invalid")]
    public void AnEntryThatIsRefusedIsExplained(int error, string message)
    {
        using var guest = DeviceGuest.Of("long");
        switch (error)
        {
            case 4:
                Cpu.Soft.Vmx.Current.LaunchState = LaunchState.Launched;
                break;
            case 5:
                guest.Registers.Launched = 1;
                break;
            case 7:
                Vmcs.Write(Vmcs32.PinControls, 0);
                break;
            default:
                guest[VmcsNatural.HostCr0] = 0;
                break;
        }

        VmxVcpu.Of(guest.Vcpu)->Refusal = VmxCpu.Enter(&guest.Vcpu->Registers);
        Assert.Equal(VmxResult.FailValid, VmxVcpu.Of(guest.Vcpu)->Refusal);
        EntryFailures.Tell(guest.Vm, guest.Vcpu, EntryFailure.Instruction);
        Assert.StartsWith(
            $"VM entry: VMfailValid, instruction error {error}: {message}\n  that means: ", DeviceGuest.Log);
    }

    // While a guest runs, somebody turns VT-x off and on again, or enters behind a load of SS.
    [Theory]
    [InlineData(6, "VMRESUME after VMXOFF")]
    [InlineData(26, "VM entry: events are blocked by MOV SS")]
    public void ARunThatCannotGoOnIsExplained(int error, string message)
    {
        using var machine = new CoreMachine();
        SoftVmx vmx = machine.Processor.Vmx;
        machine.Guest.Then(Exits.Cpuid());
        int entries = 0;
        vmx.Entering = () =>
        {
            if (entries++ == 0)
            {
                return;
            }

            vmx.IsBlockedByMovSs = error == 26;
            if (error == 6)
            {
                (Hpa on, Hpa region) = (vmx.VmxonRegion, vmx.Current.Region);
                vmx.VmxOff();
                vmx.VmxOn(on);
                vmx.VmPtrLoad(region);
            }
        };
        Assert.False(machine.Run());
        Assert.Contains(
            $"VM entry: VMfailValid, instruction error {error}: {message}\n  that means: ", machine.Log);
        Assert.Contains(" end=entry-failed ", machine.Log);
    }

    // In the image the write itself is the end, with these words (efi/PanicReport.cs).
    [Fact]
    public void AWriteOfWhatCanOnlyBeReadIsExplained()
    {
        using var guest = DeviceGuest.Of("long");
        Assert.Throws<SoftCpuException>(() => VmxCpu.VmWrite((uint)VmcsReadOnly32.ExitReason, 0));
        EntryFailures.Tell(guest.Vm, guest.Vcpu, EntryFailure.Instruction);
        Assert.StartsWith(
            "VM entry: VMfailValid, instruction error 13: VMWRITE: the field is read-only\n" +
            "  that means: the hypervisor has written to exit information\n", DeviceGuest.Log);
    }

    [Fact]
    public void AnInvalidationThatFailsIsExplained()
    {
        using var guest = DeviceGuest.Of("long");
        Assert.False(Backend.TryForgetMemory(guest.Vcpu, new Hpa(1UL << 60)));
        EntryFailures.Tell(guest.Vm, guest.Vcpu, EntryFailure.Memory);
        Assert.StartsWith(
            "INVEPT refused, instruction error 28: INVEPT or INVVPID: the operand is invalid\n  that means: ",
            DeviceGuest.Log);
    }

    [Fact]
    public void ThatThereIsNoStructureIsExplained()
    {
        using var guest = DeviceGuest.Of("long");
        VmxCpu.VmClear(VmxVcpu.Of(guest.Vcpu)->Region);
        VmxVcpu.Of(guest.Vcpu)->Refusal = VmxCpu.Enter(&guest.Vcpu->Registers);
        EntryFailures.Tell(guest.Vm, guest.Vcpu, EntryFailure.Instruction);
        Assert.StartsWith("VM entry: VMfailInvalid: there is no current VMCS\n  that means: ", DeviceGuest.Log);
    }

    [Theory]
    [InlineData(33, "the first audit line below names the broken rule")]
    [InlineData(34, "the qualification is the number of the entry in the list")]
    [InlineData(41, "the machine reported broken hardware during the entry")]
    public void AnEntryThatFailsIsExplained(uint reason, string meaning)
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(Exits.Unknown(0x8000_0000 | reason));
        Assert.False(machine.Run());
        Assert.Contains($"\n  that means: {meaning}\n  way out: ", machine.Log);
        Assert.Contains(" end=entry-failed ", machine.Log);
    }

    [Fact]
    public void AMisconfigurationShowsTheEntry()
    {
        using var machine = new CoreMachine();
        machine.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(0x3000));
            guest.Exit(Exits.EptMisconfiguration(new Gpa(0x3000)));
        });
        Assert.False(machine.Run());
        Assert.Contains(
            "\n  that means: an entry of the second-level tables has a reserved bit or a type that is none\n" +
            "  way out: the walk below shows the entry; test the machine's memory", machine.Log);
        Assert.Matches(
            "  EPT level 1 at [0-9A-F]+ .* page of 4 KiB, write-back\n  guest-physical 3000: mapped", machine.Log);
    }

    // A bit beyond the physical width in an entry of the nested tables.
    [Fact]
    public void ANestedMisconfigurationShowsTheEntry()
    {
        using var scene = new SvmScene();
        scene.Guest.Then(guest =>
        {
            guest.Read8(new Gpa(0x3000));
            *SvmMemoryTests.Leaf(scene, 0x3000) |= 1UL << 51;
            scene.Svm.Entering = () => scene.Vmcb->TlbControl = TlbControl.Everything;
            guest.Wbinvd();
            guest.Read8(new Gpa(0x3000));
        });
        Assert.False(scene.Core.Run());
        Assert.Contains(
            "\n  that means: an entry of the nested page tables has a bit that has to be 0\n" +
            "  way out: the walk below shows the entry; test the machine's memory", scene.Core.Log);
        Assert.Matches("  nested level 1 at [0-9A-F]+ +0008[0-9A-F]{12}  ", scene.Core.Log);
        Assert.Contains("nested page fault, reserved bit ", scene.Core.Log);
    }

    [Fact]
    public void NoProgressShowsWhatComesAgain()
    {
        using var machine = new CoreMachine();
        machine.Config->ExpectedEnd = GuestEnd.NoProgress;
        for (int i = 0; i < 1010; i++)
        {
            machine.Guest.Then(Exits.EptViolation(new Gpa(0x1000), Access.Read));
        }

        Assert.True(machine.Run(), machine.Log);
        Assert.Contains("\n  that means: the same exit at the same instruction again and again", machine.Log);
        Assert.Contains("\n  what came last: EPT violation, at\n  00001000  F4  hlt\n", machine.Log);
    }

    [Theory]
    [InlineData(GuestEnd.PoweredOff, false)]
    [InlineData(GuestEnd.EntryFailed, false)]
    [InlineData(GuestEnd.Shutdown, true)]
    [InlineData(GuestEnd.IllegalAddress, true)]
    [InlineData(GuestEnd.OutOfMemory, true)]
    [InlineData(GuestEnd.UnhandledExit, true)]
    [InlineData(GuestEnd.Undecodable, true)]
    internal void AnEndThatIsTroubleIsExplained(GuestEnd end, bool isExplained)
    {
        using var guest = DeviceGuest.Of("long");
        guest.Vm->End = end;
        FailureReport.Explain(guest.Vm, guest.Vcpu);
        Assert.Equal(isExplained, DeviceGuest.Log.Contains("that means: "));
    }
}
