// Whose virtualisation this processor has: decided once, before anything else asks.
namespace MinusOne.Hv.Vendor;

internal static class Maker
{
    private static bool s_isAmd;

    // AMD's SVM; otherwise Intel's VT-x.
    public static bool IsAmd => s_isAmd;

    public static void Choose(bool isAmd) => s_isAmd = isAmd;
}
