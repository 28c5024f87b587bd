// What the VMCS holds of a local APIC whose interrupts the processor delivers: how it is written, and what has to be
// put right. SDM 3C 31.2 Evaluation and Delivery of Virtual Interrupts, 31.1.4 EOI Virtualization, 31.5 Virtualizing
// MSR-Based APIC Accesses.
namespace MinusOne.Hv.Vmx;

internal static unsafe class VirtualApic
{
    private const uint Quarters = 4;
    private const uint BochsRevision = 0x2B;

    public static void Prepare(Vcpu* vcpu)
    {
        Vmcs.Write(Vmcs64.VirtualApicAddress, vcpu->ApicPage.Value);
        for (uint i = 0; i < Quarters; i++)
        {
            SetEoiExits(i, 0);
        }
    }

    public static void SetEoiExits(uint quarter, ulong vectors) =>
        VmxCpu.VmWrite((uint)Vmcs64.EoiExitBitmap0 + (2 * quarter), vectors);

    // The registers of its x2APIC are reached without an exit, or not.
    public static void Open(Vcpu* vcpu, bool isOpen)
    {
        VmxVcpu* vmx = VmxVcpu.Of(vcpu);
        if (vmx->IsApicOpen != isOpen)
        {
            vmx->IsApicOpen = isOpen;
            Vmcs.Write(Vmcs64.MsrBitmaps, (isOpen ? vmx->Interception->OpenMsrs : vmx->Interception->Msrs).Value);
        }
    }

    // What an exit has interrupted the delivery of. Bochs tells of a virtual interrupt what the event before it was, in
    // 2.7 and in 3.0; so the vector in service is what goes again, unless its handler has begun, which turns interrupts
    // off. Silicon is believed: its VMCS has other revisions.
    public static InterruptionInformation Interrupted(InterruptionInformation told)
    {
        var secondary = (SecondaryControls)Vmcs.Read(Vmcs32.SecondaryControls);
        if ((secondary & SecondaryControls.VirtualInterruptDelivery) == 0
            || new VmxBasic(Cpu.ReadMsr((uint)Msr.VmxBasic)).RevisionId != BochsRevision)
        {
            return told;
        }

        byte vector = (byte)(Vmcs.Read(Vmcs16.GuestInterruptStatus) >> 8);
        bool isOpen = (VmxState.Rflags & Rflags.InterruptEnable) != 0;
        bool isTold = vector == 0 || !isOpen || VmxState.Blocking.BlockingByNmi;
        return isTold ? told : InterruptionInformation.ExternalInterrupt(vector);
    }
}
