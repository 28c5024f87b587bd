// What the VMCS holds of a local APIC whose interrupts the processor delivers: how it is written, and what has to be
// put right. SDM 3C 31.2 Evaluation and Delivery of Virtual Interrupts, 31.1.4 EOI Virtualization, 31.5 Virtualizing
// MSR-Based APIC Accesses.
namespace MinusOne.Hv.Vmx;

internal static unsafe class VirtualApic
{
    private const uint Quarters = 4;

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

    // What an exit has interrupted the delivery of. Bochs 2.7 tells of a virtual interrupt what the event before it
    // was; so the vector in service is what goes again, unless its handler has begun, which turns interrupts off.
    // Silicon that delivers virtual interrupts processes posted ones as well, and is believed.
    public static InterruptionInformation Interrupted(InterruptionInformation told)
    {
        var secondary = (SecondaryControls)Vmcs.Read(Vmcs32.SecondaryControls);
        if ((secondary & SecondaryControls.VirtualInterruptDelivery) == 0
            || VmxCapabilities.Read().Pin.MayBeOne((uint)PinControls.PostedInterrupts))
        {
            return told;
        }

        byte vector = (byte)(Vmcs.Read(Vmcs16.GuestInterruptStatus) >> 8);
        bool isOpen = (VmxState.Rflags & Rflags.InterruptEnable) != 0;
        return vector == 0 || !isOpen || VmxState.Blocking.BlockingByNmi
            ? told
            : InterruptionInformation.ExternalInterrupt(vector);
    }
}
