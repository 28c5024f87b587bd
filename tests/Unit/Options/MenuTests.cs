using System;
using System.Linq;
using System.Text;
using MinusOne.Efi.Options;
using Xunit;

namespace MinusOne.Tests.Unit.Options;

public sealed class MenuTests
{
    private const string Choices = "web db kernel all check";

    [Theory]
    [InlineData("", "web|db|kernel|all|check")]
    [InlineData("web db ", "web db|web|db|kernel|all|check")]
    public void WhatStartsByItselfComesFirst(string autostart, string rows)
    {
        Menu menu = New(autostart);
        string[] texts = new string[menu.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = Encoding.UTF8.GetString(menu[i]);
        }

        Assert.Equal(rows, string.Join('|', texts));
        Assert.Equal(0, menu.Chosen);
    }

    // u and d are arrows, all else is a letter; the row that starts, or -1.
    [Theory]
    [InlineData("", -1)]
    [InlineData("\r", 0)]
    [InlineData("\n", 0)]
    [InlineData("dd\r", 2)]
    [InlineData("ddu\r", 1)]
    [InlineData("u\r", 4)]
    [InlineData("ddddd\r", 0)]
    [InlineData("3", 2)]
    [InlineData("d5", 4)]
    [InlineData("ddd", -1)]
    [InlineData("x0 d6789/:d\r", 2)]
    public void KeysChooseAndStart(string keys, int row)
    {
        Menu menu = New("");
        bool isDone = false;
        foreach (char key in keys)
        {
            Assert.False(isDone);
            isDone = key is 'u' or 'd'
                ? menu.Press(key == 'u' ? Menu.Up : Menu.Down, '\0') : menu.Press(0, key);
        }

        Assert.Equal(row, isDone ? menu.Chosen : -1);
    }

    // Any keys: one of the rows is chosen.
    [Fact]
    public void AnyKeysAreSurvived()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            string names = string.Join(' ', Enumerable.Repeat("guest", random.Next(1, 40)));
            var menu = new Menu(random.Next(2) == 0 ? default : "some"u8, Encoding.UTF8.GetBytes(names));
            for (int i = 0; i < 200; i++)
            {
                menu.Press((ushort)random.Next(5), (char)random.Next(random.Next(2) == 0 ? 128 : 65536));
                Assert.True(menu.Chosen >= 0 && menu.Chosen < menu.Count, $"seed {seed}");
                Assert.False(menu[menu.Chosen].IsEmpty, $"seed {seed}");
            }
        }
    }

    private static Menu New(string autostart) =>
        new(Encoding.UTF8.GetBytes(autostart), Encoding.UTF8.GetBytes(Choices));
}
