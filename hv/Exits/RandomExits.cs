// RDRAND and RDSEED, where a configuration wants to see them: no random number is ready, which a program must expect of
// the real ones too. CF = 0, and the register is 0. SDM 2B RDRAND, RDSEED.

namespace MinusOne.Hv.Exits;

internal static unsafe class RandomExits
{
    private const Rflags Status =
        Rflags.Carry | Rflags.Parity | Rflags.Adjust | Rflags.Zero | Rflags.Sign | Rflags.Overflow;

    public static Verdict NotReady(Vcpu* vcpu)
    {
        var information = new RegisterOperandInformation(ExitFacts.InstructionInformation);
        GuestMode.WriteRegister(vcpu, information.Register, 0, information.Size);
        GuestState.Rflags = (Rflags)((ulong)GuestState.Rflags & ~(ulong)Status);
        return Verdict.Advance;
    }
}
