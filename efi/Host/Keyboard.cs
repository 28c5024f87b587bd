// The keyboards of the machine once firmware has left: that of a PC, and those behind controllers for USB. What is
// typed goes the way of what a serial port receives. Firmware still has the machine when memory is taken for the
// controllers; they are driven when its page tables and drivers are gone.
//   keyboard = us
//   keyboard = de
//   keyboard = off

using System;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Keys;
using MinusOne.Efi.Metal.Usb;
using MinusOne.Efi.Options;

namespace MinusOne.Efi.Host;

internal static unsafe class Keyboard
{
    private const int MostControllers = 4;

    private static KeyTyping s_typing;
    private static PcKeyboard s_pc;
    private static Controllers s_controllers;
    private static Places s_places;
    private static UsbControllers s_all;
    private static int s_count;
    private static bool s_isOff;

    public static void Read(OptionText options)
    {
        options.TryGet("keyboard"u8, out ReadOnlySpan<byte> text);
        s_isOff = text.SequenceEqual(KeyLayouts.Off);
        KeyLayouts.TryParse(text, out s_typing.Layout);
    }

    // A controller for which there is no memory is left alone.
    public static void Prepare()
    {
        if (s_isOff)
        {
            return;
        }

        s_all = Find();
        foreach (ref UsbController controller in s_all.All)
        {
            if (s_count < MostControllers && TryPlace(controller, out XhciPlace place)
                && LoanedPages.Take(place.Pages, out byte* pages, XhciPlace.HighestMemory) == EfiStatus.Success)
            {
                new Span<byte>(pages, (int)(place.Pages * LoanedPages.PageSize)).Clear();
                place.Memory = pages;
                s_places[s_count++] = place;
                controller.IsDriven = true;
            }
        }
    }

    // While firmware has the machine. Its drivers, which timers call, use the same two ports.
    public static UsbControllers Find()
    {
        TaskPriority before = Services.Boot->RaiseTpl(TaskPriority.High);
        UsbControllers.Find(out UsbControllers controllers);
        Services.Boot->RestoreTpl(before);
        return controllers;
    }

    private static bool TryPlace(in UsbController controller, out XhciPlace place)
    {
        place = default;
        TaskPriority before = Services.Boot->RaiseTpl(TaskPriority.High);
        bool isFound = controller.Kind == UsbKind.Xhci
            && XhciPlace.TryFind(controller.Function, MachineTables.Acpi, out place);
        Services.Boot->RestoreTpl(before);
        return isFound;
    }

    // Firmware has left, and our page tables count.
    public static void Open(ulong tscHertz)
    {
        if (s_isOff)
        {
            return;
        }

        for (int i = 0; i < s_count; i++)
        {
            Start(ref s_places[i], ref s_controllers[i], tscHertz);
        }

        // Taking over from firmware ends what it does in the place of this one.
        s_pc.Open(tscHertz);
    }

    // Its registers are as they were under firmware, or it is left alone.
    private static void Start(ref XhciPlace place, ref XhciController controller, ulong tscHertz)
    {
        if (!HostTables.TryMapDevice(new Hpa(place.Registers), XhciPlace.Length))
        {
            return;
        }

        var registers = new XhciRegisters(place.Registers, XhciPlace.Length);
        if (!XhciController.CanDrive(registers) || XhciController.PagesFor(registers) != place.Pages
            || !controller.TryTakeOver(registers, tscHertz))
        {
            return;
        }

        place.EnableBusMaster();
        fixed (KeyTyping* typing = &s_typing)
        {
            controller.Start(place.Memory, typing);
        }

        if (controller.IsDead)
        {
            controller.LeaveAlone();
            place.DisableBusMaster();
        }
    }

    // Nothing is said where all is as on any PC with a port.
    public static void Describe()
    {
        int keyboards = 0;
        for (int i = 0; i < s_count; i++)
        {
            Writer line = Writer.Log.Text("keyboard: USB controller at "u8).Hex(s_places[i].Registers);
            line = s_controllers[i].IsDead
                ? line.Text("h does not answer and is left alone"u8)
                : line.Text("h, keyboards: "u8).Decimal((ulong)s_controllers[i].Keyboards);
            line.EndLine();
            keyboards += s_controllers[i].Keyboards;
        }

        s_all.TellUndriven();
        if (!s_isOff && !s_pc.IsThere && keyboards == 0)
        {
            Writer.Log.Text("keyboard: none yet; what is typed comes by a serial port, if there is one"u8).EndLine();
        }
    }

    public static bool TryRead(out byte value)
    {
        if (s_isOff)
        {
            value = 0;
            return false;
        }

        if (s_typing.TryTake(out value))
        {
            return true;
        }

        s_pc.Poll(ref s_typing);
        for (int i = 0; i < s_count; i++)
        {
            if (!s_controllers[i].IsDead)
            {
                Poll(ref s_places[i], ref s_controllers[i]);
            }
        }

        return s_typing.TryTake(out value);
    }

    private static void Poll(ref XhciPlace place, ref XhciController controller)
    {
        controller.Poll();
        if (controller.IsDead)
        {
            controller.LeaveAlone();
            place.DisableBusMaster();
            Writer.Log.Text("keyboard: the USB controller at "u8).Hex(place.Registers)
                .Text("h does not do what it should any longer, and is left alone"u8).EndLine();
        }
    }

    // Until somebody presses a key; at most so many ticks of the TSC.
    public static void Wait(ulong ticks)
    {
        while (TryRead(out _))
        {
            // Typed before there was anything to read.
        }

        ulong start = Cpu.ReadTsc();
        while (Cpu.ReadTsc() - start < ticks && !TryRead(out _))
        {
            Cpu.Pause();
        }
    }

    [System.Runtime.CompilerServices.InlineArray(MostControllers)]
    private struct Controllers
    {
        private XhciController _first;
    }

    [System.Runtime.CompilerServices.InlineArray(MostControllers)]
    private struct Places
    {
        private XhciPlace _first;
    }
}
