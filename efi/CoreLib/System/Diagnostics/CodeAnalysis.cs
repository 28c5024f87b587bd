// Lets a struct hand out references to its own fields.
namespace System.Diagnostics.CodeAnalysis;

public sealed class UnscopedRefAttribute : Attribute
{
}
