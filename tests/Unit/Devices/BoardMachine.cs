// A Vm with nothing but a board: for tests of devices.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Hv;
using MinusOne.Hv.Devices;
using MinusOne.Hv.Guests;

namespace MinusOne.Tests.Unit.Devices;

internal sealed unsafe class BoardMachine : IDisposable
{
    private readonly Scene* _scene = (Scene*)NativeMemory.AllocZeroed((nuint)sizeof(Scene));
    private readonly Machine* _machine = (Machine*)NativeMemory.AllocZeroed((nuint)sizeof(Machine));

    public BoardMachine(SceneFlags flags)
    {
        Vm = (Vm*)NativeMemory.AllocZeroed((nuint)sizeof(Vm));
        _scene->Flags = flags;
        Vm->Scene = _scene;
        Vm->Machine = _machine;
        Host.Typed.Clear();
        Host.Written(Output.Console).Clear();
    }

    public Vm* Vm { get; }

    public static string Printed => Encoding.Latin1.GetString(Host.Written(Output.Console).ToArray());

    // As after power-on.
    public void Reset()
    {
        Vm->Serial = default;
        Vm->Counter = default;
        Vm->Scratch = default;
        Vm->End = GuestEnd.None;
        Host.Written(Output.Console).Clear();
    }

    public uint In(int port, int bytes = 1) => Board.In(Vm, (ushort)port, bytes);

    public void Out(int port, uint value, int bytes = 1) => Board.Out(Vm, (ushort)port, bytes, value);

    public void Dispose()
    {
        NativeMemory.Free(Vm);
        NativeMemory.Free(_scene);
        NativeMemory.Free(_machine);
    }
}
