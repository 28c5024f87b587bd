// The bytes of the instruction a guest stopped at, where they can be read without touching anything.

namespace MinusOne.Hv.Report;

internal static unsafe class InstructionBytes
{
    private const int Most = 15;

    public static void Print(Vm* vm)
    {
        if ((GuestState.Cr0 & Cr0.Paging) != 0)
        {
            return;
        }

        var address = new Gpa((uint)(GuestState.Base(GuestSegment.Cs) + GuestState.Rip));
        Writer line = Writer.Log.Text("  bytes at RIP:"u8);
        for (ulong i = 0; i < Most; i++)
        {
            Translation translation = vm->Memory.Table.Translate((address + i).Value);
            if (!translation.IsMapped)
            {
                break;
            }

            line = line.Text(" "u8).Hex(*(byte*)translation.Address.Pointer, 2);
        }

        line.EndLine();
    }
}
