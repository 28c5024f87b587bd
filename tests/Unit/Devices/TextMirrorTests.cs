// What a guest writes to a PC's text screen, as lines on the console. The guest is a kernel that prints as those of
// tutorials do: a row after another, and when the last is full everything moves up.

using System;
using System.Linq;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class TextMirrorTests
{
    private const int Columns = 80, Rows = 25;
    private const ulong Screen = 0xB8000;
    private const ulong Look = 2_500_000, Pause = 20_000_000;

    private readonly ushort[] _cells = [.. Enumerable.Repeat((ushort)0x0720, Columns * Rows)];
    private int _row;

    [Fact]
    public void RowsBecomeLinesAndTheLastGoesOn()
    {
        Assert.Equal("one\r\n\r\nthree\r\n> help\r\nwords\r\n", Played(guest =>
        {
            Print(guest, "one");
            Print(guest, "");
            Print(guest, "three");
            Put(guest, _row, "> ");
            guest.Spin(Pause);
            Put(guest, _row++, "> help");
            guest.Spin(Pause);
            Put(guest, _row, "words");
        }));
    }

    // The last row comes when the guest has been quiet: it may not have been ready.
    [Theory]
    [InlineData(Look, "ready\r\n")]
    [InlineData(Pause, "wait\r\nready\r\n")]
    public void ARowThatIsNotReadyWaits(ulong ticks, string told) => Assert.Equal(told, Played(guest =>
    {
        Put(guest, 0, "wait");
        guest.Spin(ticks);
        Put(guest, 0, "ready");
        guest.Spin(Pause);
    }));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhatMovesUpIsToldOnce(int seed)
    {
        var random = new Random(seed);
        string[] lines =
        [
            .. Enumerable.Range(0, 200)
                .Select(i => $"{i} {new string((char)random.Next(33, 127), random.Next(79 - 4))}"),
        ];
        string told = Played(guest =>
        {
            foreach (string line in lines)
            {
                Print(guest, line);
                if (random.Next(8) == 0)
                {
                    guest.Spin(Look * (ulong)random.Next(1, 9));
                }
            }
        });
        Assert.Equal(lines.Select(line => line.TrimEnd()), told.TrimEnd().Split("\r\n"));
    }

    [Fact]
    public void ANewScreenIsToldAnew()
    {
        Assert.Equal("menu\r\nfirst\r\nchosen\r\n", Played(guest =>
        {
            Print(guest, "menu");
            Print(guest, "first");
            guest.Spin(Pause);
            Array.Fill(_cells, (ushort)0x0720);
            Put(guest, 0, "chosen");
        }));
    }

    // A clock in a corner that goes on for ever says nothing; a row that has come to rest does.
    [Fact]
    public void ARowThatChangesIsToldWhenItRests()
    {
        Assert.Equal("head\r\n1\r\nfoot\r\n9\r\n", Played(guest =>
        {
            (string head, string foot) = ("head", "foot");
            Put(guest, 0, head);
            Put(guest, 1, "1");
            Put(guest, 2, foot);
            guest.Spin(Pause);
            for (int i = 2; i < 10; i++)
            {
                Put(guest, 1, $"{i}");
                guest.Spin(Look);
            }

            guest.Spin(Pause);
        }));
    }

    [Theory]
    [InlineData((int)Choice.Usual, "!")]
    [InlineData((int)Choice.Yes, "!text\r\n")]
    [InlineData((int)Choice.No, "!")]
    public void WhoHasASerialPortIsNotToldTwice(int choice, string told) =>
        Assert.Equal(told, Played(guest =>
        {
            guest.Out8(CoreMachine.SerialData, (byte)'!');
            Put(guest, 0, "text");
            guest.Spin(Pause);
        }, (Choice)choice));

    [Fact]
    public void ItCanBeTurnedOff() => Assert.Empty(Played(guest =>
    {
        Print(guest, "text");
        guest.Spin(Pause);
    }, Choice.No));

    // Code page 437, zeros and noise: printable ASCII in any case.
    [Fact]
    public void AnyByteIsShownAsSomethingHarmless()
    {
        string told = Played(guest =>
        {
            for (int i = 0; i < 256; i++)
            {
                _cells[i] = (ushort)(0x1F00 | i);
            }

            Put(guest, 5, "end");
            guest.Spin(Pause);
        });
        Assert.All(told, letter => Assert.True(letter is '\r' or '\n' or >= ' ' and < '\x7F', $"{(int)letter:X}"));
        Assert.Contains("|++++++|+++++++++-++++++++=", told, StringComparison.Ordinal);
        Assert.Contains("ABCDEFGHIJKLMNO\r\nPQRSTUVWXYZ", told, StringComparison.Ordinal);
    }

    private string Played(Action<ScriptedGuest> script, Choice choice = Choice.Usual)
    {
        using var machine = new CoreMachine();
        machine.Config->MemoryBytes = 0x10_0000;
        machine.Config->Flags = VmFeatures.Pc;
        machine.Settings = machine.Settings with { TextOnConsole = choice };
        machine.Guest.Then(guest =>
        {
            script(guest);
            guest.Hlt();
        });
        Assert.True(machine.Run(), machine.Log);
        return machine.Console;
    }

    private void Print(ScriptedGuest guest, string line)
    {
        if (_row == Rows)
        {
            Array.Copy(_cells, Columns, _cells, 0, Columns * (Rows - 1));
            Array.Fill(_cells, (ushort)0x0720, Columns * (Rows - 1), Columns);
            _row--;
            guest.Spin(Look);
        }

        Put(guest, _row++, line);
    }

    private void Put(ScriptedGuest guest, int row, string text)
    {
        for (int i = 0; i < Columns; i++)
        {
            _cells[(row * Columns) + i] = (ushort)(0x0700 | (i < text.Length ? text[i] : ' '));
        }

        for (int i = 0; i < _cells.Length; i += 4)
        {
            guest.Write64(new Gpa(Screen + (2 * (ulong)i)),
                _cells[i] | ((ulong)_cells[i + 1] << 16) | ((ulong)_cells[i + 2] << 32) | ((ulong)_cells[i + 3] << 48));
        }
    }
}
