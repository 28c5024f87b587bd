// Turning VT-x on and off. SDM 3C 25.7 Enabling and Entering VMX Operation, 25.8 Restrictions on VMX Operation. The
// caller has examined the processor: it has VMX, and FEATURE_CONTROL is not locked against it.
namespace MinusOne.Hv.Vmx;

internal static unsafe class VmxOperation
{
    // VT-x is on, or the log says why not.
    public static bool TryStart(FramePool* frames, out Hpa region)
    {
        if (!frames->TryAllocateCleared(FrameOwner.VmxRegion, out region))
        {
            Writer.Log.Text("no frame for the VMXON region"u8).EndLine();
            return false;
        }

        LockFeatureControlOn();
        VmxResult on = TurnOn(region);
        uint revision = new VmxBasic(Cpu.ReadMsr(Msr.VmxBasic)).RevisionId;
        if (on != VmxResult.Succeed)
        {
            Writer.Log.Text("VMXON failed: "u8).Text(on == VmxResult.FailInvalid ? "VMfailInvalid"u8 : "VMfailValid"u8)
                .Text("; the region at "u8).Hex(region.Value).Text("h begins with "u8).Hex(*(uint*)region.Pointer)
                .Text("h, the processor's revision is "u8).Hex(revision).Text("h"u8).EndLine();
            frames->Free(region, FrameOwner.VmxRegion);
            return false;
        }

        Writer.Log.Text("VT-x on, VMXON region at "u8).Hex(region.Value).Text("h, revision "u8).Hex(revision)
            .Text("h"u8).EndLine();
        return true;
    }

    // Firmware that leaves FEATURE_CONTROL unlocked leaves the choice to us: allow VMX and lock.
    public static void LockFeatureControlOn()
    {
        var control = new FeatureControl(Cpu.ReadMsr((uint)Msr.FeatureControl));
        if (!control.IsLocked)
        {
            Cpu.WriteMsr((uint)Msr.FeatureControl, control.Raw | FeatureControl.VmxOutsideSmx | FeatureControl.Lock);
        }
    }

    // `region` is one page below the processor's physical-address limit; its old content is lost.
    public static VmxResult TurnOn(Hpa region)
    {
        Cpu.WriteCr0(Fix(Cpu.ReadCr0(), Msr.VmxCr0Fixed0, Msr.VmxCr0Fixed1));
        ulong before = Cpu.ReadCr4();
        Cpu.WriteCr4(Fix(before | (ulong)Cr4.VmxEnable, Msr.VmxCr4Fixed0, Msr.VmxCr4Fixed1));
        PrepareRegion(region, new VmxBasic(Cpu.ReadMsr((uint)Msr.VmxBasic)).RevisionId);
        VmxResult result = VmxCpu.VmxOn(region);
        if (result != VmxResult.Succeed && (before & (ulong)Cr4.VmxEnable) == 0)
        {
            // Somebody else who has VMX on keeps it.
            Cpu.WriteCr4(before);
        }

        return result;
    }

    public static void TurnOff()
    {
        VmxCpu.VmxOff();
        Cpu.WriteCr4(Cpu.ReadCr4() & ~(ulong)Cr4.VmxEnable);
    }

    // FIXED0 has a 1 where the bit must be 1, FIXED1 a 0 where it must be 0. SDM 3D A.7, A.8.
    public static ulong Fix(ulong value, Msr mustBeOne, Msr mayBeOne) =>
        (value | Cpu.ReadMsr((uint)mustBeOne)) & Cpu.ReadMsr((uint)mayBeOne);

    // The VMXON region and every VMCS begin alike: one zeroed 4 KiB page whose first dword is the processor's revision
    // identifier. SDM 3C 26.2 Format of the VMCS Region, 26.11.5 VMXON Region.
    public static void PrepareRegion(Hpa region, uint revisionId)
    {
        Cpu.ClearFrame(region.Pointer);
        *(uint*)region.Pointer = revisionId;
    }
}
