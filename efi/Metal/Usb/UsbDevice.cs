// A keyboard or a hub at one controller: where it hangs, its pages, and its two endpoints that are in use: the one for
// orders, and the one that has something to say.

using MinusOne.Efi.Metal.Keys;

namespace MinusOne.Efi.Metal.Usb;

internal unsafe struct UsbDevice
{
    public const int Pages = 4;
    private const int PageBytes = 4096;

    // What it says by itself arrives so far in its page; below is what it was asked for.
    private const int NewsOffset = 2048;
    public const uint MostAnswer = 512;

    private byte* _pages;

    // 0: the place is free.
    public byte Slot;
    public UsbSpeed Speed;
    public byte RootPort;

    // The hub that it hangs at, and the port there; 0: none.
    public byte HubSlot;
    public byte HubPort;
    public bool IsBehindFast;

    // A hub's; none of others.
    public byte Ports;
    public UsbFunction Function;
    public BootKeyboard Keyboard;
    public XhciRing Orders;
    public XhciRing News;

    // The block that its next news answer.
    public ulong NewsAt;

    // Its news have been stopped by a fault, so often.
    public bool IsStopped;
    public byte Faults;

    // It has not answered an order.
    public bool IsSilent;

    // How long a fast hub takes to think, as the controller wants it.
    public byte ThinkTime;

    // A hub has said that a port of it has changed.
    public bool HasChanged;

    public readonly bool IsHub => Function.IsHub;

    public readonly byte* Context => _pages;

    public readonly byte* Answer => _pages + (3 * PageBytes);

    public readonly byte* NewsBuffer => Answer + NewsOffset;

    // How the controller counts its endpoint with news.
    public readonly uint NewsTarget => (2u * Function.Endpoint) + 1;

    // Cleared, one behind the other.
    public void Give(byte* pages) => _pages = pages;

    // Free, with empty pages.
    public void Begin()
    {
        byte* pages = _pages;
        this = default;
        _pages = pages;
        new System.Span<byte>(pages, Pages * PageBytes).Clear();
        Orders.Begin(pages + PageBytes);
        News.Begin(pages + (2 * PageBytes));
    }
}
