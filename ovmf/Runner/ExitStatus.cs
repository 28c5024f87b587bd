// What `run` tells the shell. The image's own verdict uses the same numbers, so it is passed on as it is.
namespace MinusOne.Ovmf.Runner;

internal static class ExitStatus
{
    public const int Success = 0;

    // The machine ended in another way than it is meant to.
    public const int Failed = 1;

    // Wrong usage, or something that a run needs is missing.
    public const int SetUp = 2;

    public const int TimeOut = 3;

    public static int OfSignal(int number) => 128 + number;
}
