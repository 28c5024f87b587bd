// The encodings of VMCS fields: each agrees in width, kind and writability with the enum it stands in, they ascend, and
// the ones everybody knows are the manual's. SDM 3C 26.11.2 VMREAD, VMWRITE, and Encodings of VMCS Fields.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Vmx;

public sealed class VmcsFieldTests
{
    [Theory]
    [InlineData(typeof(Vmcs16), 0, false)]
    [InlineData(typeof(Vmcs64), 1, false)]
    [InlineData(typeof(VmcsReadOnly64), 1, true)]
    [InlineData(typeof(Vmcs32), 2, false)]
    [InlineData(typeof(VmcsReadOnly32), 2, true)]
    [InlineData(typeof(VmcsNatural), 3, false)]
    [InlineData(typeof(VmcsReadOnlyNatural), 3, true)]
    public void EncodingAgreesWithItsEnum(Type fields, int width, bool readOnly)
    {
        uint[] encodings = Encodings(fields);
        foreach (uint encoding in encodings)
        {
            Assert.Equal(0u, encoding & 0xFFFF_9001);
            Assert.Equal((uint)width, encoding >> 13);
            Assert.Equal(readOnly, ((encoding >> 10) & 3) == 1);
        }

        Assert.Equal(encodings.Distinct().Order(), encodings);
    }

    [Theory]
    [InlineData(0x401Eu, Vmcs32.SecondaryControls)]
    [InlineData(0x4826u, Vmcs32.GuestActivityState)]
    [InlineData(0x440Cu, VmcsReadOnly32.ExitInstructionLength)]
    [InlineData(0x0810u, Vmcs16.GuestInterruptStatus)]
    [InlineData(0x0C0Cu, Vmcs16.HostTrSelector)]
    [InlineData(0x201Au, Vmcs64.EptPointer)]
    [InlineData(0x2806u, Vmcs64.GuestEfer)]
    [InlineData(0x2C02u, Vmcs64.HostEfer)]
    [InlineData(0x640Au, VmcsReadOnlyNatural.GuestLinearAddress)]
    [InlineData(0x681Eu, VmcsNatural.GuestRip)]
    [InlineData(0x6C16u, VmcsNatural.HostRip)]
    public void EncodingIsTheManuals(uint expected, object field) =>
        Assert.Equal(expected, Convert.ToUInt32(field));

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
