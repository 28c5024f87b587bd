// RDRAND and RDSEED, where a configuration wants to see them: no random number is ready, which a program must expect of
// the real ones too. CF = 0, and the register is 0. SDM 2B RDRAND, RDSEED.

namespace MinusOne.Hv.Exits;

internal static unsafe class RandomExits
{
    private const Rflags Status =
        Rflags.Carry | Rflags.Parity | Rflags.Adjust | Rflags.Zero | Rflags.Sign | Rflags.Overflow;

    public static Verdict NotReady(Vcpu* vcpu)
    {
        var information = new RegisterOperandInformation(Vmcs.Read(VmcsReadOnly32.ExitInstructionInformation));
        GuestMode.WriteRegister(vcpu, information.Register, 0, information.Size);
        Vmcs.Write(VmcsNatural.GuestRflags, Vmcs.Read(VmcsNatural.GuestRflags) & ~(ulong)Status);
        return Verdict.Advance;
    }
}
