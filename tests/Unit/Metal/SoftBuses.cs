// PCI buses of the model's, behind the two ports: each function has 256 bytes of registers, and nothing happens in
// them.

using System;
using System.Collections.Generic;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Metal;

internal sealed class SoftBuses : IDisposable
{
    // Registers by bus, device and function, as the address port has them.
    private readonly Dictionary<uint, uint[]> _functions = [];
    private uint _address;

    public SoftBuses()
    {
        Cpu.Soft = new SoftProcessor();
        Cpu.Soft.Ports.OnWrite(0xCF8, (_, value) => _address = value);
        Cpu.Soft.Ports.OnRead(0xCFC, _ =>
            _functions.TryGetValue(_address & 0xFF_FF00, out uint[] registers) ? registers[Index] : uint.MaxValue);
        Cpu.Soft.Ports.OnWrite(0xCFC, (_, value) => _functions[_address & 0xFF_FF00][Index] = value);
    }

    private uint Index => (_address & 0xFF) / 4;

    public void Dispose() => Cpu.Soft = null;

    public uint[] Add(uint bus, uint device, uint function, uint kind, uint header = 0)
    {
        uint[] registers = new uint[64];
        registers[0] = 0x1234_5678;
        registers[2] = kind;
        registers[3] = header << 16;
        _functions[(bus << 16) | (device << 11) | (function << 8)] = registers;
        return registers;
    }
}
