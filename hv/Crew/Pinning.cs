// Which processors of the machine a guest may have its turns on (`cpus = 0-1`), of those at work. One that is allowed
// none of them does not start.
namespace MinusOne.Hv.Crew;

internal static unsafe class Pinning
{
    // Afterwards each has in its settings those that it can be placed on. Guests that have to be together are on the
    // first that all of them are allowed.
    public static void Settle(Machine* machine, int count)
    {
        ulong there = AtWork(machine);
        ulong together = there;
        for (int i = 0; i < count; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            Choose(slot, there);
            together = Placement.IsShared(slot) ? Meet(slot, together) : together;
        }

        together &= together == there ? there : 0 - together;
        for (int i = 0; i < count; i++)
        {
            VmSlot* slot = VmSlots.Of(machine)->At(i);
            slot->Settings.Processors = Placement.IsShared(slot) ? together : slot->Settings.Processors;
        }
    }

    private static void Choose(VmSlot* slot, ulong there)
    {
        ulong wanted = slot->Settings.Processors;
        slot->Settings.Processors = wanted == 0 ? there : wanted & there;
        if ((wanted & ~there) == 0)
        {
            return;
        }

        bool isNone = slot->Settings.Processors == 0;
        Tell(slot, isNone ? " cannot start: cpus = "u8 : ": cpus = "u8, wanted,
            isNone ? ", and at work: "u8 : ", of which are at work: "u8, isNone ? there : slot->Settings.Processors);
        if (isNone)
        {
            Refuse(slot);
        }
    }

    private static ulong Meet(VmSlot* slot, ulong others)
    {
        ulong allowed = slot->Settings.Processors;
        ulong both = allowed & others;
        if (both == 0 && allowed != 0)
        {
            Tell(slot, " cannot start: cpus = "u8, allowed,
                ", and those who have to be on one processor with it are allowed: "u8, others);
            Refuse(slot);
        }

        return both != 0 ? both : others;
    }

    private static ulong AtWork(Machine* machine)
    {
        ulong set = 0;
        for (int i = 0; i < machine->ProcessorCount; i++)
        {
            set |= machine->At(i)->IsAble ? 1UL << i : 0;
        }

        return set;
    }

    private static void Refuse(VmSlot* slot)
    {
        slot->Left = 0;
        slot->IsAsExpected = false;
    }

    private static void Tell(
        VmSlot* slot, ReadOnlySpan<byte> before, ulong set, ReadOnlySpan<byte> between, ulong other)
    {
        Writer line = Writer.Log.Text("guest '"u8).Text(slot->Name).Text("'"u8).Text(before);
        List(List(line, set).Text(between), other).EndLine();
    }

    // The numbers are written as the option has them: 0,2-3.
    private static Writer List(Writer writer, ulong set)
    {
        bool isFirst = true;
        for (int i = 0; i < HostProcessor.Most; i++)
        {
            int first = i;
            while (i < HostProcessor.Most && ((set >> i) & 1) != 0)
            {
                i++;
            }

            if (i > first)
            {
                writer = writer.Text(isFirst ? ""u8 : ","u8).Decimal((uint)first);
                writer = i - 1 > first ? writer.Text("-"u8).Decimal((uint)i - 1) : writer;
                isFirst = false;
            }
        }

        return writer;
    }
}
