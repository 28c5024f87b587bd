extern alias guests;

using System;
using System.Collections.Generic;
using System.Linq;
using guests::MinusOne.Guests.Emit;
using guests::MinusOne.Guests.Kit;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;
using StartMode = guests::MinusOne.Hv.Processor.StartMode;

namespace MinusOne.Tests.Unit.Guests;

// The assembler helpers, judged by Iced's decoder.
public class KitTests
{
    private const ulong Address = 0x8000;

    [Fact]
    public void AFarJumpReachesThePartOfTheNextWidth()
    {
        var builder = new ImageBuilder(Address);
        GuestCode real = builder.AddPart(16);
        GuestCode flat = builder.AddPart(32);
        real.FarJump(0x08, flat.Here());
        flat.FarJump(0x18, flat.Here());
        byte[] bytes = builder.Build(StartMode.Real).Bytes;

        Instruction first = Decode(16, bytes, 0).First();
        Assert.Equal(Code.Jmp_ptr1632, first.Code);
        Assert.Equal(0x08, first.FarBranchSelector);
        Assert.Equal(Address + (ulong)first.Length, first.FarBranch32);
        Instruction second = Decode(32, bytes, first.Length).First();
        Assert.Equal(0x18, second.FarBranchSelector);
        Assert.Equal(Address + (ulong)first.Length, second.FarBranch32);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void AnAddressIsFilledInBeforeAndBehindItsPlace(int bits)
    {
        var builder = new ImageBuilder(Address);
        GuestCode part = builder.AddPart(bits);
        Place before = part.Here();
        Place behind = part.NewPlace();
        part.LoadAddress(edi, behind);
        part.LoadAddress(eax, before);
        part.Mark(behind);
        part.Code.nop();
        Instruction[] code = Decode(bits, builder.Build(StartMode.Real).Bytes, 0);
        Assert.Equal([Register.EDI, Register.EAX], code.Take(2).Select(instruction => instruction.Op0Register));
        Assert.Equal(code[2].IP, code[0].Immediate32);
        Assert.Equal(Address, code[1].Immediate32);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void PrintCallsASubroutineWithTheTextBehindTheCall(int bits)
    {
        var builder = new ImageBuilder(Address);
        GuestCode part = builder.AddPart(bits);
        part.Print("text");
        part.Code.nop();
        GuestImage image = builder.Build(StartMode.Real);
        Instruction call = Decode(bits, image.Bytes, 0)[0];
        Assert.Equal(FlowControl.Call, call.FlowControl);
        Assert.Equal("text\0"u8.ToArray(), image.Bytes.AsSpan(call.Length, 5).ToArray());
        Assert.Equal(0x90, image.Bytes[call.Length + 5]);
        Instruction[] subroutine = Decode(bits, image.Bytes, (int)(call.NearBranchTarget - Address));
        Assert.Equal(Mnemonic.Xchg, subroutine[0].Mnemonic);
        Assert.Equal(Mnemonic.Ret, subroutine[^1].Mnemonic);
        Assert.Equal(4u, image.ConsoleCharacters);
    }

    // What it pushes it pops, the other way round: a line can be printed anywhere.
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void PrintingKeepsEveryRegister(int bits)
    {
        Action<GuestCode>[] ways = [part => part.Print(""), part => part.PrintDecimal(), part => part.PrintHex(8)];
        foreach (Action<GuestCode> print in ways)
        {
            var builder = new ImageBuilder(Address);
            GuestCode part = builder.AddPart(bits);
            print(part);
            byte[] bytes = builder.Build(StartMode.Real).Bytes;
            Instruction call = Decode(bits, bytes, 0).First(instruction => instruction.FlowControl == FlowControl.Call);
            Instruction[] subroutine = Decode(bits, bytes, (int)(call.NearBranchTarget - Address));
            var saved = new Stack<Register>();
            foreach (Instruction push in subroutine.Take(6).Where(instruction => instruction.Mnemonic == Mnemonic.Push))
            {
                saved.Push(push.Op0Register);
            }

            Assert.Equal(4, saved.Count);
            Assert.Equal(saved, subroutine.TakeLast(7)
                .Where(instruction => instruction.Mnemonic == Mnemonic.Pop)
                .Select(instruction => instruction.Op0Register));
        }
    }

    [Fact]
    public void EqualBytesAreKeptOnce()
    {
        var data = new DataBuilder();
        int first = data.Share([1, 2, 3]);
        int other = data.Share([1, 2, 4]);
        Assert.Equal(first, data.Share([1, 2, 3]));
        Assert.NotEqual(first, other);
        Assert.Equal(0, other % 8);
    }

    [Fact]
    public void APointerHoldsTheOffsetOfItsTarget()
    {
        var data = new DataBuilder();
        int at = data.Reserve<ulong>(1);
        int target = data.Share("target");
        data.Point(at, target);
        Assert.Equal((ulong)target, BitConverter.ToUInt64(data.Bytes, at));
        Assert.Equal([at], data.Pointers);
    }

    private static Instruction[] Decode(int bits, byte[] bytes, int offset) =>
        Decoder.Create(bits, new ByteArrayCodeReader(bytes[offset..]), Address + (ulong)offset)
            .TakeWhile(instruction => !instruction.IsInvalid).ToArray();
}
