// A Vm with nothing but a board: for tests of devices.

using System;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Tests.Unit.Devices;

internal sealed unsafe class BoardMachine : IDisposable
{
    private readonly VmConfig* _config = (VmConfig*)NativeMemory.AllocZeroed((nuint)sizeof(VmConfig));
    private readonly Machine* _machine =
        ((Installation*)NativeMemory.AllocZeroed((nuint)sizeof(Installation)))->Connect();
    private readonly Bus* _bus = (Bus*)NativeMemory.AllocZeroed((nuint)sizeof(Bus));
    private readonly LessonBoard* _lesson = (LessonBoard*)NativeMemory.AllocZeroed((nuint)sizeof(LessonBoard));

    public BoardMachine(VmFeatures flags, LessonDevices devices = LessonDevices.None)
    {
        Vm = (Vm*)NativeMemory.AllocZeroed((nuint)sizeof(Vm));
        _config->Flags = flags;
        Vm->Config = _config;
        Vm->Attach(_machine, _machine->At(0), hasOwnLine: true);
        Board->Plug(_bus, (flags & VmFeatures.Pc) != 0);
        LessonBoard.Plug(_bus, _lesson, devices);
        Host.Typed.Clear();
        Host.Written(Output.Console).Clear();
    }

    public Vm* Vm { get; }

    public Board* Board => &Vm->Board;

    public static string Printed => Encoding.Latin1.GetString(Host.Written(Output.Console).ToArray());

    // As after power-on.
    public void Reset()
    {
        Vm->Board.Serial = default;
        *_lesson = default;
        Vm->End = GuestEnd.None;
        Host.Written(Output.Console).Clear();
    }

    public uint In(int port, int bytes = 1) => Board->In((ushort)port, bytes);

    public void Out(int port, uint value, int bytes = 1) => Board->Out((ushort)port, bytes, value);

    public void Dispose()
    {
        NativeMemory.Free(Vm);
        NativeMemory.Free(_config);
        NativeMemory.Free(_machine);
        NativeMemory.Free(_bus);
        NativeMemory.Free(_lesson);
    }
}
