// Instructions that tell the processor something without changing what a program sees: PAUSE, the cache instructions,
// the TLB's. Carried out by doing as little as is right. SDM 2A INVD, INVLPG, INVPCID, 2B PAUSE, 2D WBINVD.
namespace MinusOne.Hv.Exits;

internal static unsafe class HintExits
{
    private const ulong LastInvpcidType = 3;

    // INVD would throw away what the host has not yet written back; WBINVD has nothing to do for write-back memory that
    // no device reads. Both end as if done.
    public static Verdict Cache() => Verdict.Advance;

    // A loop of them waits for somebody else.
    public static Verdict Pause(Vm* vm)
    {
        vm->Leaving = *vm->Processor->Ready != 0 ? TurnEnd.Yields : TurnEnd.None;
        return Verdict.Advance;
    }

    // One page was asked for; all are forgotten, which a processor may do as well.
    public static Verdict Page(Vm* vm, Vcpu* vcpu)
    {
        Backend.ForgetTranslations(vcpu);
        return Verdict.Advance;
    }

    // INVPCID: more is forgotten than any of its types asks for. The descriptor is not read.
    public static Verdict Context(Vm* vm, Vcpu* vcpu)
    {
        var information = new InvalidationAccess(ExitFacts.Instruction);
        return GuestMode.ReadRegister(vcpu, information.TypeRegister) <= LastInvpcidType
            ? Page(vm, vcpu)
            : Exceptions.GeneralProtection(vm, vcpu);
    }
}
