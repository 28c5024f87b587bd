// The board on the short path of an exit: the chips that guests use all the time, by direct calls. Each case is what
// Board does for the same chip, as long as nobody outside is asked.

namespace MinusOne.Hv.Devices;

internal static unsafe class HotBoard
{
    public static void Prepare(Vm* vm, Vcpu* vcpu)
    {
        foreach (ref readonly BoardRow row in new ReadOnlySpan<BoardRow>(Board.Ports))
        {
            // The run loop says whose line it is if several share the console.
            bool isHot = row.Device is Device.PicMaster or Device.PicSlave
                || (row.Device == Device.Serial && vm->Machine->Slots.Used <= 1);
            if (isHot && Board.Has(vm, in row))
            {
                vcpu->HotPorts.Add(in row);
            }
        }
    }

    // False: nothing was done, the run loop must see it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(Vm* vm, Device device, uint offset, byte* value)
    {
        switch (device)
        {
            case Device.PicMaster:
                *value = InterruptRouting.ReadPic(vm, offset);
                return true;
            case Device.PicSlave:
                *value = InterruptRouting.ReadPic(vm, PicPair.Slave + offset);
                return true;
            case Device.Serial when !SerialLine.IsOutside(vm, offset):
                *value = SerialLine.ReadPort(vm, offset);
                return true;
            default:
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite(Vm* vm, Device device, uint offset, byte value)
    {
        switch (device)
        {
            case Device.PicMaster:
                InterruptRouting.WritePic(vm, offset, value);
                return true;
            case Device.PicSlave:
                InterruptRouting.WritePic(vm, PicPair.Slave + offset, value);
                return true;
            case Device.Serial:
                return SerialLine.TryWriteHot(vm, offset, value);
            default:
                return false;
        }
    }

    // Aligned accesses of 4 and 8 bytes to memory. False: nothing was done.
    public static bool TryReadMemory(Vm* vm, Gpa address, int bytes, ref ulong value)
    {
        ulong offset = address.Value - Board.LocalApicFirst;
        if ((vm->Config->Flags & VmFeatures.Pc) == 0)
        {
            return false;
        }

        if (offset < Board.LocalApicBytes && bytes == 4)
        {
            value = ApicAccess.ReadMemory(vm, (uint)offset, 4);
            return true;
        }

        offset = address.Value - Board.HpetFirst;
        if (offset < Board.HpetBytes)
        {
            value = vm->Board.Hpet.Read((uint)offset, bytes, vm->Board.Now);
            return true;
        }

        return false;
    }

    public static bool TryWriteMemory(Vm* vm, Gpa address, int bytes, ulong value)
    {
        ulong offset = address.Value - Board.LocalApicFirst;
        if ((vm->Config->Flags & VmFeatures.Pc) == 0)
        {
            return false;
        }

        if (offset < Board.LocalApicBytes && bytes == 4)
        {
            ApicAccess.WriteMemory(vm, (uint)offset, 4, (uint)value);
            return true;
        }

        offset = address.Value - Board.HpetFirst;
        if (offset < Board.HpetBytes)
        {
            Board.WriteHpet(vm, (uint)offset, bytes, bytes == 4 ? (uint)value : value);
            return true;
        }

        return false;
    }
}
