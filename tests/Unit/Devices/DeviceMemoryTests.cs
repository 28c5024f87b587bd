// Instructions on a device's memory through the run loop: fetched from the guest's memory, decoded and carried out.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class DeviceMemoryTests
{
    private const ulong Device = 0xFEB0_0000;
    private const ulong Buffer = 0x9000;

    [Theory]
    [InlineData("real", new byte[] { 0x67, 0x66, 0x89, 0x03 }, 4)] // mov [ebx], eax
    [InlineData("protected", new byte[] { 0x89, 0x03 }, 4)]
    [InlineData("protected", new byte[] { 0x66, 0x89, 0x03 }, 2)]
    [InlineData("long", new byte[] { 0x48, 0x89, 0x03 }, 8)]
    [InlineData("long", new byte[] { 0x88, 0x03 }, 1)]
    public void AStoreReachesTheDevice(string mode, byte[] code, int size)
    {
        using DeviceGuest guest = DeviceGuest.Of(mode);
        Vmcs.Write(Vmcs32.GuestDsLimit, uint.MaxValue);
        Vmcs.Write(Vmcs32.GuestDsAccessRights, 0xC093);
        guest.Write(DeviceGuest.Rip, code);
        guest.Registers.Rbx = Device + 8;
        guest.Registers.Rax = 0x8877_6655_4433_2211;
        Assert.Equal(GuestEnd.Halted, guest.Run(DeviceGuest.Violation(Device + 8, Access.Write)));
        ulong expected = 0x8877_6655_4433_2211ul & (ulong.MaxValue >> (64 - (8 * size)));
        Assert.Equal(expected, guest.LessonBoard->Scratch.Read(8, 8));
        Assert.Equal(DeviceGuest.Rip + (ulong)code.Length + 1, guest[VmcsNatural.GuestRip]); // and HLT
    }

    [Fact]
    public void ALoadSetsItsRegister()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.LessonBoard->Scratch.Write(0, 8, 0xAB);
        guest.Write(DeviceGuest.Rip, 0x0F, 0xBE, 0x23); // movsx esp, byte [rbx]
        guest.Registers.Rbx = Device;
        guest.Run(DeviceGuest.Violation(Device, Access.Read));
        Assert.Equal(0xFFFF_FFABul, guest[VmcsNatural.GuestRsp]);
    }

    [Fact]
    public void AChangeReadsAndWritesOnceAndSetsFlags()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.LessonBoard->Scratch.Write(0, 4, uint.MaxValue);
        ulong before = guest.LessonBoard->Scratch.Read(0x100, 4);
        guest.Write(DeviceGuest.Rip, 0xF0, 0x83, 0x03, 0x01); // lock add dword [ebx], 1
        guest.Registers.Rbx = Device;
        guest.Run(DeviceGuest.Violation(Device, Access.Read | Access.Write));
        Assert.Equal(before + 2, guest.LessonBoard->Scratch.Read(0x100, 4));
        Assert.Equal(0ul, guest.LessonBoard->Scratch.Read(0, 4));
        Rflags flags = (Rflags)guest[VmcsNatural.GuestRflags];
        Assert.Equal(Rflags.Zero | Rflags.Carry, flags & (Rflags.Zero | Rflags.Carry | Rflags.Resume));
    }

    [Fact]
    public void AnInstructionMayCrossAPage()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Write(0x8FFE, 0xC7, 0x03, 0x78, 0x56, 0x34, 0x12); // mov dword [rbx], 12345678h
        guest[VmcsNatural.GuestRip] = 0x8FFE;
        guest.Registers.Rbx = Device;
        guest.Run(DeviceGuest.Violation(Device, Access.Write));
        Assert.Equal(0x1234_5678ul, guest.LessonBoard->Scratch.Read(0, 4));
        Assert.Equal(0x9005ul, guest[VmcsNatural.GuestRip]);
    }

    [Fact]
    public void TheRestOfAnInstructionMayBeMissing()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Write(0x8FFE, 0xC7, 0x03);
        guest.SetPage(9, 0);
        guest[VmcsNatural.GuestRip] = 0x8FFE;
        guest.Registers.Rbx = Device;
        guest.Script.Handler = (_, _) => { };
        guest.Run(DeviceGuest.Violation(Device, Access.Write));
        Assert.Equal((byte)ExceptionVector.PageFault, Assert.Single(guest.Script.Events).Vector);
        Assert.Equal(0x9000ul, Cpu.ReadCr2());
    }

    [Fact]
    public void MemoryIsCopiedIntoTheDeviceAndBack()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        byte[] data = [.. Enumerable.Range(1, 64).Select(i => (byte)i)];
        guest.Write(Buffer, data);
        guest.Write(DeviceGuest.Rip, 0xF3, 0xA4); // rep movsb
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rdi = Device;
        guest.Registers.Rcx = 64;
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Write));
        guest.Script.Then(script =>
        {
            Assert.Equal(
                (Buffer + 64, Device + 64, 0ul), (script.Registers.Rsi, script.Registers.Rdi, script.Registers.Rcx));
            script.Rip = DeviceGuest.Rip;
            script.Registers.Rsi = Device;
            script.Registers.Rdi = Buffer + 0xFC0;
            script.Registers.Rcx = 64;
            script.Exit(DeviceGuest.Violation(Device, Access.Read));
        });
        guest.Run(DeviceGuest.Violation(Device + 0x200, Access.Read));
        Assert.Equal(data, guest.Read(Buffer + 0xFC0, 64));
    }

    // 256 iterations, then the guest may take interrupts; the page fault after 300 leaves the rest.
    [Fact]
    public void ALongCopyStopsAndGoesOn()
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.SetPage(0xA, 0);
        guest.Write(DeviceGuest.Rip, 0xF3, 0xA4);
        guest.Registers.Rsi = Device;
        guest.Registers.Rdi = 0xA000 - 300;
        guest.Registers.Rcx = 400;
        guest.Script.Handler = (_, _) => { };
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Read));
        guest.Script.Then(script =>
        {
            Assert.Equal((144ul, DeviceGuest.Rip), (script.Registers.Rcx, script.Rip));
            Assert.NotEqual(0ul, script.Rflags & (ulong)Rflags.Resume);
        });
        guest.Run(DeviceGuest.Violation(Device + 256, Access.Read));
        Assert.Equal((100ul, 0xA000ul, Device + 300), (guest.Registers.Rcx, guest.Registers.Rdi, guest.Registers.Rsi));
        Assert.Equal(2u, Assert.Single(guest.Script.Events).ErrorCode);
        Assert.Equal(0xA000ul, Cpu.ReadCr2());
    }

    [Theory]
    [InlineData(new byte[] { 0x0F, 0x10, 0x03 }, "0F 10 03")] // movups xmm0, [rbx]
    [InlineData(new byte[] { 0xFF, 0x33 }, "FF 33")] // push qword [rbx]
    public void WhatCannotBeDecodedEndsTheGuest(byte[] code, string bytes)
    {
        using DeviceGuest guest = DeviceGuest.Of("long");
        guest.Write(DeviceGuest.Rip, code);
        guest.Registers.Rbx = Device;
        guest.Script.Then(DeviceGuest.Violation(Device, Access.Read));
        RunLoop.Run(guest.Vm, guest.Vcpu);
        Assert.Equal(GuestEnd.Undecodable, guest.Vm->End);
        Assert.Equal(Device, guest.Vm->EndAddress.Value);
        Assert.Contains("8000: " + bytes, DeviceGuest.Log);
    }

    [Fact]
    public void OnlyAnInstructionsOperandIsEmulated()
    {
        GuestExit fetch = DeviceGuest.Violation(Device, Access.Execute);
        GuestExit walk = Exits.EptViolation(new(Device), Access.Read, Access.None, new Gva(0), isFinal: false);
        GuestExit delivery = DeviceGuest.Violation(Device, Access.Write) with { IdtVectoring = 0x8000_0306 };
        foreach (GuestExit exit in new[] { fetch, walk, delivery })
        {
            using DeviceGuest guest = DeviceGuest.Of("protected");
            guest.Write(DeviceGuest.Rip, 0x89, 0x03);
            guest.Registers.Rbx = Device;
            guest.Script.Then(exit);
            RunLoop.Run(guest.Vm, guest.Vcpu);
            Assert.Equal(GuestEnd.IllegalAddress, guest.Vm->End);
            Assert.Equal(Device, guest.Vm->EndAddress.Value);
        }
    }

    // One side is RAM, the other the device.
    [Fact]
    public void ACompareReadsBothSides()
    {
        using DeviceGuest guest = DeviceGuest.Of("protected");
        guest.LessonBoard->Scratch.Write(0, 4, 0x6463_6261);
        guest.Write(Buffer, "abxd"u8.ToArray());
        guest.Write(DeviceGuest.Rip, 0xF3, 0xA6); // repe cmpsb
        guest.Registers.Rsi = Buffer;
        guest.Registers.Rdi = Device;
        guest.Registers.Rcx = 4;
        guest.Run(DeviceGuest.Violation(Device, Access.Read));
        Assert.Equal((1ul, Device + 3), (guest.Registers.Rcx, guest.Registers.Rdi));
        Assert.Equal(0ul, guest[VmcsNatural.GuestRflags] & (ulong)Rflags.Zero);
    }
}
