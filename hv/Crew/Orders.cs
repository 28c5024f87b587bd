// The processors of the machine beside the first: each does what it is told, and waits for a message between two
// orders, in HLT. The first one gives orders and looks after its own guests meanwhile.

using System.Threading;

namespace MinusOne.Hv.Crew;

internal static unsafe class Orders
{
    // A quantum is 2 ms.
    private const ulong QuantaPerSecond = 500;

    // The first `count` slots are taken, and their configurations are to come. True if all guests end as they are meant
    // to.
    public static bool Run(Machine* machine, int count)
    {
        uint available = machine->Frames.Available;
        ref VmSlots slots = ref *VmSlots.Of(machine);
        uint quantum = slots.At(0)->Next->SliceTicks;
        slots.Quantum = quantum != 0 ? quantum : machine->TscHertz / QuantaPerSecond;
        slots.Used = count;
        slots.FocusSlot = 0;
        slots.LineOwner = 0;
        Placement.Place(machine, count);
        Give(machine, ProcessorOrder.TakeTurns);
        TurnLoop.RunOn(machine->At(0));
        Await(machine);
        bool isGood = machine->Hooks.AllEnded(machine, available);
        for (int i = 0; i < count; i++)
        {
            isGood &= slots.At(i)->IsAsExpected;
        }

        return isGood;
    }

    // Virtualisation is on, or off, in all of them. One that refuses is left out.
    public static void TurnOn(Machine* machine)
    {
        machine->At(0)->IsAble = true;
        Give(machine, ProcessorOrder.TurnOn);
        Await(machine);
        for (int i = 1; i < machine->ProcessorCount; i++)
        {
            if (!machine->At(i)->IsAble)
            {
                Writer.Log.Text("processor "u8).Decimal((uint)i).Text(" is left out: virtualisation cannot be "u8)
                    .Text("turned on there"u8).EndLine();
            }
        }
    }

    public static void TurnOff(Machine* machine)
    {
        Give(machine, ProcessorOrder.TurnOff);
        Await(machine);
    }

    // To all who can do it and have something to do there, and nothing else at the moment.
    private static void Give(Machine* machine, ProcessorOrder order)
    {
        for (int i = 1; i < machine->ProcessorCount; i++)
        {
            HostProcessor* other = machine->At(i);
            if (IsFor(other, order))
            {
                other->Order = order;
                Cpu.SendMessage(other->ApicId);
            }
        }
    }

    private static bool IsFor(HostProcessor* other, ProcessorOrder order)
    {
        VmSlots* slots = VmSlots.Of(other->Machine);
        bool isHome = order != ProcessorOrder.TakeTurns;
        for (int i = 0; i < slots->Used && !isHome; i++)
        {
            isHome = slots->At(i)->Home == other;
        }

        return isHome && (other->IsAble || order == ProcessorOrder.TurnOn);
    }

    // Until they have done it. The first one has nothing to do itself: either it sees that they have, or they see that
    // it waits for their message.
    private static void Await(Machine* machine)
    {
        HostProcessor* own = machine->At(0);
        Standstill.Come(own);
        for (int i = 1; i < machine->ProcessorCount; i++)
        {
            while (machine->At(i)->Order != ProcessorOrder.None)
            {
                if (HasGuests(own))
                {
                    // Part of another's guest.
                    Standstill.Leave(own);
                    TurnLoop.RunOn(own);
                    Standstill.Come(own);
                }
                else
                {
                    Cpu.WaitForMessage();
                }
            }
        }

        Standstill.Leave(own);
    }

    // A call that nobody has heeded is the last that sends a message: what it was about before is over.
    private static bool HasGuests(HostProcessor* own)
    {
        Interlocked.Exchange(ref own->IsCalled, 0);
        return Volatile.Read(in own->Guests) != 0;
    }

    // All that one of the others ever does. It does not come back.
    public static void Serve(HostProcessor* own)
    {
        Standstill.Come(own);
        while (true)
        {
            while (own->Order == ProcessorOrder.None && !HasGuests(own))
            {
                Cpu.WaitForMessage();
            }

            Standstill.Leave(own);
            ProcessorOrder order = own->Order;
            Obey(own, order);
            if (order != ProcessorOrder.None)
            {
                own->Order = ProcessorOrder.None;
            }

            Standstill.Come(own);
            if (own->Machine->At(0)->IsAtRest != 0)
            {
                Cpu.SendMessage(own->Machine->At(0)->ApicId);
            }
        }
    }

    // A processor without an order has part of a guest that begins elsewhere.
    private static void Obey(HostProcessor* own, ProcessorOrder order)
    {
        Machine* machine = own->Machine;
        switch (order)
        {
            case ProcessorOrder.TurnOn:
                machine->Facts.Speculation.RestrictHost();
                // An emulator's tick that comes as an NMI goes to one of them.
                own->IsAble = CpuFacts.Read().Verdict == Refusal.None && !TickByNmi.IsNeeded(machine->Facts.Svm)
                    && Backend.TryTurnOn(&machine->Frames, out own->VirtualizationRegion);
                break;
            case ProcessorOrder.None or ProcessorOrder.TakeTurns: TurnLoop.RunOn(own); break;
            case ProcessorOrder.TurnOff: Backend.TurnOff(&machine->Frames, own->VirtualizationRegion); break;
        }
    }
}
