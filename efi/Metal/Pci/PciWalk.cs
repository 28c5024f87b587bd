// Every function on every bus: large machines have several buses that no bridge leads to.
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

    private int _position;

    public PciWalk()
    {
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
            Current = new PciFunctionAddress(bus, device, function);
            if (Current.Read(PciRegister.Identity) == Nobody)
            {
                _position += function == 0 ? Functions - 1 : 0;
                continue;
            }

            uint header = Current.Read(PciRegister.Header) >> 16;
            _position += function == 0 && (header & SeveralFunctions) == 0 ? Functions - 1 : 0;
            IsBridge = (header & HeaderMask) == BridgeHeader;
            return true;
        }

        return false;
    }
}
