// Markers that Roslyn emits or looks for, and those that ILC obeys.
namespace System.Runtime.CompilerServices;

public sealed class IsReadOnlyAttribute : Attribute
{
}

public sealed class IsByRefLikeAttribute : Attribute
{
}

public sealed class IsUnmanagedAttribute : Attribute
{
}

public sealed class InlineArrayAttribute : Attribute
{
    public InlineArrayAttribute(int length)
    {
        Length = length;
    }

    public int Length { get; }
}

public sealed class FixedBufferAttribute : Attribute
{
    public FixedBufferAttribute(Type elementType, int length)
    {
    }
}

public sealed class UnsafeValueTypeAttribute : Attribute
{
}

public sealed class CompilerGeneratedAttribute : Attribute
{
}

public sealed class ExtensionAttribute : Attribute
{
}

public sealed class SkipLocalsInitAttribute : Attribute
{
}

internal sealed class IntrinsicAttribute : Attribute
{
}

public sealed class ScopedRefAttribute : Attribute
{
}

public sealed class RefSafetyRulesAttribute : Attribute
{
    public RefSafetyRulesAttribute(int version)
    {
    }
}

public sealed class TupleElementNamesAttribute : Attribute
{
    public TupleElementNamesAttribute(string[] transformNames)
    {
    }
}

public static class IsVolatile
{
}

public static class IsExternalInit
{
}

public static class RuntimeFeature
{
    public const string ByRefFields = nameof(ByRefFields);
    public const string ByRefLikeGenerics = nameof(ByRefLikeGenerics);
    public const string NumericIntPtr = nameof(NumericIntPtr);
    public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
    public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);
}

public sealed class MethodImplAttribute : Attribute
{
    public MethodImplAttribute(MethodImplOptions options)
    {
    }
}

public enum MethodImplOptions
{
    NoInlining = 0x0008,
    NoOptimization = 0x0040,
    AggressiveInlining = 0x0100,
    InternalCall = 0x1000,
}
