// Which processor of which guest: guests are processes, their processors threads, both counted from 1. `p2.1` is the
// first processor of the second guest; -1 stands for all, 0 for any. A client that knows no processes is given one
// number, the guest in front of two digits. GDB manual, E.2 Packets, thread-id syntax.
namespace MinusOne.Hv.Debug;

internal unsafe struct GdbThread
{
    private const ulong PerGuest = 0x100;

    public int Guest;
    public int Processor;

    public static GdbThread All => new() { Guest = -1, Processor = -1 };

    public static GdbThread Of(Vcpu* vcpu) =>
        new() { Guest = (int)Vm.Of(vcpu)->Number, Processor = (int)vcpu->Index + 1 };

    public static bool TryRead(ref GdbText text, out GdbThread thread)
    {
        thread = All;
        if (!text.Skip("p"u8))
        {
            bool isRead = TryPart(ref text, out int number);
            thread.Guest = number > 0 ? (int)((uint)number / PerGuest) : number;
            thread.Processor = number > 0 ? (int)((uint)number % PerGuest) : number;
            return isRead;
        }

        return TryPart(ref text, out thread.Guest) && (!text.Skip("."u8) || TryPart(ref text, out thread.Processor));
    }

    private static bool TryPart(ref GdbText text, out int number)
    {
        number = -1;
        if (text.Skip("-1"u8))
        {
            return true;
        }

        bool isRead = text.TryNumber(out ulong value) && value <= (ulong)short.MaxValue;
        number = (int)(value & (ulong)short.MaxValue);
        return isRead;
    }

    public readonly void Write(ref GdbLink link, bool hasProcesses)
    {
        if (!hasProcesses)
        {
            link.Number(((ulong)Guest * PerGuest) + (uint)Processor);
            return;
        }

        link.Put((byte)'p');
        link.Number((ulong)Guest);
        link.Put((byte)'.');
        link.Number((ulong)Processor);
    }

    public readonly bool Covers(Vcpu* vcpu) =>
        (Guest <= 0 || Guest == (int)Vm.Of(vcpu)->Number)
        && (Processor <= 0 || Processor == (int)vcpu->Index + 1);

    // Null: there is no such processor, or it has not been started.
    public readonly Vcpu* Find(Machine* machine)
    {
        ref VmSlots slots = ref *VmSlots.Of(machine);
        for (int i = 0; i < slots.Used; i++)
        {
            Vm* vm = slots.At(i)->Vm;
            for (int k = 0; vm != null && k < vm->VcpuCount; k++)
            {
                if (IsThere(vm->At(k)) && Covers(vm->At(k)))
                {
                    return vm->At(k);
                }
            }
        }

        return null;
    }

    public static bool IsThere(Vcpu* vcpu) => vcpu->Index == 0 || vcpu->Slot != Vcpu.NoSlot;

    // The one behind it; null: it was the last.
    public static Vcpu* Next(Machine* machine, Vcpu* vcpu)
    {
        Vm* vm = Vm.Of(vcpu);
        for (int k = (int)vcpu->Index + 1; k < vm->VcpuCount; k++)
        {
            if (IsThere(vm->At(k)))
            {
                return vm->At(k);
            }
        }

        ref VmSlots slots = ref *VmSlots.Of(machine);
        for (int i = (int)vm->Number; i < slots.Used; i++)
        {
            if (slots.At(i)->Vm != null)
            {
                return slots.At(i)->Vm->First;
            }
        }

        return null;
    }
}
