// Layout and interoperation attributes.
namespace System.Runtime.InteropServices;

public sealed class StructLayoutAttribute : Attribute
{
    public StructLayoutAttribute(LayoutKind layoutKind)
    {
    }

    public int Pack;
    public int Size;
}

public enum LayoutKind
{
    Sequential = 0,
    Explicit = 2,
    Auto = 3,
}

public sealed class FieldOffsetAttribute : Attribute
{
    public FieldOffsetAttribute(int offset)
    {
    }
}

public sealed class InAttribute : Attribute
{
}

public sealed class UnmanagedCallersOnlyAttribute : Attribute
{
    public string EntryPoint;
    public Type[] CallConvs;
}

public enum UnmanagedType
{
    Bool = 2,
}
