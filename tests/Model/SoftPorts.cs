// The I/O ports of the software processor, for the hypervisor and for a guest whose access does not exit. A port that
// the test did not describe is a mistake. What is written is kept.

using System;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftPorts
{
    private readonly Dictionary<ushort, Func<int, uint>> _readers = [];
    private readonly Dictionary<ushort, Action<int, uint>> _writers = [];

    // Every byte, word or dword that went out, in order.
    public List<(ushort Port, int Bytes, uint Value)> Written { get; } = [];

    public void OnRead(ushort port, Func<int, uint> read) => _readers[port] = read;

    public void OnWrite(ushort port, Action<int, uint> write) => _writers[port] = write;

    // A port that takes everything and answers with ones.
    public void Allow(ushort port)
    {
        OnRead(port, bytes => uint.MaxValue >> (32 - (8 * bytes)));
        OnWrite(port, (_, _) => { });
    }

    public uint In(ushort port, int bytes) => _readers.TryGetValue(port, out Func<int, uint> read)
        ? read(bytes)
        : throw new SoftCpuException($"IN of {bytes} bytes from port {port:X}: nobody there");

    public void Out(ushort port, int bytes, uint value)
    {
        if (!_writers.TryGetValue(port, out Action<int, uint> write))
        {
            throw new SoftCpuException($"OUT of {bytes} bytes, {value:X}, to port {port:X}: nobody there");
        }

        Written.Add((port, bytes, value));
        write(bytes, value);
    }
}
