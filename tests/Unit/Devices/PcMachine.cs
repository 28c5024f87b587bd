// A whole board with one processor, whose time a test moves by hand: 100 MHz, so that a TSC tick is one of the platform
// clock. Its interrupt controllers are as a BIOS leaves them: vectors from 0x08 and from 0x70, nothing masked.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;

namespace MinusOne.Tests.Unit.Devices;

internal sealed unsafe class PcMachine : IDisposable
{
    private readonly BoardMachine _board = new(VmFeatures.Pc);
    private readonly void* _apicPage = NativeMemory.AllocZeroed(4096);

    public PcMachine()
    {
        Cpu.Soft = new SoftProcessor();
        Vcpu = (Vcpu*)NativeMemory.AllocZeroed((nuint)sizeof(Vcpu));
        Vm->Add(Vcpu);
        Vm->Board.Apic->Reset((byte*)_apicPage, id: 0);
        Vm->SliceTicks = 1_000_000;
        Cpu.Soft.Tsc = 0;
        GuestTime.Start(Vm, Vcpu);
        InitialisePic(0x20, 0x08, 0x04);
        InitialisePic(0xA0, 0x70, 0x02);
    }

    public Vm* Vm => _board.Vm;

    public Vcpu* Vcpu { get; }

    public bool IsInterrupted => Vcpu->Events.HasExternal;

    public ulong Now => Vm->Board.Clock.Now(Cpu.Soft.Tsc);

    public uint In(int port) => _board.In(port);

    public void Out(int port, uint value) => _board.Out(port, value);

    public ulong ReadHpet(uint offset, int bytes = 8) => Vm->Board.ReadMemory(new Gpa(0xFED0_0000 + offset), bytes);

    public void WriteHpet(uint offset, ulong value, int bytes = 8) =>
        Vm->Board.WriteMemory(new Gpa(0xFED0_0000 + offset), bytes, value);

    // Rate generator or square wave with this period, in ticks of the PIT.
    public void StartPit(int period, uint mode = 2)
    {
        Out(0x43, 0x30 | (mode << 1));
        Out(0x40, (byte)period);
        Out(0x40, (byte)(period >> 8));
    }

    // Goes on to the next deadline, and at most so far; what is due by then has happened.
    public void Wait(ulong most)
    {
        Cpu.Soft.Tsc = Math.Min(Math.Max(Vm->Board.Deadline, Cpu.Soft.Tsc), Cpu.Soft.Tsc + most);
        Deadlines.Elapse(&Vm->Board, Cpu.Soft.Tsc);
    }

    // Until the processor is interrupted: how long that takes, or `most`.
    public ulong WaitForInterrupt(ulong most)
    {
        ulong start = Now;
        while (!IsInterrupted && Now - start < most)
        {
            Wait(most);
        }

        return Now - start;
    }

    // Goes on without looking back: late for whatever is due meanwhile.
    public void Pass(ulong ticks)
    {
        Cpu.Soft.Tsc += ticks;
        Deadlines.Elapse(&Vm->Board, Cpu.Soft.Tsc);
    }

    // What a processor does that takes the interrupt, and its handler: the vector.
    public byte Take()
    {
        byte vector = InterruptRouting.Acknowledge(&Vm->Board);
        if (vector >= 0x70)
        {
            Out(0xA0, 0x20);
        }

        Out(0x20, 0x20);
        return vector;
    }

    public void Dispose()
    {
        NativeMemory.Free(Vcpu);
        NativeMemory.Free(_apicPage);
        _board.Dispose();
        Cpu.Soft = new SoftProcessor();
    }

    private void InitialisePic(int port, uint vector, uint cascade)
    {
        Out(port, 0x11);
        Out(port + 1, vector);
        Out(port + 1, cascade);
        Out(port + 1, 0x01);
    }
}
