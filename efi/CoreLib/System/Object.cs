// The roots of the type system. Nothing here is ever allocated: `new` of a class does not link. Frozen strings and
// arrays are real objects in the image's data, laid out by the compiler as these types say.
namespace System;

public unsafe class Object
{
    internal void* _methodTable;

    public Object()
    {
    }
}

public abstract class ValueType
{
}

public abstract class Enum : ValueType
{
}

public abstract class Attribute
{
}

public abstract class Type
{
}

internal sealed class RuntimeType : Type
{
}

public class Exception
{
}

public abstract class Delegate
{
}

public abstract class MulticastDelegate : Delegate
{
}

public interface IDisposable
{
    void Dispose();
}

public struct RuntimeTypeHandle
{
    private nint _value;
}

public struct RuntimeMethodHandle
{
    private nint _value;
}

public struct RuntimeFieldHandle
{
    private nint _value;
}
