// A controller for USB, taken over from firmware and driven for keyboards alone, by looking at its ring of events: it
// interrupts nobody. One that does not answer in time is left alone for good. xHCI specification 1.2, 4.2 Host
// Controller Initialization, 7.1 USB Legacy Support Capability.

using System;
using MinusOne.Efi.Metal.Keys;

namespace MinusOne.Efi.Metal.Usb;

internal unsafe partial struct XhciController
{
    public const int MostDevices = 8;

    private const int PageBytes = 4096;
    private const uint OwnPages = 6;
    private const uint MostScratchpads = PageBytes / sizeof(ulong);

    private const uint LegacyCapability = 1, FirmwareOwns = 1 << 16, WeOwn = 1 << 24;
    private const uint LegacyBytes = 8;
    private const int MostCapabilities = 64;

    // USB specification 2.0, 7.1.7.3 Connect and Disconnect Signaling: until a plug counts.
    private const uint SettleMilliseconds = 100;

    // How long guests may wait for it: so many seconds, and one in so many.
    private const ulong Patience = 10;
    private const ulong MostShare = 10;

    // What firmware wants to be called for, and what it was not called for yet.
    private const uint LegacyCalls = 0x0000_E011, LegacyPending = 0xE000_0000;

    private XhciRegisters _registers;
    private XhciRing _commands;
    private XhciEvents _events;
    private ulong* _contexts;
    private byte* _input;
    private Devices _devices;
    private KeyTyping* _typing;
    private ulong _tscHertz;

    // A bit for each port where something has come or gone; and what has been asked and not been answered yet.
    private fixed ulong _changed[4];
    private ulong _awaitedCommand;
    private uint _awaitedSlot;
    private TransferBlock _answer;
    private bool _isRunning;

    // The TSC at the start, and how long guests have waited since.
    private ulong _started;
    private ulong _spent;

    // When somebody looks next whether it works at all.
    private ulong _nextStatus;

    // It has not answered, or was never asked.
    public readonly bool IsDead => !_isRunning;

    public readonly int Keyboards
    {
        get
        {
            int count = 0;
            foreach (ref readonly UsbDevice device in (ReadOnlySpan<UsbDevice>)_devices)
            {
                count += device.Slot != 0 && !device.IsHub ? 1 : 0;
            }

            return count;
        }
    }

    // So many pages it takes, which follow one another and hold zeros.
    public static uint PagesFor(in XhciRegisters registers) =>
        OwnPages + (MostDevices * UsbDevice.Pages) + registers.Scratchpads;

    public static bool CanDrive(in XhciRegisters registers) =>
        registers.IsSound && registers.Scratchpads <= MostScratchpads && registers.HasSmallPages;

    // Firmware has let go of it, and it stands still: it writes to nobody's memory from here on.
    public bool TryTakeOver(in XhciRegisters registers, ulong tscHertz)
    {
        _registers = registers;
        _tscHertz = tscHertz;
        LetFirmwareGo();
        return TryReset();
    }

    // It may write to memory again. It runs, and what hangs at it has been looked for.
    public void Start(byte* pages, KeyTyping* typing)
    {
        _typing = typing;
        GiveMemory(pages);
        _registers.Command = XhciBits.Run;
        _isRunning = WaitForStatus(XhciBits.Halted, 0, 100);

        for (uint port = 1; port <= _registers.Ports; port++)
        {
            _registers.SetPort(port, PortStatus.Power);
        }

        Pause(SettleMilliseconds);
        for (uint port = 1; port <= _registers.Ports && !IsDead; port++)
        {
            LookAtPort(port, isFirst: true);
        }

        _started = Cpu.ReadTsc();
    }

    // What has been typed, plugged in or taken out since. Nobody waits for a controller that is not there any more.
    public void Poll()
    {
        if (IsDead)
        {
            return;
        }

        HandleEvents();
        ulong began = Cpu.ReadTsc();
        if (began >= _nextStatus)
        {
            _nextStatus = began + _tscHertz;
            _isRunning &= (_registers.Status & XhciBits.Broken) == 0;
        }

        for (uint port = 1; port <= _registers.Ports && HasChange && !IsDead; port++)
        {
            if (TryTakeChange(port))
            {
                LookAtPort(port, isFirst: false);
            }
        }

        foreach (ref UsbDevice device in (Span<UsbDevice>)_devices)
        {
            if (device.Slot != 0 && !IsDead)
            {
                Serve(ref device, began);
            }
        }

        Account(began);
    }

    // It is not driven any longer, and nothing of it is down.
    public void LeaveAlone()
    {
        _registers.Command = 0;
        foreach (ref UsbDevice device in (Span<UsbDevice>)_devices)
        {
            device.Keyboard.Forget(ref *_typing);
            device.Slot = 0;
        }
    }

    // Guests wait while something new is looked at. That takes a second or two now and then; a hub or a plug with a
    // loose contact that always has something new is given up with all that hangs there.
    private void Account(ulong began)
    {
        ulong now = Cpu.ReadTsc();
        _spent += now - began;
        _isRunning &= _spent <= (Patience * _tscHertz) + ((now - _started) / MostShare);
    }

    private void Serve(ref UsbDevice device, ulong now)
    {
        if (device.IsStopped)
        {
            GoOn(ref device);
        }

        if (device.HasChanged)
        {
            device.HasChanged = false;
            LookAtHub(ref device, isFirst: false);
        }

        device.Keyboard.Repeat(ref *_typing, now, _tscHertz);
    }

    // Firmware's own driver lets go of it when it is asked to; one that does not within a second is no longer asked.
    private readonly void LetFirmwareGo()
    {
        uint at = _registers.Extended;
        for (int i = 0; i < MostCapabilities && at != 0 && at <= XhciPlace.Length - LegacyBytes; i++)
        {
            uint head = _registers.Capability(at);
            if ((head & 0xFF) == LegacyCapability)
            {
                _registers.SetCapability(at, head | WeOwn);
                for (ulong until = After(1000); Cpu.ReadTsc() < until;)
                {
                    if ((_registers.Capability(at) & FirmwareOwns) == 0)
                    {
                        break;
                    }

                    Cpu.Pause();
                }

                uint calls = _registers.Capability(at + 4);
                _registers.SetCapability(at + 4, (calls & ~LegacyCalls) | LegacyPending);
                return;
            }

            uint next = (head >> 8) & 0xFF;
            at = next == 0 ? 0 : at + (next << 2);
        }
    }

    private readonly bool TryReset()
    {
        _registers.Command = 0;
        if (!WaitForStatus(XhciBits.Halted, XhciBits.Halted, 100))
        {
            return false;
        }

        // Some of Intel's stop the whole machine if they are asked anything before that.
        _registers.Command = XhciBits.Reset;
        Pause(1);
        for (ulong until = After(1000); (_registers.Command & XhciBits.Reset) != 0;)
        {
            if (Cpu.ReadTsc() >= until)
            {
                return false;
            }

            Cpu.Pause();
        }

        return WaitForStatus(XhciBits.NotReady, 0, 1000);
    }

    // In the order of the pages: contexts, commands, events, the segments of the ring of events, the input context, the
    // list of the controller's own pages, devices', the controller's own.
    private void GiveMemory(byte* pages)
    {
        _contexts = (ulong*)pages;
        _commands.Begin(pages + PageBytes);
        _events.Begin(pages + (2 * PageBytes));
        ulong* segment = (ulong*)(pages + (3 * PageBytes));
        (segment[0], segment[1]) = (_events.Start, XhciRing.Blocks);
        _input = pages + (4 * PageBytes);
        ulong* own = (ulong*)(pages + (5 * PageBytes));
        byte* next = pages + (OwnPages * PageBytes);
        foreach (ref UsbDevice device in (Span<UsbDevice>)_devices)
        {
            device.Give(next);
            next += UsbDevice.Pages * PageBytes;
        }

        for (uint i = 0; i < _registers.Scratchpads; i++)
        {
            own[i] = (ulong)next;
            next += PageBytes;
        }

        _contexts[0] = _registers.Scratchpads != 0 ? (ulong)own : 0;
        _registers.Configuration = Math.Min(_registers.MaxSlots, MostDevices);
        _registers.Contexts = (ulong)_contexts;
        _registers.CommandRing = _commands.Position;
        _registers.SegmentCount = 1;
        _registers.EventPointer = _events.Start;
        _registers.Segments = (ulong)segment;
    }

    private readonly bool WaitForStatus(uint mask, uint value, uint milliseconds)
    {
        for (ulong until = After(milliseconds); (_registers.Status & mask) != value;)
        {
            if (Cpu.ReadTsc() >= until)
            {
                return false;
            }

            Cpu.Pause();
        }

        return true;
    }

    private readonly ulong After(uint milliseconds) => Cpu.ReadTsc() + (_tscHertz / 1000 * milliseconds);

    private readonly void Pause(uint milliseconds)
    {
        for (ulong until = After(milliseconds); Cpu.ReadTsc() < until;)
        {
            Cpu.Pause();
        }
    }

    [System.Runtime.CompilerServices.InlineArray(MostDevices)]
    private struct Devices
    {
        private UsbDevice _first;
    }
}
