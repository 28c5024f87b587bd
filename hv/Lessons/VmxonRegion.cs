// `vmxon-region`: what the page that VMXON wants looks like, and what it says to a page with another revision in it.
// VT-x is turned off for the trial and on again. SDM 3C 26.11.5 VMXON Region.
namespace MinusOne.Hv.Lessons;

internal static unsafe class VmxonRegion
{
    private const int Words = 1024;

    // False if the page is not what the manual wants, or VMXON does not answer as it should.
    public static bool Run(Machine* machine)
    {
        uint revision = machine->Facts.Vmx.Basic.RevisionId;
        if (!machine->Frames.TryAllocateCleared(FrameOwner.VmxRegion, out Hpa region))
        {
            return false;
        }

        VmxOperation.PrepareRegion(region, revision);
        uint* words = (uint*)region.Pointer;
        int others = 0;
        for (int i = 1; i < Words; i++)
        {
            others += words[i] != 0 ? 1 : 0;
        }

        Writer.Console.Text("VMXON region: first dword "u8).Hex(words[0], 8).Text("h, IA32_VMX_BASIC says revision "u8)
            .Hex(revision, 8).Text("h, "u8).Decimal((ulong)others).Text(" other dwords are not 0"u8).EndLine();
        bool good = words[0] == revision && others == 0 && Try(machine, region);
        machine->Frames.Free(region, FrameOwner.VmxRegion);
        return good;
    }

    private static bool Try(Machine* machine, Hpa region)
    {
        uint* revision = (uint*)region.Pointer;
        VmxResult off = VmxCpu.VmxOff();
        *revision ^= 1;
        VmxResult wrong = VmxCpu.VmxOn(region);
        Tell("VMXON with revision "u8, *revision, wrong);
        *revision ^= 1;
        VmxResult right = VmxCpu.VmxOn(region);
        Tell("VMXON with revision "u8, *revision, right);
        bool answered = off == VmxResult.Succeed && wrong == VmxResult.FailInvalid && right == VmxResult.Succeed;
        if (right == VmxResult.Succeed)
        {
            VmxCpu.VmxOff();
        }

        return VmxCpu.VmxOn(machine->At(0)->VirtualizationRegion) == VmxResult.Succeed && answered;
    }

    private static void Tell(System.ReadOnlySpan<byte> what, uint revision, VmxResult result) =>
        Writer.Console.Text(what).Hex(revision, 8).Text("h: "u8)
            .Text(result switch
            {
                VmxResult.Succeed => "VT-x is on"u8,
                VmxResult.FailInvalid => "VMfailInvalid"u8,
                _ => "VMfailValid"u8,
            })
            .EndLine();
}
