// Commands that look into a guest's memory, and leave it as it is.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorLooks
{
    private const ulong UsualBytes = 64, MostBytes = 4096;
    private const ulong UsualInstructions = 8, MostInstructions = 256;

    public static void Memory(ref MonitorCall call)
    {
        ulong address = 0;
        bool isPhysical = false, isGood = call.Words.MoveNext();
        if (isGood)
        {
            ReadOnlySpan<byte> word = call.Words.Current;
            isPhysical = Spelling.Begin(word, "p:"u8);
            isGood = MonitorValue.TryAddress(isPhysical ? word.Slice(2) : word, call.Vcpu, out address);
        }

        if (!isGood || !MonitorValue.TryCount(ref call, UsualBytes, MostBytes, out ulong length))
        {
            MonitorHelp.Usage(ref call, "memory"u8, "memory wants an address, and at most 4096 bytes"u8);
            return;
        }

        CodeListing.Bytes(call.Output, call.Vm, address, isPhysical, length);
    }

    public static void Disassemble(ref MonitorCall call)
    {
        ulong address = GuestLook.AtRip.Value;
        if ((call.Words.MoveNext() && !MonitorValue.TryAddress(call.Words.Current, call.Vcpu, out address))
            || !MonitorValue.TryCount(ref call, UsualInstructions, MostInstructions, out ulong count))
        {
            MonitorHelp.Usage(ref call, "disassemble"u8, "disassemble takes an address and at most 256 instructions"u8);
            return;
        }

        CodeListing.Instructions(call.Output, call.Vm, GuestLook.Linear(address), count);
    }

    public static void Stack(ref MonitorCall call) => CodeListing.Stack(call.Output, call.Vm, call.Vcpu);

    public static void Walk(ref MonitorCall call)
    {
        if (!call.Words.MoveNext() || !MonitorValue.TryAddress(call.Words.Current, call.Vcpu, out ulong address))
        {
            MonitorHelp.Usage(ref call, "walk"u8, "walk wants a linear address"u8);
            return;
        }

        WalkReport.Linear(call.Output, call.Vm, GuestLook.Linear(address));
    }

    public static void Second(ref MonitorCall call)
    {
        if (!call.Words.MoveNext() || !MonitorValue.TryAddress(call.Words.Current, call.Vcpu, out ulong address))
        {
            MonitorHelp.Usage(ref call, "ept"u8, "ept wants a guest-physical address"u8);
            return;
        }

        WalkReport.Physical(call.Output, call.Vm, new Gpa(address));
    }
}
