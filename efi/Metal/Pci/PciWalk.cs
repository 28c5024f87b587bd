// Every function on every bus that a bridge leads to, in the order of the buses. A bridge leads only to later ones, so
// that a bus is looked at once and the walk ends whatever the bridges say.

using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Metal.Pci;

internal ref struct PciWalk
{
    private const int Buses = 256;
    private const int Devices = 32;
    private const int Functions = 8;
    private const uint Nobody = uint.MaxValue;
    private const uint HeaderMask = 0x7F;
    private const uint BridgeHeader = 1;
    private const uint SeveralFunctions = 0x80;

    private Flags _isThere;
    private int _position;

    public PciWalk()
    {
        _isThere = default;
        _isThere[0] = 1;
        _position = -1;
        Current = default;
    }

    public PciFunctionAddress Current { get; private set; }

    public bool IsBridge { get; private set; }

    public bool MoveNext()
    {
        while (++_position < Buses * Devices * Functions)
        {
            int bus = _position / (Devices * Functions);
            int device = _position / Functions % Devices;
            int function = _position % Functions;
            if (_isThere[bus] == 0)
            {
                _position += (Devices * Functions) - 1;
                continue;
            }

            Current = new PciFunctionAddress(bus, device, function);
            if (Current.Read(PciRegister.Identity) == Nobody)
            {
                _position += function == 0 ? Functions - 1 : 0;
                continue;
            }

            uint header = Current.Read(PciRegister.Header) >> 16;
            _position += function == 0 && (header & SeveralFunctions) == 0 ? Functions - 1 : 0;
            IsBridge = (header & HeaderMask) == BridgeHeader;
            int next = IsBridge ? (int)(Current.Read(PciRegister.BusNumbers) >> 8 & 0xFF) : 0;
            _isThere[next > bus ? next : 0] = 1;
            return true;
        }

        return false;
    }

    [InlineArray(Buses)]
    private struct Flags
    {
        private byte _first;
    }
}
