// Hubs that hang at the controller itself, and what hangs at them. What hangs at a hub behind another one is not looked
// for. USB specification 2.0, 11.24 Requests; USB 3.2, 10.16 Hub Class Requests.

namespace MinusOne.Efi.Metal.Usb;

internal unsafe partial struct XhciController
{
    private const byte ToUsHub = 0xA0, ToUsPort = 0xA3, ToHub = 0x20, ToPort = 0x23;
    private const uint HubDescriptor = 0x29 << 8, SuperHubDescriptor = 0x2A << 8;
    private const int PortsOffset = 2, ThinkTimeOffset = 3;
    private const byte MostHubPorts = 15;
    private const uint PortReset = 4, PortPower = 8;
    private const uint LocalPowerChange = 0, OverCurrentChange = 1, ConnectionChange = 1 << 16;
    private const uint IsConnected = 1 << 0, IsEnabled = 1 << 1, IsLow = 1 << 9, IsHigh = 1 << 10;

    // The changes that a hub may tell of, and what clears each: those of USB 3 have other numbers from the sixth on.
    private const uint FirstChange = 16;
    private const int ResetChange = 4;
    private const int MostChanges = 8;

    private static System.ReadOnlySpan<byte> SuperChanges => [16, 17, 18, 19, 20, 29, 25, 26];

    private bool TryLearnPorts(ref UsbDevice hub)
    {
        bool isSuper = hub.Speed >= UsbSpeed.Super;
        uint descriptor = isSuper ? SuperHubDescriptor : HubDescriptor;
        if (!Ask(ref hub, ToUsHub, UsbRequest.GetDescriptor, descriptor, 0, 8))
        {
            return false;
        }

        hub.Ports = (byte)System.Math.Min((int)hub.Answer[PortsOffset], MostHubPorts);
        hub.ThinkTime = hub.Speed == UsbSpeed.High ? (byte)((hub.Answer[ThinkTimeOffset] >> 5) & 3) : (byte)0;
        return !isSuper || Ask(ref hub, ToHub, UsbRequest.SetHubDepth, 0, 0, 0);
    }

    private void BeginHub(ref UsbDevice hub)
    {
        for (uint port = 1; port <= hub.Ports && !IsDead; port++)
        {
            Ask(ref hub, ToPort, UsbRequest.SetFeature, PortPower, port, 0);
        }

        Pause(200);
        LookAtHub(ref hub, isFirst: true);
    }

    // Its own power and current are nobody's concern here, but it goes on telling until that has been noted.
    private void LookAtHub(ref UsbDevice hub, bool isFirst)
    {
        Ask(ref hub, ToHub, UsbRequest.ClearFeature, LocalPowerChange, 0, 0);
        Ask(ref hub, ToHub, UsbRequest.ClearFeature, OverCurrentChange, 0, 0);
        for (uint port = 1; port <= hub.Ports && !IsDead && !hub.IsSilent; port++)
        {
            LookAtPort(ref hub, port, isFirst);
        }

        if (hub.IsSilent && !IsDead)
        {
            Forget(hub.RootPort, hubSlot: 0, hubPort: 0);
        }
    }

    // What is neither a keyboard nor new is left as it is: to reset it would be a change to tell of.
    private void LookAtPort(ref UsbDevice hub, uint port, bool isFirst)
    {
        if (!TryStatus(ref hub, port, out uint status) || !(isFirst || (status & ConnectionChange) != 0))
        {
            return;
        }

        Forget(hub.RootPort, hub.Slot, (byte)port);
        if ((status & IsConnected) != 0 && TryFreePlace(out int place) && TryEnable(ref hub, port, out status))
        {
            AddBehind(hub, (byte)port, status, place);
        }
    }

    private void AddBehind(in UsbDevice hub, byte port, uint status, int place)
    {
        UsbSpeed speed = hub.Speed >= UsbSpeed.Super ? hub.Speed
            : (status & IsLow) != 0 ? UsbSpeed.Low
            : (status & IsHigh) != 0 ? UsbSpeed.High
            : UsbSpeed.Full;
        Add(ref _devices[place], new UsbPlace
        {
            RootPort = hub.RootPort,
            HubSlot = hub.Slot,
            HubPort = port,
            Speed = speed,
            IsBehindFast = hub.Speed == UsbSpeed.High && speed != UsbSpeed.High,
        });
    }

    private bool TryEnable(ref UsbDevice hub, uint port, out uint status)
    {
        Ask(ref hub, ToPort, UsbRequest.SetFeature, PortReset, port, 0);
        status = 0;
        for (ulong until = After(500); Cpu.ReadTsc() < until && !IsDead;)
        {
            Pause(10);
            if (TryStatus(ref hub, port, out status) && (status & IsEnabled) != 0)
            {
                Pause(10);
                return true;
            }
        }

        return false;
    }

    // Its lower half; the changes in the upper one have been taken note of.
    private bool TryStatus(ref UsbDevice hub, uint port, out uint status)
    {
        status = 0;
        if (!Ask(ref hub, ToUsPort, UsbRequest.GetStatus, 0, port, 4))
        {
            return false;
        }

        status = *(uint*)hub.Answer;
        for (int i = 0; i < MostChanges; i++)
        {
            bool isKnown = hub.Speed >= UsbSpeed.Super || i <= ResetChange;
            if (isKnown && (status & (1u << (16 + i))) != 0)
            {
                uint feature = hub.Speed >= UsbSpeed.Super ? SuperChanges[i] : FirstChange + (uint)i;
                Ask(ref hub, ToPort, UsbRequest.ClearFeature, feature, port, 0);
            }
        }

        return true;
    }
}
