// The page at which another processor begins, as it reads it: real mode up to the far jump, then long mode. It names
// nothing but its own data, wherever the page lies.

extern alias stubs;

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Iced.Intel;
using stubs::MinusOne.Efi.Host;
using stubs::MinusOne.Efi.Stubs;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class StartUpCodeTests
{
    private const ulong Page = 0x9_8000;

    private static readonly byte[] s_page = StartUpCode.Bytes();

    [Fact]
    public void RealModeGoesStraightToLongMode()
    {
        List<Instruction> code = Code(16, 0, Mnemonic.Jmp);
        Assert.Equal(
            [
                "cli", "cld", "mov ax,cs", "mov ds,ax", $"lgdt fword ptr ds:[{Place("DescriptorLimit")}]",
                $"mov eax,ds:[{Place("Cr4")}]", "mov cr4,eax", $"mov eax,ds:[{Place("Cr3")}]", "mov cr3,eax",
                "mov ecx,0C0000080h", $"mov eax,ds:[{Place("Efer")}]", "xor edx,edx", "wrmsr",
                $"mov eax,ds:[{Place("Cr0")}]", "mov cr0,eax", $"jmp fword ptr ds:[{Place("FarOffset")}]",
            ],
            code.Select(one => one.ToString()));
        Assert.InRange(code[^1].NextIP, 1ul, (ulong)StartUpData.LongCode);
    }

    // The far pointer, and the limit and address of the table, are in the order in which the processor reads them.
    [Fact]
    public void WhatTheProcessorReadsAtOnceStandsTogether()
    {
        Assert.Equal(4, OffsetOf("FarSelector") - OffsetOf("FarOffset"));
        Assert.Equal(2, OffsetOf("DescriptorBase") - OffsetOf("DescriptorLimit"));
        Assert.Equal(0, OffsetOf("Descriptors"));
    }

    [Fact]
    public void LongModeFindsItsStackAndLeaves()
    {
        List<Instruction> code = Code(64, StartUpData.LongCode, Mnemonic.Jmp);
        Assert.Equal(
            [
                "mov eax,10h", "mov ss,eax", "mov ds,eax", "mov es,eax", $"lea rdx,[{Page + Here(code):X}h]",
                "and rdx,0FFFFFFFFFFFFF000h", $"mov rcx,[rdx+{Place("Stack")}]",
                $"jmp qword ptr [rdx+{Place("Entry")}]",
            ],
            code.Select(one => one.ToString()));
        Assert.InRange(code[^1].NextIP, Page, Page + StartUpData.Offset);
        Assert.Equal(StartUpData.Offset, s_page.Length);
    }

    private static ulong Here(List<Instruction> code) => code.Single(one => one.Mnemonic == Mnemonic.Lea).IP - Page;

    private static int OffsetOf(string field) => (int)Marshal.OffsetOf<StartUpData>(field);

    private static string Place(string field) => $"{StartUpData.Offset + OffsetOf(field):X}h";

    private static List<Instruction> Code(int bits, int start, Mnemonic last)
    {
        ulong address = bits == 64 ? Page + (ulong)start : 0;
        var decoder = Decoder.Create(bits, new ByteArrayCodeReader(s_page, start, s_page.Length - start), address);
        List<Instruction> code = [decoder.Decode()];
        while (code[^1].Mnemonic != last)
        {
            code.Add(decoder.Decode());
        }

        return code;
    }
}
