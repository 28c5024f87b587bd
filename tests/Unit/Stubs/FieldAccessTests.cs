// The software processor counts accesses to VMCS fields, and the benchmark prints them: so its model of the exit stub
// must access as many as the stub does where an exit only moves RIP.

using Iced.Intel;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class FieldAccessTests
{
    [Fact]
    public void ModelAccessesAsManyAsTheStub()
    {
        using var machine = new CoreMachine();
        SoftVmx vmx = machine.Processor.Vmx;
        (int reads, int writes) = (0, 0);
        machine.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            (reads, writes) = (vmx.FieldReads, vmx.FieldWrites);
            guest.Cpuid(0);
            (reads, writes) = (vmx.FieldReads - reads, vmx.FieldWrites - writes);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        Assert.Equal((InStub(Mnemonic.Vmread), InStub(Mnemonic.Vmwrite)), (reads, writes));
    }

    // The easy case takes every instruction from the exit on to VMRESUME but for two sides of a branch: one has none,
    // and the other is on its way to the run loop from where it reads the clock.
    private static int InStub(Mnemonic mnemonic)
    {
        ulong start = StubCode.OffsetOf("Exit");
        int count = 0;
        bool isLeaving = false;
        for (ulong offset = start; ;)
        {
            Instruction instruction = StubCode.Machine.Decode(offset);
            if (instruction.Mnemonic == Mnemonic.Vmresume)
            {
                return count;
            }

            isLeaving = (isLeaving || instruction.Mnemonic == Mnemonic.Rdtsc) && instruction.Mnemonic != Mnemonic.Ret;
            count += instruction.Mnemonic == mnemonic && !isLeaving ? 1 : 0;
            offset = instruction.NextIP;
        }
    }
}
