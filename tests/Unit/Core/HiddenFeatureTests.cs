// What CPUID hides does not work: a table of features with the bit that would show each and what would use it, on a
// processor that has them all.

using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;
using Exits = MinusOne.Tests.Model.Exits;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class HiddenFeatureTests
{
    private const int Eax = 0, Ebx = 1, Ecx = 2, Edx = 3;
    private const uint GeneralProtection = 0x8000_0B0D, InvalidOpcode = 0x8000_0306;

    public static TheoryData<string, uint, uint, int, int, uint> Instructions => new()
    {
        { "VMX", 1, 0, Ecx, 5, (uint)ExitReason.Vmxon },
        { "SMX", 1, 0, Ecx, 6, (uint)ExitReason.Getsec },
        { "MONITOR", 1, 0, Ecx, 3, (uint)ExitReason.Monitor },
        { "MWAIT", 1, 0, Ecx, 3, (uint)ExitReason.Mwait },
        { "SGX", 7, 0, Ebx, 2, (uint)ExitReason.Encls },
        { "SGX", 7, 0, Ebx, 2, (uint)ExitReason.Enclv },
        { "WAITPKG", 7, 0, Ecx, 5, (uint)ExitReason.Umwait },
        { "WAITPKG", 7, 0, Ecx, 5, (uint)ExitReason.Tpause },
        { "KL", 7, 0, Ecx, 23, (uint)ExitReason.LoadIwKey },
        { "ENQCMD", 7, 0, Ecx, 29, (uint)ExitReason.EnqcmdPasidTranslationFailure },
        { "PCONFIG", 7, 0, Edx, 18, (uint)ExitReason.Pconfig },
        { "MSRLIST", 7, 1, Eax, 27, (uint)ExitReason.Rdmsrlist },
        { "XSAVES", 0xD, 1, Eax, 3, (uint)ExitReason.Xsaves },
        { "XRSTORS", 0xD, 1, Eax, 3, (uint)ExitReason.Xrstors },
    };

    public static TheoryData<string, uint, uint, int, int, int> Control4 => new()
    {
        { "PCE", 0xA, 0, Eax, 0, 8 },
        { "LA57", 7, 0, Ecx, 16, 12 },
        { "VMX", 1, 0, Ecx, 5, 13 },
        { "SMX", 1, 0, Ecx, 6, 14 },
        { "KL", 7, 0, Ecx, 23, 19 },
        { "PKU", 7, 0, Ecx, 3, 22 },
        { "CET", 7, 0, Ecx, 7, 23 },
        { "PKS", 7, 0, Ecx, 31, 24 },
        { "UINTR", 7, 0, Edx, 5, 25 },
        { "LASS", 7, 1, Eax, 6, 27 },
        { "LAM", 7, 1, Eax, 26, 28 },
        { "FRED", 7, 1, Eax, 17, 32 },
    };

    public static TheoryData<string, uint, uint, int, int, uint> Registers => new()
    {
        { "performance counters", 0xA, 0, Eax, 0, 0xC1 },
        { "performance counters", 0xA, 0, Eax, 0, 0x38F },
        { "PDCM", 1, 0, Ecx, 15, 0x345 },
        { "SPEC_CTRL", 7, 0, Edx, 26, 0x48 },
        { "PRED_CMD", 7, 0, Edx, 26, 0x49 },
        { "ARCH_CAPABILITIES", 7, 0, Edx, 29, 0x10A },
        { "TSX_CTRL", 7, 0, Edx, 29, 0x122 },
        { "processor trace", 7, 0, Ebx, 25, 0x570 },
        { "MPX", 7, 0, Ebx, 14, 0xD90 },
        { "XSS", 0xD, 1, Eax, 3, 0xDA0 },
        { "CET", 7, 0, Ecx, 7, 0x6A2 },
        { "PKS", 7, 0, Ecx, 31, 0x6E1 },
        { "WAITPKG", 7, 0, Ecx, 5, 0xE1 },
        { "UINTR", 7, 0, Edx, 5, 0x985 },
        { "XFD", 0xD, 1, Eax, 4, 0x1C4 },
        { "FRED", 7, 1, Eax, 17, 0x1CC },
    };

    [Theory]
    [MemberData(nameof(Instructions))]
    public void AnInstructionIsNone(string name, uint leaf, uint subleaf, int register, int bit, uint reason)
    {
        using DeviceGuest guest = Having(name, leaf, subleaf, register, bit);
        Assert.Equal(InvalidOpcode, Answer(guest, Exits.Instruction((ExitReason)reason, 3)));
    }

    [Theory]
    [MemberData(nameof(Control4))]
    public void ABitOfCr4IsReserved(string name, uint leaf, uint subleaf, int register, int bit, int control)
    {
        using DeviceGuest guest = Having(name, leaf, subleaf, register, bit);
        guest[VmcsNatural.Cr4GuestHostMask] = VcpuState.OwnedCr4;
        guest.Registers.Rbx = (ulong)GuestMode.Cr4 | (1UL << control);
        Assert.NotEqual(0ul, VcpuState.OwnedCr4 & (1UL << control));
        Assert.Equal(GeneralProtection, Answer(guest, Exits.MovToCr(4, 3)));
    }

    [Theory]
    [MemberData(nameof(Registers))]
    public void ARegisterIsNotThere(string name, uint leaf, uint subleaf, int register, int bit, uint msr)
    {
        foreach (bool isRead in new[] { true, false })
        {
            using DeviceGuest guest = Having(name, leaf, subleaf, register, bit);
            guest.Registers.Rcx = msr;
            Assert.Equal(GeneralProtection, Answer(guest, isRead ? Exits.Rdmsr() : Exits.Wrmsr()));
        }
    }

    // MPX, PKRU, CET, user interrupts, AMX.
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(17)]
    [InlineData(18)]
    public void AStateCannotBeTurnedOn(int component)
    {
        using DeviceGuest guest = Having("XSAVE", 0xD, 0, Eax, component);
        (guest.Registers.Rax, guest.Registers.Rcx) = (7u | (1u << component), 0);
        Assert.Equal(GeneralProtection, Answer(guest, Exits.Xsetbv()));
    }

    // Where an instruction would not exit by itself, a control sees to it, or the lack of one makes it #UD.
    [Fact]
    public void ControlsAreSetAccordingly()
    {
        const SecondaryControls Off = SecondaryControls.EnableXsavesXrstors
            | SecondaryControls.EnableUserWaitAndPause | SecondaryControls.EnablePconfig;
        VmxCapabilities allowed = CpuFacts.Read().Vmx;
        allowed.Secondary = new(0xFFFF_FFFF_0000_0000);
        Assert.True(ControlPolicy.TryChoose(in allowed, default, out ControlWords words, out _));
        Assert.True(words.Has(SecondaryControls.EnableEnclsExiting));
        Assert.Equal((SecondaryControls)0, words.Secondary & Off);
    }

    private static DeviceGuest Having(string name, uint leaf, uint subleaf, int register, int bit)
    {
        SoftProcessor processor = Presets.SkylakeX();
        const uint All = uint.MaxValue;
        DeviceGuest guest = DeviceGuest.Of("long", processor);
        processor.CpuidLeaves[(leaf, subleaf)] = new() { Eax = All, Ebx = All, Ecx = All, Edx = All };
        guest.Script.Handler = (script, _) => script.Hlt();
        CpuidExits.Answer(guest.Vm, guest.Vcpu, leaf, subleaf, out CpuidResult shown);
        uint word = register switch { Eax => shown.Eax, Ebx => shown.Ebx, Ecx => shown.Ecx, _ => shown.Edx };
        Assert.True((word & (1u << bit)) == 0, $"{name} is shown");
        return guest;
    }

    // The event that the guest gets for it.
    private static uint Answer(DeviceGuest guest, GuestExit exit)
    {
        Assert.Equal(GuestEnd.Halted, guest.Run(exit));
        return Assert.Single(guest.Script.Events).Information;
    }
}
