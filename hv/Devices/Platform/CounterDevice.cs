// A device to learn from: one register that counts, and one that says how often it was used. Its state outlives exits
// because it stands in the Vm.

namespace MinusOne.Hv.Devices.Platform;

internal struct CounterDevice
{
    private byte _value;
    private byte _accesses;

    // 0: the value, which goes up by one. 1: how many accesses the value has seen.
    public byte Read(uint offset)
    {
        if (offset != 0)
        {
            return _accesses;
        }

        _accesses++;
        return _value++;
    }

    public void Write(uint offset, byte value)
    {
        if (offset == 0)
        {
            _accesses++;
            _value = value;
        }
    }
}
