// What a guest asks for by VMCALL or VMMCALL, where CPUID says that there is KVM: one message to many processors.
// Linux's Documentation/virt/kvm/x86/hypercalls.rst, KVM_HC_SEND_IPI. The call's number is in RAX, its arguments in
// RBX, RCX, RDX and RSI. Outside of 64-bit mode their upper halves do not count. Users may not call, and other calls
// are not there.
namespace MinusOne.Hv.Devices.Platform;

internal static unsafe class KvmCalls
{
    public const ulong Unknown = unchecked((ulong)-1000);
    private const ulong NotPermitted = unchecked((ulong)-1), Invalid = unchecked((ulong)-22);
    private const uint SendIpi = 10;

    // In the low half of the command register: a shorthand or a logical destination, which the bitmap stands for.
    private const ulong Destinations = (3UL << 18) | (1UL << 11);
    private const int VectorBits = 0xFF, ModeShift = 8, ModeMask = 7;
    private const ulong Level = 3UL << 14;

    // It may be one that is known: whose arguments the short path does not have.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsKnown(ref GuestRegisters registers) => (uint)registers.Rax == SendIpi;

    public static ulong Answer(Board* board, ref GuestRegisters registers, bool is64Bit, uint cpl)
    {
        ulong mask = is64Bit ? ulong.MaxValue : uint.MaxValue;
        bool isKnown = board->Hypervisor == HypervisorKind.Kvm && board->IsPc;
        return !isKnown || (registers.Rax & mask) != SendIpi ? Unknown
            : cpl != 0 ? NotPermitted
            : Send(board, ref registers, is64Bit);
    }

    // To how many it went.
    private static ulong Send(Board* board, ref GuestRegisters registers, bool is64Bit)
    {
        ulong command = registers.Rsi;
        if ((command & Destinations) != 0)
        {
            return Invalid;
        }

        var message = new InterruptMessage
        {
            Vector = (byte)(command & VectorBits),
            Mode = (DeliveryMode)((command >> ModeShift) & ModeMask),
            IsLevel = (command & Level) == Level,
        };
        int width = is64Bit ? 64 : 32;
        ulong first = (uint)registers.Rdx, sent = 0;
        for (uint i = 0; i < board->ApicCount; i++)
        {
            ulong bit = i - first;
            ulong bits = bit < (uint)width ? registers.Rbx : registers.Rcx;
            if (bit < (uint)(2 * width) && (bits & (1UL << (int)(bit % (uint)width))) != 0
                && board->At(i)->Mode != ApicMode.Disabled)
            {
                InterruptRouting.Deliver(board, board->At(i), in message);
                sent++;
            }
        }

        return sent;
    }
}
