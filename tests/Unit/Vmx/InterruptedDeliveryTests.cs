// What is taken for the event whose delivery an exit has interrupted, while the processor delivers virtual interrupts:
// Bochs tells of another event, whatever else it can do, and silicon is believed.

using System.Collections.Generic;
using MinusOne.Tests.Unit.Model;
using Xunit;
using VirtualApic = MinusOne.Hv.Vmx.VirtualApic;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class InterruptedDeliveryTests
{
    private const byte InService = 0x51;
    private const uint Bochs = 0x2B, Silicon = 4;

    private static readonly InterruptionInformation s_told = new(0x8000_0B0E); // a page fault, with its error code
    private static readonly InterruptionInformation s_inService = InterruptionInformation.ExternalInterrupt(InService);

    private readonly GuestFixture _machine = new();

    public InterruptedDeliveryTests()
    {
        _machine.Set(SecondaryControls.VirtualInterruptDelivery);
        Vmcs.Write(Vmcs16.GuestInterruptStatus, InService << 8);
        Vmcs.Write(VmcsNatural.GuestRflags, 0x202);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BochsMeansTheVectorInService(bool hasPostedInterrupts)
    {
        Become(Bochs, hasPostedInterrupts);
        Assert.Equal(s_inService.Raw, VirtualApic.Interrupted(s_told).Raw);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SiliconIsBelieved(bool hasPostedInterrupts)
    {
        Become(Silicon, hasPostedInterrupts);
        Assert.Equal(s_told.Raw, VirtualApic.Interrupted(s_told).Raw);
    }

    // The handler of the one in service has begun; or none is.
    [Theory]
    [InlineData(InService, 0x2)]
    [InlineData(0, 0x202)]
    public void AnotherEventIsItself(byte inService, ulong flags)
    {
        Vmcs.Write(Vmcs16.GuestInterruptStatus, (ushort)(inService << 8));
        Vmcs.Write(VmcsNatural.GuestRflags, flags);
        Assert.Equal(s_told.Raw, VirtualApic.Interrupted(s_told).Raw);
    }

    private void Become(uint revision, bool hasPostedInterrupts)
    {
        Dictionary<uint, ulong> msrs = _machine.Processor.Msrs;
        ulong basic = msrs[(uint)Msr.VmxBasic], pin = msrs[(uint)Msr.VmxTruePinControls];
        msrs[(uint)Msr.VmxBasic] = (basic & ~0x7FFF_FFFFul) | revision;
        ulong posted = hasPostedInterrupts ? (ulong)PinControls.PostedInterrupts << 32 : 0;
        msrs[(uint)Msr.VmxTruePinControls] = pin | posted;
    }
}
