// A Vm with nothing but a board: for tests of devices.

using System;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Tests.Unit.Devices;

internal sealed unsafe class BoardMachine : IDisposable
{
    private readonly VmConfig* _config = (VmConfig*)NativeMemory.AllocZeroed((nuint)sizeof(VmConfig));
    private readonly Machine* _machine = (Machine*)NativeMemory.AllocZeroed((nuint)sizeof(Machine));

    public BoardMachine(VmFeatures flags)
    {
        Vm = (Vm*)NativeMemory.AllocZeroed((nuint)sizeof(Vm));
        _config->Flags = flags;
        Vm->Config = _config;
        Vm->Machine = _machine;
        Host.Typed.Clear();
        Host.Written(Output.Console).Clear();
    }

    public Vm* Vm { get; }

    public static string Printed => Encoding.Latin1.GetString(Host.Written(Output.Console).ToArray());

    // As after power-on.
    public void Reset()
    {
        Vm->Board.Serial = default;
        Vm->Board.Counter = default;
        Vm->Board.Scratch = default;
        Vm->End = GuestEnd.None;
        Host.Written(Output.Console).Clear();
    }

    public uint In(int port, int bytes = 1) => Board.In(Vm, (ushort)port, bytes);

    public void Out(int port, uint value, int bytes = 1) => Board.Out(Vm, (ushort)port, bytes, value);

    public void Dispose()
    {
        NativeMemory.Free(Vm);
        NativeMemory.Free(_config);
        NativeMemory.Free(_machine);
    }
}
