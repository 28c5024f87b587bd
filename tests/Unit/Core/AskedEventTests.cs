// Events that a guest asks for by VMCALL, whatever it writes into EAX, ECX and EDX: what a VM entry would refuse is
// #UD, and no entry ever fails. The processor's own checks are the judge. SDM 3C 28.2.1.3 VM-Entry Control Fields.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed unsafe class AskedEventTests
{
    private const byte InvalidOpcode = 6;

    [Theory]
    [InlineData("#GP with its error code", 0x8000_0B0Du, 0u, 0u, true)]
    [InlineData("#GP without", 0x8000_030Du, 0u, 0u, false)]
    [InlineData("#UD with an error code", 0x8000_0B06u, 0u, 0u, false)]
    [InlineData("an error code of 16 bits", 0x8000_0B0Du, 0x8000u, 0u, false)]
    [InlineData("exception 32", 0x8000_0320u, 0u, 0u, false)]
    [InlineData("#CP", 0x8000_0B15u, 0u, 0u, false)]
    [InlineData("INT 80h", 0x8000_0480u, 0u, 2u, true)]
    [InlineData("INT 80h of no length", 0x8000_0480u, 0u, 0u, false)]
    [InlineData("#BP", 0x8000_0603u, 0u, 1u, true)]
    [InlineData("NMI", 0x8000_0202u, 0u, 0u, true)]
    [InlineData("NMI of another vector", 0x8000_0203u, 0u, 0u, false)]
    [InlineData("ICEBP", 0x8000_0501u, 0u, 1u, false)]
    [InlineData("another event", 0x8000_0700u, 0u, 0u, false)]
    [InlineData("a reserved bit", 0x8001_0306u, 0u, 0u, false)]
    [InlineData("not valid", 0x0000_0306u, 0u, 0u, false)]
    public void IsInjectedOrInvalid(string what, uint information, uint errorCode, uint length, bool injected)
    {
        Assert.NotEmpty(what);
        Assert.Equal(injected ? (byte)information : InvalidOpcode, Ask(information, errorCode, length));
    }

    [Fact]
    public void NoEntryFails()
    {
        const int Seed = 31;
        var random = new Random(Seed);
        for (int i = 0; i < 400; i++)
        {
            uint information = (uint)random.Next(0x100) | ((uint)random.Next(16) << 8);
            information |= random.Next(8) == 0 ? (uint)random.Next() : 1u << 31;
            byte? vector = Ask(information, (uint)random.Next(0x1_8000), (uint)random.Next(17));
            Assert.True(vector == InvalidOpcode || vector == (byte)information, $"seed {Seed}, case {i}");
        }
    }

    // The vector that the guest receives.
    private static byte? Ask(uint information, uint errorCode, uint length)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Lesson->Features |= LessonFeatures.InjectOnVmcall;
        LessonFilter.Set(guest.Vm);
        guest[VmcsNatural.GuestRflags] |= 1 << 9;
        (guest.Registers.Rax, guest.Registers.Rdx, guest.Registers.Rcx) = (information, errorCode, length);
        guest.Script.Handler = (script, _) => script.Hlt();
        Assert.Equal(GuestEnd.Halted, guest.Run(Exits.Vmcall()));
        return Assert.Single(guest.Script.Events).Vector;
    }
}
