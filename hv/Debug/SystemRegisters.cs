// The registers that a kernel has and a program has not, by their places in the last group of a debugger's list.
namespace MinusOne.Hv.Debug;

internal static unsafe class SystemRegisters
{
    private const int ApicTaskPriority = 0x80;

    public static ulong Read(Vcpu* vcpu, int index) => index switch
    {
        0 => (ulong)GuestState.SeenCr0,
        1 => vcpu->Kept[0],
        2 => GuestState.Cr3,
        3 => (ulong)GuestState.SeenCr4,
        4 => *(uint*)(vcpu->ApicPage + ApicTaskPriority).Pointer >> 4,
        5 => (ulong)GuestState.Efer,
        < 11 => vcpu->Kept[index - 5],
        11 => GuestState.Dr7,
        < 20 => BaseOf(index - 12),
        < 30 => LimitOf(index - 20),
        < 38 => GuestState.Rights((GuestSegment)(index - 30)).Raw,
        < 40 => GuestState.Selector(GuestSegment.Ldtr + (uint)(index - 38)),
        < 46 => vcpu->Kept[6 + index - 40],
        < 49 => GuestState.Kept(KeptMsr.SysenterCs + (ulong)(index - 46)),
        49 => GuestState.Kept(KeptMsr.Pat),
        50 => GuestState.DebugControl,
        _ => (ulong)GuestState.Activity,
    };

    // CR2, CR3, DR0-3 and DR6: those that no rule of an entry looks at. False: it can only be read.
    public static bool TryWrite(Vcpu* vcpu, int index, ulong value)
    {
        switch (index)
        {
            case 1: vcpu->Kept[0] = value; return true;
            case 2 when value >> Vm.Of(vcpu)->Machine->Facts.Processor.PhysicalAddressBits == 0:
                GuestState.Cr3 = value;
                Backend.ForgetTranslations(vcpu);
                return true;
            case >= 6 and <= 9: vcpu->Kept[index - 5] = value; return true;
            case 10 when value <= uint.MaxValue: vcpu->Kept[5] = value; return true;
            default: return false;
        }
    }

    private static ulong BaseOf(int index) => index switch
    {
        < 4 => GuestState.Base((GuestSegment)index),
        4 => GuestState.Base(GuestSegment.Ldtr),
        5 => GuestState.Base(GuestSegment.Tr),
        6 => GuestState.Gdtr.Base,
        _ => GuestState.Idtr.Base,
    };

    private static ulong LimitOf(int index) => index switch
    {
        8 => GuestState.Gdtr.Limit,
        9 => GuestState.Idtr.Limit,
        _ => GuestState.Limit((GuestSegment)index),
    };
}
