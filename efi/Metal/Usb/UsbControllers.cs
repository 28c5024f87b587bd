// The controllers for USB on the machine's buses, in the order of the buses. Those before xHCI are named and not
// driven: a user whose keyboard hangs there is to know why nothing is heard of it. PCI Code and ID Assignment
// Specification 1.11, 1.13 Base Class 0Ch.

using System;
using MinusOne.Efi.Metal.Pci;

namespace MinusOne.Efi.Metal.Usb;

internal struct UsbControllers
{
    public const int Most = 16;

    private const uint Class = 0x0C03;

    private Places _places;
    private int _count;

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public Span<UsbController> All => ((Span<UsbController>)_places).Slice(0, _count);

    // Nobody else uses the ports of the buses meanwhile.
    public static void Find(out UsbControllers controllers)
    {
        controllers = default;
        var walk = new PciWalk();
        while (walk.MoveNext() && controllers._count < Most)
        {
            uint kind = walk.Current.Read(PciRegister.Class) >> 8;
            var interfaceKind = (UsbKind)(kind & 0xFF);
            if (kind >> 8 == Class && interfaceKind is UsbKind.Uhci or UsbKind.Ohci or UsbKind.Ehci or UsbKind.Xhci)
            {
                controllers._places[controllers._count++] = new(walk.Current, interfaceKind);
            }
        }
    }

    // Nothing is said where all are driven, or the others are UHCI alone: machines that run guests have it beside EHCI,
    // and Bochs has it without a keyboard. One of xHCI that is not driven has registers that cannot be, or wants memory
    // that there is not.
    public readonly void TellUndriven()
    {
        bool isWorth = false;
        foreach (ref readonly UsbController controller in ((ReadOnlySpan<UsbController>)_places).Slice(0, _count))
        {
            isWorth |= !controller.IsDriven && controller.Kind != UsbKind.Uhci;
        }

        bool isAny = false;
        for (int i = 0; i < _count && isWorth; i++)
        {
            ref readonly UsbController controller = ref ((ReadOnlySpan<UsbController>)_places)[i];
            if (!controller.IsDriven)
            {
                controller.Name(Writer.Log.Text(isAny ? ", "u8 : "keyboard: none is heard behind "u8));
                Writer.Log.Text(controller.Kind == UsbKind.Xhci ? " (unfit)"u8 : ""u8);
                isAny = true;
            }
        }

        if (isAny)
        {
            Writer.Log.Text("; only xHCI is driven"u8).EndLine();
        }
    }

    // For a report, before anything is driven.
    public readonly void TellAll()
    {
        Writer.Log.Text("USB controllers: "u8).Text(_count == 0 ? "none"u8 : ""u8);
        for (int i = 0; i < _count; i++)
        {
            _places[i].Name(Writer.Log.Text(i == 0 ? ""u8 : ", "u8));
        }

        Writer.Log.Text(_count == 0 ? ""u8 : "; keyboards are heard behind xHCI alone"u8).EndLine();
    }

    [System.Runtime.CompilerServices.InlineArray(Most)]
    private struct Places
    {
        private UsbController _first;
    }
}

internal struct UsbController(PciFunctionAddress function, UsbKind kind)
{
    public PciFunctionAddress Function { get; } = function;

    public UsbKind Kind { get; } = kind;

    public bool IsDriven { get; set; }

    public readonly void Name(Writer line) =>
        line.Text(NameOfKind).Text(" at "u8).Hex((uint)Function.Bus, 2).Text(":"u8).Hex((uint)Function.Device, 2)
            .Text("."u8).Hex((uint)Function.Function);

    private readonly ReadOnlySpan<byte> NameOfKind => Kind switch
    {
        UsbKind.Uhci => "UHCI"u8,
        UsbKind.Ohci => "OHCI"u8,
        UsbKind.Ehci => "EHCI"u8,
        _ => "xHCI"u8,
    };
}

internal enum UsbKind : byte
{
    Uhci = 0x00,
    Ohci = 0x10,
    Ehci = 0x20,
    Xhci = 0x30,
}
