// Packets for a guest that stands still: many of them for one machine, which no guest's thread and no run of it have a
// part in. So it is quick enough for millions. What a debugger does between the packets, GdbPacketTests plays.

using System;
using System.Collections.Generic;
using System.Text;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Debug;

internal static unsafe class GdbPackets
{
    private const int Most = 128;
    private const int PageBytes = 4096;

    // So many have been answered in all.
    public static long Sent { get; private set; }

    // Each packet is answered by one, and confirmed or not before that; between packets nothing is said.
    public static void Play(Random random)
    {
        using DeviceGuest guest = DeviceGuest.Of(random.Next(8) == 0 ? "long" : "protected");
        byte* pages = stackalloc byte[2 * PageBytes];
        new Span<byte>(pages, 2 * PageBytes).Clear();
        guest.Vcpu->StateArea = new Hpa(pages);
        guest.Vcpu->ApicPage = new Hpa(pages + PageBytes);
        Machine* machine = guest.Vm->Machine;
        ref VmSlots slots = ref *VmSlots.Of(machine);
        slots.Used = 1;
        slots.At(0)->Vm = guest.Vm;
        slots.At(0)->Home = guest.Vm->Processor;
        slots.At(0)->Number = guest.Vm->Number = 1;
        guest.Vm->Slot = slots.At(0);
        guest.Vm->Processor->Loaded = guest.Vcpu;
        ConsoleInput.Of(machine)->Request = ConsoleRequest.Stop;
        Debugger* debugger = Debugger.Of(machine);
        Queue<byte> line = Host.FromDebugger;
        List<byte> said = Host.Written(Output.Debugger);
        line.Clear();
        Host.Debugger = text => debugger->Server.Print(text);
        try
        {
            for (int i = random.Next(1, Most + 1); i > 0; i--)
            {
                Say(line, random);
                said.Clear();
                while (line.Count != 0)
                {
                    debugger->Server.Talk(ref *debugger, new Stopped { Vcpu = guest.Vcpu });
                }

                Judge(said);
                Sent++;
            }
        }
        finally
        {
            Host.Debugger = null;
            line.Clear();
        }
    }

    // Words of the protocol and bytes of any kind, in a frame or without.
    private static void Say(Queue<byte> line, Random random)
    {
        bool isFramed = random.Next(8) != 0;
        byte sum = 0;
        if (isFramed)
        {
            line.Enqueue((byte)'$');
        }

        for (int i = random.Next(1, 4); i > 0; i--)
        {
            foreach (char letter in GdbPacketTests.Word(random))
            {
                line.Enqueue((byte)letter);
                sum += (byte)letter;
            }
        }

        if (isFramed)
        {
            line.Enqueue((byte)'#');
            line.Enqueue((byte)"0123456789abcdef"[sum >> 4]);
            line.Enqueue((byte)"0123456789abcdef"[sum & 15]);
        }
    }

    // Whole packets with the right sum, and nothing else but confirmations between them.
    private static void Judge(List<byte> said)
    {
        for (int i = 0; i < said.Count; i++)
        {
            if (said[i] is (byte)'+' or (byte)'-')
            {
                continue;
            }

            Assert.Equal((byte)'$', said[i]);
            byte sum = 0;
            while (said[++i] != '#')
            {
                sum += said[i];
            }

            Assert.Equal($"{sum:x2}", Encoding.Latin1.GetString([said[++i], said[++i]]));
        }
    }
}
