// How often an exit has to come.
namespace MinusOne.Guests.Kit;

internal static class Exit
{
    public static ExitExpectation Times(ExitReason reason, uint count) => Between(reason, count, count);

    public static ExitExpectation Never(ExitReason reason) => Times(reason, 0);

    public static ExitExpectation AtLeast(ExitReason reason, uint count) => Between(reason, count, uint.MaxValue);

    public static ExitExpectation Between(ExitReason reason, uint least, uint most) =>
        new() { Reason = (uint)reason, Least = least, Most = most };

    // On AMD's SVM these exits come more often, or never.
    public static ExitExpectation OnVtx(this ExitExpectation exits)
    {
        exits.OnlyVtx = 1;
        return exits;
    }
}
