// Somebody else's laptop: no serial port, so the screen is all that tells how it went, and stays until it was read.

using System.Linq;
using System.Threading.Tasks;
using MinusOne.Tests.Unit.Screen;
using Xunit;

namespace MinusOne.Tests.Boot.Bare;

public sealed class NoPortTests
{
    private const string Stays = "minusone: this stays for 60 s, or until a key is pressed";
    private const string Result = "minusone: result status=0 end=as-expected";
    private const int Seconds = 180;

    // A key goes on, here to the next start; that one knows how the last has ended, and has it on the stick.
    [Fact]
    public async Task TheResultStaysAndIsKnownAtTheNextStart()
    {
        using var machine = new BareMachine("run = hello poweroff\nend = reboot\n");
        string[] rows = await machine.Screen(Stays, Seconds);
        Assert.True(rows.Contains(Stays), string.Join('\n', rows));
        Assert.Contains("Hello, world!", rows);
        Assert.Contains(Result, rows);
        Assert.DoesNotContain(LetterReader.NotALetter, string.Concat(rows));
        string last = machine.ReadFile("minusone/last.log");
        Assert.StartsWith("kept in memory at 0x", last);
        Assert.Contains(": a hypervisor in C#, started by firmware", last);
        Assert.DoesNotContain(Result, last);

        await machine.Press("ret");
        rows = await machine.Screen("the last run ended with: " + Result, Seconds);
        Assert.True(rows.Contains("the last run ended with: " + Result), string.Join('\n', rows));
        Assert.EndsWith(Result + "\n", machine.ReadFile("minusone/previous.log"));
    }

    // For whoever reports about a machine: what it is, the table, and the verdict, in a file on the stick.
    [Fact]
    public async Task WhatCheckSaysIsOnTheStick()
    {
        using var machine = new BareMachine("run = check\nend = poweroff\n");
        Assert.True(await IsOffAtAKey(machine));
        string report = machine.ReadFile("minusone/report.txt");
        foreach (string begin in (string[])["firmware: ", "processor: AuthenticAMD, family ",
            "SVM ", "microcode: revision ", "memory map: ", "ACPI tables: ", "screen: ", "serial ports: none",
            "USB controllers: ", "IOMMU: none", "TSC ", "SVM: ready"])
        {
            Assert.Contains(report.Split('\n'), line => line.StartsWith(begin));
        }
    }

    // Firmware has the machine still, and the keys.
    [Fact]
    public async Task ARefusalStaysToo()
    {
        using var machine = new BareMachine("run = nobody\nend = poweroff\n");
        await Task.Delay(System.TimeSpan.FromSeconds(15));
        Assert.False(await machine.IsOff(0));
        Assert.True(await IsOffAtAKey(machine));
    }

    private static async Task<bool> IsOffAtAKey(BareMachine machine)
    {
        bool isOff = false;
        for (int i = 0; i < Seconds / 2 && !isOff; i++)
        {
            await machine.Press("ret");
            isOff = await machine.IsOff(2);
        }

        return isOff;
    }
}
