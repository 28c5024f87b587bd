// A part of an image: code of one width, written with Iced's assembler, and what every demonstration needs beside it:
// addresses as numbers, printing (Part.Console.cs), checking what it sees and ending (Part.Ending.cs).

using System;
using System.Collections.Generic;
using Iced.Intel;

namespace MinusOne.Guests.Kit;

internal sealed partial class GuestCode
{
    private readonly List<Action> _atEnd = [];

    public GuestCode(int bits)
    {
        Bits = bits;
        Code = new Assembler(bits);
        _print = NewPlace();
        _printDecimal = NewPlace();
        _printHex = NewPlace();
    }

    public int Bits { get; }

    // 0: behind the part before.
    public ulong Address { get; init; }

    public Assembler Code { get; }

    // The places into which the 32-bit address of another has to be filled in.
    public List<(Place At, Place Target)> Addresses { get; } = [];

    public Place NewPlace() => new(this, Code.CreateLabel());

    // The pseudo instruction without bytes lets several places coincide.
    public void Mark(Place place)
    {
        Code.Label(ref place.Label);
        Code.zero_bytes();
    }

    public Place Here()
    {
        Place place = NewPlace();
        Mark(place);
        return place;
    }

    // Four bytes that hold the address of the place.
    public void AddressOf(Place target)
    {
        Addresses.Add((Here(), target));
        Code.db(0, 0, 0, 0);
    }

    public void Quadwords(params ReadOnlySpan<ulong> values)
    {
        foreach (ulong value in values)
        {
            Code.dd((uint)value, (uint)(value >> 32));
        }
    }

    // mov r32, imm32, the immediate being an address. Iced cannot make one of a label.
    public void LoadAddress(AssemblerRegister32 register, Place target)
    {
        if (Bits == 16)
        {
            Code.db(0x66);
        }

        Code.db((byte)(0xB8 + (register.Value - Register.EAX)));
        AddressOf(target);
    }

    // jmp selector:offset32, which exists in 16-bit and in 32-bit code.
    public void FarJump(ushort selector, Place target)
    {
        if (Bits == 16)
        {
            Code.db(0x66);
        }

        Code.db(0xEA);
        AddressOf(target);
        Code.dw(selector);
    }

    // What stands behind the code of the body: subroutines and data.
    public void AtEnd(Action emit) => _atEnd.Add(emit);

    public void Finish()
    {
        _atEnd.ForEach(emit => emit());
        FinishEnding();
        FinishConsole();
    }
}
