// What the C# compiler calls for arrays and spans given as data. Both are intrinsics of the compiler: the data stays
// where the image has it.
namespace System.Runtime.CompilerServices;

public static class RuntimeHelpers
{
    [Intrinsic]
    public static void InitializeArray(Array array, RuntimeFieldHandle fieldHandle) =>
        InitializeArray(array, fieldHandle);

    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle fieldHandle) => CreateSpan<T>(fieldHandle);
}
