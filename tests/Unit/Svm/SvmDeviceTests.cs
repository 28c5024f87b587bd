// Instructions on devices' memory, where the processor does not tell the linear address: what was decoded before is
// carried out by the short path if place and direction of the access are the instruction's, and otherwise looked at
// again.

using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmDeviceTests
{
    private const ulong Hpet = 0xFED0_0000, Period = 4, Comparator = 0x108;
    private const uint TenNanoseconds = 10_000_000;
    private const ulong Root = 0x2000, Pointers = 0x3000, Low = 0x4000, High = 0x5000;
    private const ulong All = 0x67, Large = 0x80;
    private const uint LongCode = 0xA09B;

    private static readonly byte[] s_load = [0x8B, 0x08];   // mov ecx, [rax]
    private static readonly byte[] s_store = [0x89, 0x08];  // mov [rax], ecx

    [Fact]
    public void ARememberedInstructionTakesTheShortPath()
    {
        using var scene = Scene();
        scene.Play(guest =>
        {
            EnterLongMode(guest);
            ulong rip = guest.Rip;
            guest.Place(s_load);
            int before = scene.Core.Processor.ShortExits;
            for (int i = 0; i < 3; i++)
            {
                Reach(guest, rip, Period, Period, Access.Read);
                Assert.Equal(((ulong)TenNanoseconds, rip + 2), (guest.Registers.Rcx, guest.Rip));
                Assert.Equal(i, scene.Core.Processor.ShortExits - before);
            }

            guest.Rip = rip;
            guest.Place(s_store);
            before = scene.Core.Processor.ShortExits;
            for (int i = 0; i < 2; i++)
            {
                Reach(guest, rip, Comparator, Comparator, Access.Write);
                Assert.Equal((i, rip + 2), (scene.Core.Processor.ShortExits - before, guest.Rip));
            }
        });
    }

    // The processor says it was elsewhere in the page, or the other way: the instruction is decoded again.
    [Theory]
    [InlineData(Period + 4, false)]
    [InlineData(Period, true)]
    public void AnAccessThatIsNotTheInstructionsIsLookedAtAgain(ulong place, bool isWrite)
    {
        using var scene = Scene();
        scene.Play(guest =>
        {
            EnterLongMode(guest);
            ulong rip = guest.Rip;
            guest.Place(s_load);
            Reach(guest, rip, Period, Period, Access.Read);
            int before = scene.Core.Processor.ShortExits;
            Reach(guest, rip, Period, place, isWrite ? Access.Write : Access.Read);
            Assert.Equal((before, (ulong)TenNanoseconds), (scene.Core.Processor.ShortExits, guest.Registers.Rcx));
        });
    }

    private static SvmScene Scene()
    {
        var scene = new SvmScene();
        scene.Core.Config->Flags = VmFeatures.Pc;
        return scene;
    }

    // The instruction at this RIP, with its operand here and the access that the processor tells of there.
    private static void Reach(ScriptedGuest guest, ulong rip, ulong here, ulong there, Access access)
    {
        guest.Rip = rip;
        guest.Registers.Rax = Hpet + here;
        guest.Registers.Rcx = 0;
        guest.Exit(SvmExits.NestedPageFault(Hpet + there, access, isPresent: false));
    }

    // One to one, in pages of 2 MiB: the first ones, and those of the devices.
    private static void EnterLongMode(ScriptedGuest guest)
    {
        guest.Write64(new Gpa(Root), Pointers | All);
        guest.Write64(new Gpa(Pointers), Low | All);
        guest.Write64(new Gpa(Pointers + (3 * 8)), High | All);
        guest.Write64(new Gpa(Low), All | Large);
        guest.Write64(new Gpa(High + (0x1F6 * 8)), (Hpet & ~0x1F_FFFFul) | All | Large);
        guest.MovToCr4((ulong)Cr4.PhysicalAddressExtension);
        guest.MovToCr3(Root);
        guest.Wrmsr((uint)Msr.Efer, (ulong)Efer.LongModeEnable);
        guest.MovToCr0((ulong)(Cr0.ExtensionType | Cr0.ProtectionEnable | Cr0.Paging));
        guest.Vmcs[Vmcs32.GuestCsAccessRights] = LongCode;
    }
}
