// What a terminal would have sent: layouts, sequences, scan codes of a PC's keyboard, and its controller.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Efi.Metal.Keys;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Usb;

public sealed class KeyTests : IDisposable
{
    private const byte LeftControl = 0xE0, LeftShift = 0xE1, LeftAlt = 0xE2, RightAlt = 0xE6;

    private KeyTyping _typing;

    public void Dispose() => Cpu.Soft = null;

    [Theory]
    [InlineData("us", 0, "abcyz1290\r\x1B\x7F\t -=[]\\\\;'`,./\\")]
    [InlineData("us", 0xE1, "ABCYZ!@()\r\x1B\x7F\t _+{}||:\"~<>?|")]
    [InlineData("de", 0, "abczy1290\r\x1B\x7F\t ß´ü+##öä^,.-<")]
    [InlineData("de", 0xE1, "ABCZY!\")=\r\x1B\x7F\t ?`Ü*''ÖÄ°;:_>")]
    public void ALayoutHasItsCharacters(string layout, byte modifier, string expected)
    {
        KeyLayouts.TryParse(Encoding.UTF8.GetBytes(layout), out _typing.Layout);
        byte[] others = [.. Enumerable.Range(0x28, 0x11).Select(i => (byte)i)];
        byte[] keys = [4, 5, 6, 28, 29, 0x1E, 0x1F, 0x26, 0x27, .. others, 0x64];
        var text = new StringBuilder();
        foreach (byte key in keys)
        {
            text.Append(Type(modifier, key));
        }

        Assert.Equal(expected, text.ToString());
    }

    [Theory]
    [InlineData(RightAlt, "@€{[]}\\~|µ²³", 0x14, 8, 0x24, 0x25, 0x26, 0x27, 0x2D, 0x30, 0x64, 0x10, 0x1F, 0x20)]
    [InlineData(LeftShift, "§", 0x20)]
    [InlineData(LeftControl, "\x01\x1A\x18", 4, 28, 27)]
    [InlineData(LeftAlt, "\x1Bx", 27)]
    public void GermanKeysHaveAThirdCharacter(byte modifier, string expected, params int[] keys)
    {
        _typing.Layout = KeyLayout.De;
        Assert.Equal(expected, string.Concat(keys.Select(key => Type(modifier, (byte)key))));
    }

    [Theory]
    [InlineData(0x52, "\x1B[A")]
    [InlineData(0x4C, "\x1B[3~")]
    [InlineData(0x3A, "\x1BOP")]
    [InlineData(0x3E, "\x1B[15~")]
    [InlineData(0x45, "\x1B[24~")]
    [InlineData(0x58, "\r")]
    [InlineData(0x62, "0")]
    [InlineData(0x48, "")]
    public void KeysWithoutACharacterAreSequences(byte key, string expected) => Assert.Equal(expected, Type(0, key));

    [Fact]
    public void CapsLockIsForLetters()
    {
        _typing.Press(KeyUsage.CapsLock);
        Assert.Equal("A1a", Type(0, 4) + Type(0, 0x1E) + Type(LeftShift, 4));
        _typing.Press(KeyUsage.CapsLock);
        Assert.Equal("a", Type(0, 4));
    }

    // What nobody fetches is lost by whole keys.
    [Fact]
    public void AFullBufferTakesNoMore()
    {
        for (int i = 0; i < 100; i++)
        {
            _typing.Press(0x4C);
        }

        string text = Typed();
        Assert.Equal(0, text.Length % 4);
        Assert.InRange(text.Length, 32, 64);
        Assert.Equal("a", Type(0, 4));
    }

    // selftest, Ctrl-A, an arrow among the pad's own shift codes, Pause, and what is nobody's.
    [Fact]
    public void ScanCodesAreKeys()
    {
        Queue<byte> bytes = Controller();
        var keyboard = default(PcKeyboard);
        keyboard.Open(1000);
        Assert.True(keyboard.IsThere);
        foreach (byte value in (byte[])[0x1F, 0x9F, 0x12, 0x92, 0x26, 0xA6, 0x21, 0xA1, 0x1D, 0x1E, 0x9E, 0x9D,
            0xE0, 0x2A, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0xAA, 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, 0x7F, 0x2A, 0x1E, 0xAA,
            0x1E, 0xE0, 0x1C])
        {
            bytes.Enqueue(value);
        }

        for (int i = 0; i < 10; i++)
        {
            keyboard.Poll(ref _typing);
        }

        Assert.Equal("self\x01\x1B[AAa\r", Typed());
    }

    // Nobody there; and a status that never changes: nothing, busy, or always with another byte.
    [Theory]
    [InlineData(0xFF)]
    [InlineData(0x00)]
    [InlineData(0x02)]
    [InlineData(0x01)]
    public void AControllerThatIsNoneHoldsNobodyUp(byte status)
    {
        Cpu.Soft = new SoftProcessor { ReadTicks = 1 };
        Cpu.Soft.Ports.Allow(0x64);
        Cpu.Soft.Ports.Allow(0x60);
        Cpu.Soft.Ports.OnRead(0x64, _ => status);
        Cpu.Soft.Ports.OnRead(0x60, _ => 0);
        var keyboard = default(PcKeyboard);
        keyboard.Open(1000);
        keyboard.Poll(ref _typing);
        Assert.False(keyboard.IsThere);
        Assert.Equal("", Typed());
    }

    private static Queue<byte> Controller()
    {
        var bytes = new Queue<byte>();
        byte command = 0;
        Cpu.Soft = new SoftProcessor { ReadTicks = 100 };
        Cpu.Soft.Ports.OnRead(0x64, _ => bytes.Count != 0 ? 1u : 0);
        Cpu.Soft.Ports.OnRead(0x60, _ => bytes.TryDequeue(out byte value) ? value : 0u);
        Cpu.Soft.Ports.OnWrite(0x64, (_, value) =>
        {
            command = (byte)value;
            if (command == 0x20)
            {
                bytes.Enqueue(0x23);
            }
        });
        Cpu.Soft.Ports.OnWrite(0x60, (_, value) =>
        {
            // Interrupts off, translation on, the clock on.
            Assert.True(command != 0x60 || value is 0x60, $"{value:X}");
            command = 0;
            if (value == 0xF4)
            {
                bytes.Enqueue(0xFA);
            }
        });
        return bytes;
    }

    private string Type(byte modifier, byte key)
    {
        if (modifier != 0)
        {
            _typing.Press(modifier);
        }

        _typing.Press(key);
        _typing.Release(key);
        if (modifier != 0)
        {
            _typing.Release(modifier);
        }

        return Typed();
    }

    private string Typed()
    {
        var bytes = new List<byte>();
        while (_typing.TryTake(out byte value))
        {
            bytes.Add(value);
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}
