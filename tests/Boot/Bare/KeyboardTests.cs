// Keys instead of a serial port: the C# kernel is typed at by a USB keyboard alone, at the controller or behind a hub,
// plugged in meanwhile, and by that of a PC alone. The screen shows what came of it.

using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Bare;

public sealed class KeyboardTests
{
    private const string NoPcKeyboard = "-machine i8042=off -device qemu-xhci,id=usb";
    private const string Good = "20 passed, 0 failed";
    private const int Seconds = 120;

    [Theory]
    [InlineData("pc", "")]
    [InlineData("usb", NoPcKeyboard + " -device usb-kbd,bus=usb.0")]
    [InlineData("hub", NoPcKeyboard + " -device usb-hub,bus=usb.0,port=1 -device usb-mouse,bus=usb.0,port=1.2 "
        + "-device usb-kbd,bus=usb.0,port=1.3")]
    public async Task SelftestIsTyped(string name, string devices)
    {
        using var machine = new BareMachine("run = kernel\nend = poweroff\n", devices);
        await Prompt(machine, name);
        await Type(machine, "selftest");
        string[] rows = await machine.Screen(Good, Seconds);
        Assert.True(rows.Contains(Good), name + "\n" + string.Join('\n', rows));

        // Ctrl-A x ends the run, and another key what is said then.
        await machine.Press("ctrl-a");
        await machine.Press("x");
        await Task.Delay(2000);
        await machine.Press("spc");
        Assert.True(await machine.IsOff(30));
    }

    // It comes late, and speaks German.
    [Fact]
    public async Task AKeyboardIsPluggedInLater()
    {
        using var machine = new BareMachine("run = kernel\nkeyboard = de\nend = poweroff\n", NoPcKeyboard);
        await Prompt(machine, "late");
        await machine.Command("device_add usb-kbd,bus=usb.0");
        await Task.Delay(3000);
        await Type(machine, "echo yes z");
        string[] rows = await machine.Screen("zes y", Seconds);
        Assert.True(rows.Contains("zes y"), string.Join('\n', rows));
    }

    private static async Task Prompt(BareMachine machine, string name)
    {
        string[] rows = await machine.Screen(">", Seconds);
        Assert.True(rows.Contains(">"), name + "\n" + string.Join('\n', rows));
    }

    private static async Task Type(BareMachine machine, string text)
    {
        foreach (char letter in text)
        {
            await machine.Press(letter == ' ' ? "spc" : letter.ToString());
            await Task.Delay(250);
        }

        await machine.Press("ret");
    }
}
