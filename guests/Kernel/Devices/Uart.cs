// COM1, a 16550A. Output waits for room, input comes by interrupt into a ring of 4 KiB; where the interrupt does not
// arrive, the same ring is filled whenever somebody looks. When the ring is full the chip is left alone, and with it
// whoever sends: nothing is lost.

using System.Runtime.CompilerServices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Devices;

internal static unsafe class Uart
{
    private const uint Port = 0x3F8;
    private const uint InterruptEnable = Port + 1;
    private const uint Identification = Port + 2;
    private const uint LineControl = Port + 3;
    private const uint ModemControl = Port + 4;
    private const uint LineStatus = Port + 5;

    private const uint ReceivedData = 1;
    private const uint TransmitterEmpty = 2;
    private const uint DataReady = 1;
    private const uint RoomToSend = 0x20;
    private const uint Loopback = 0x10;
    private const int FifoBytes = 16;
    private const byte ControlC = 3;

    private static ByteRing s_input;
    private static int s_room;
    private static int s_fifo;
    private static bool s_stopped;

    // What came before the FIFO was turned on, which empties it. In loopback no more comes meanwhile.
    private static byte s_early;
    private static bool s_hasEarly;

    // Input comes by interrupt.
    public static bool HasInterrupts { get; private set; }

    public static void Initialize()
    {
        Cpu.Out8(InterruptEnable, 0);
        Cpu.Out8(LineControl, 0x80);
        Cpu.Out8(Port, 1);
        Cpu.Out8(Port + 1, 0);
        Cpu.Out8(LineControl, 3);
        Cpu.Out8(ModemControl, Loopback);
        s_hasEarly = (Cpu.In8(LineStatus) & DataReady) != 0;
        s_early = Cpu.In8(Port);
        Cpu.Out8(Identification, 1);
        Cpu.Out8(ModemControl, 0x0B);
        s_fifo = (Cpu.In8(Identification) & 0xC0) == 0xC0 ? FifoBytes : 1;
    }

    public static void StartInput()
    {
        s_input.Initialize(Frames.At(Frames.All.Allocate()), FrameAllocator.FrameBytes);
        if (s_hasEarly)
        {
            s_input.Put(s_early);
        }

        Cpu.Out8(InterruptEnable, TransmitterEmpty);
        for (int i = 0; i < 1000 && !HasInterrupts; i++)
        {
            Cpu.LetInterruptsIn();
            Cpu.In8(LineStatus);
        }

        Cpu.Out8(InterruptEnable, HasInterrupts ? ReceivedData : 0);
    }

    public static void Interrupt()
    {
        HasInterrupts = true;
        Counters.SerialInterrupts++;
        Cpu.In8(Identification);
        Drain();
    }

    public static void Write(byte value)
    {
        if (s_room == 0)
        {
            while ((Cpu.In8(LineStatus) & RoomToSend) == 0)
            {
            }

            s_room = s_fifo;
        }

        s_room--;
        Cpu.Out8(Port, value);
    }

    // The next byte, as soon as there is one.
    public static byte Read()
    {
        Drain();
        while (s_input.IsEmpty)
        {
            Scheduler.Wait(Channel, HasInterrupts ? ulong.MaxValue : Clock.Now + Clock.Ticks(5_000_000));
            Drain();
        }

        byte value = s_input.Take();
        if (s_stopped && s_input.Count < FrameAllocator.FrameBytes / 2)
        {
            s_stopped = false;
            Cpu.Out8(InterruptEnable, HasInterrupts ? ReceivedData : 0);
        }

        return value;
    }

    public static bool HasInput => !s_input.IsEmpty;

    private static void* Channel => Unsafe.AsPointer(ref s_input);

    private static void Drain()
    {
        bool any = false;
        while (!s_input.IsFull && (Cpu.In8(LineStatus) & DataReady) != 0)
        {
            byte value = Cpu.In8(Port);
            if (value == ControlC)
            {
                Process.InterruptAll();
            }

            s_input.Put(value);
            any = true;
        }

        if (s_input.IsFull)
        {
            s_stopped = true;
            Cpu.Out8(InterruptEnable, 0);
        }

        if (any)
        {
            Scheduler.Wake(Channel);
        }
    }
}
