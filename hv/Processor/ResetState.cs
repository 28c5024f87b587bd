// How a virtual processor begins: the state after reset, but for where it starts: real mode with one base, or flat
// protected mode. SDM 3A 11.1.1 Processor State After Reset, AMD APM 2 14.1.3 Processor Initialization State.
namespace MinusOne.Hv.Processor;

internal static unsafe class ResetState
{
    public const ulong Pat = 0x0007_0406_0007_0406;

    private const uint Big = 0xC000;
    private const uint DataRights = 0x93, CodeRights = 0x9B;
    private const uint TaskRights = 0x8B, LdtRights = 0x82;

    public static void Write<TBackend, TState>(Vcpu* vcpu, in StartState start)
        where TBackend : struct, IBackend
        where TState : struct, IGuestState
    {
        bool isProtected = start.Mode == StartMode.Protected;
        TBackend.SetCr0(vcpu, Cr0.ExtensionType | (isProtected ? Cr0.ProtectionEnable : 0));
        TBackend.SetCr4(vcpu, 0);
        uint limit = isProtected ? uint.MaxValue : ushort.MaxValue;
        for (GuestSegment segment = GuestSegment.Es; segment <= GuestSegment.Gs; segment++)
        {
            bool isCode = segment == GuestSegment.Cs;
            ulong origin = isCode ? start.CodeBase : 0;
            uint selector = !isProtected ? (uint)(origin >> 4) : isCode ? 0x08u : 0x10;
            uint rights = (isCode ? CodeRights : DataRights) | (isProtected ? Big : 0);
            TState.SetSegment(segment, (ushort)selector, origin, limit, new(rights));
        }

        TState.SetSegment(GuestSegment.Ldtr, 0, 0, ushort.MaxValue, new(LdtRights));
        TState.SetSegment(GuestSegment.Tr, 0, 0, ushort.MaxValue, new(TaskRights));
        TState.Gdtr = TState.Idtr = new(0, ushort.MaxValue);
        TState.Rip = start.Entry;
        TState.Rsp = start.Rsp;
        TState.Rflags = Rflags.AlwaysSet | (Rflags)start.Rflags;
        TState.Cr3 = TState.DebugControl = 0;
        TState.Efer = 0;
        TState.Dr7 = (ulong)Dr7.Reset;
        TState.Blocking = default;
        TState.Activity = ActivityState.Active;
        TState.PendingTraps = default;
        TState.Keep(KeptMsr.SysenterCs, 0);
        TState.Keep(KeptMsr.SysenterEsp, 0);
        TState.Keep(KeptMsr.SysenterEip, 0);
    }
}
