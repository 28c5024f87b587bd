// The encodings of VMCS fields: each agrees in width, kind and writability with the enum it stands in, none stands
// twice, and the ones everybody knows are the manual's. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class VmcsFieldTests
{
    [Theory]
    [InlineData(typeof(Vmcs16), 0, false, 6 + 11 + 7)]
    [InlineData(typeof(Vmcs64), 1, false, 38 + 23 + 13)]
    [InlineData(typeof(VmcsReadOnly64), 1, true, 4)]
    [InlineData(typeof(Vmcs32), 2, false, 19 + 23 + 1)]
    [InlineData(typeof(VmcsReadOnly32), 2, true, 8)]
    [InlineData(typeof(VmcsNatural), 3, false, 8 + 23 + 15)]
    [InlineData(typeof(VmcsReadOnlyNatural), 3, true, 6)]
    public void EncodingAgreesWithItsEnum(Type fields, int width, bool readOnly, int count)
    {
        uint[] encodings = Encodings(fields);
        foreach (uint encoding in encodings)
        {
            Assert.Equal(0u, encoding & 0xFFFF_9001);
            Assert.Equal((uint)width, encoding >> 13);
            Assert.Equal(readOnly, ((encoding >> 10) & 3) == 1);
        }

        Assert.Equal(encodings.Order(), encodings);
        Assert.Equal(count, encodings.Length);
    }

    [Fact]
    public void NoEncodingStandsTwice()
    {
        var seen = new HashSet<uint>();
        Type[] tables =
        [
            typeof(Vmcs16), typeof(Vmcs64), typeof(VmcsReadOnly64), typeof(Vmcs32), typeof(VmcsReadOnly32),
            typeof(VmcsNatural), typeof(VmcsReadOnlyNatural),
        ];
        foreach (uint encoding in tables.SelectMany(Encodings))
        {
            Assert.True(seen.Add(encoding), $"{encoding:X4}");
        }
    }

    [Theory]
    [InlineData(0x4000u, Vmcs32.PinControls)]
    [InlineData(0x4002u, Vmcs32.PrimaryControls)]
    [InlineData(0x4004u, Vmcs32.ExceptionBitmap)]
    [InlineData(0x4006u, Vmcs32.PageFaultErrorCodeMask)]
    [InlineData(0x4008u, Vmcs32.PageFaultErrorCodeMatch)]
    [InlineData(0x400Cu, Vmcs32.ExitControls)]
    [InlineData(0x4012u, Vmcs32.EntryControls)]
    [InlineData(0x4016u, Vmcs32.EntryInterruptionInformation)]
    [InlineData(0x401Cu, Vmcs32.TprThreshold)]
    [InlineData(0x401Eu, Vmcs32.SecondaryControls)]
    [InlineData(0x4816u, Vmcs32.GuestCsAccessRights)]
    [InlineData(0x4822u, Vmcs32.GuestTrAccessRights)]
    [InlineData(0x4824u, Vmcs32.GuestInterruptibilityState)]
    [InlineData(0x4826u, Vmcs32.GuestActivityState)]
    [InlineData(0x482Au, Vmcs32.GuestSysenterCs)]
    [InlineData(0x482Eu, Vmcs32.PreemptionTimerValue)]
    [InlineData(0x4C00u, Vmcs32.HostSysenterCs)]
    [InlineData(0x4400u, VmcsReadOnly32.InstructionError)]
    [InlineData(0x4402u, VmcsReadOnly32.ExitReason)]
    [InlineData(0x4408u, VmcsReadOnly32.IdtVectoringInformation)]
    [InlineData(0x440Cu, VmcsReadOnly32.ExitInstructionLength)]
    [InlineData(0x0000u, Vmcs16.VirtualProcessorId)]
    [InlineData(0x0802u, Vmcs16.GuestCsSelector)]
    [InlineData(0x0810u, Vmcs16.GuestInterruptStatus)]
    [InlineData(0x0C0Cu, Vmcs16.HostTrSelector)]
    [InlineData(0x2004u, Vmcs64.MsrBitmaps)]
    [InlineData(0x200Au, Vmcs64.EntryMsrLoadAddress)]
    [InlineData(0x2010u, Vmcs64.TscOffset)]
    [InlineData(0x2012u, Vmcs64.VirtualApicAddress)]
    [InlineData(0x201Au, Vmcs64.EptPointer)]
    [InlineData(0x2024u, Vmcs64.EptpListAddress)]
    [InlineData(0x202Cu, Vmcs64.XssExitingBitmap)]
    [InlineData(0x2032u, Vmcs64.TscMultiplier)]
    [InlineData(0x2044u, Vmcs64.SecondaryExitControls)]
    [InlineData(0x2400u, VmcsReadOnly64.GuestPhysicalAddress)]
    [InlineData(0x2800u, Vmcs64.VmcsLinkPointer)]
    [InlineData(0x2806u, Vmcs64.GuestEfer)]
    [InlineData(0x2810u, Vmcs64.GuestPdpte3)]
    [InlineData(0x2818u, Vmcs64.GuestPkrs)]
    [InlineData(0x2C02u, Vmcs64.HostEfer)]
    [InlineData(0x6000u, VmcsNatural.Cr0GuestHostMask)]
    [InlineData(0x600Eu, VmcsNatural.Cr3Target3)]
    [InlineData(0x6400u, VmcsReadOnlyNatural.ExitQualification)]
    [InlineData(0x640Au, VmcsReadOnlyNatural.GuestLinearAddress)]
    [InlineData(0x6800u, VmcsNatural.GuestCr0)]
    [InlineData(0x6808u, VmcsNatural.GuestCsBase)]
    [InlineData(0x681Eu, VmcsNatural.GuestRip)]
    [InlineData(0x6820u, VmcsNatural.GuestRflags)]
    [InlineData(0x682Cu, VmcsNatural.GuestInterruptSspTableAddress)]
    [InlineData(0x6C14u, VmcsNatural.HostRsp)]
    [InlineData(0x6C16u, VmcsNatural.HostRip)]
    [InlineData(0x6C1Cu, VmcsNatural.HostInterruptSspTableAddress)]
    public void EncodingIsTheManuals(uint expected, object field)
    {
        Assert.Equal(expected, Convert.ToUInt32(field));
    }

    [Fact]
    public void EncodingComesApart()
    {
        var encoding = new VmcsEncoding(0x6821);
        Assert.True(encoding.IsHighHalf);
        Assert.Equal(16u, encoding.Index);
        Assert.Equal(VmcsFieldType.GuestState, encoding.Type);
        Assert.Equal(VmcsFieldWidth.Natural, encoding.Width);
        Assert.False(encoding.HasReservedBits);
        Assert.True(new VmcsEncoding(0x1000).HasReservedBits);
        Assert.True(new VmcsEncoding(0x8000).HasReservedBits);
    }

    private static uint[] Encodings(Type fields) =>
        [.. fields.GetFields().Where(field => field.IsLiteral).Select(field => (uint)field.GetRawConstantValue())];
}
