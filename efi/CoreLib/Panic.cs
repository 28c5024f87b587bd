// The end of a broken rule of the language: an index out of range, a null, a division by zero, an overflow. There are
// no exceptions; the program says what happened and where, and stops. Who reports is decided by the linker's choice of
// PanicReport, so that this file knows neither firmware nor devices.
namespace System;

internal static partial class Panic
{
    public static void IndexOutOfRange() => Report("index out of range"u8);

    public static void ArgumentOutOfRange() => Report("argument out of range"u8);

    public static void DivideByZero() => Report("division by zero"u8);

    public static void Overflow() => Report("arithmetic overflow"u8);

    public static void NullReference() => Report("null reference"u8);

    public static void NoValue() => Report("a nullable without a value was read"u8);

    public static void FailFast() => Report("the runtime was asked for something it does not have"u8);

    private static partial void Report(ReadOnlySpan<byte> what);
}
