// Named by the C# compiler for indexers.
namespace System.Reflection;

public sealed class DefaultMemberAttribute : Attribute
{
    public DefaultMemberAttribute(string memberName)
    {
    }
}
