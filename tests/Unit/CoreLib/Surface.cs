// What an assembly offers, read from its metadata: each member as one line of text, in the same form for our core
// library and for the real one.

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace MinusOne.Tests.Unit.CoreLib;

internal sealed class Surface
{
    private readonly MetadataReader _reader;
    private readonly SignatureText _text = new();

    private Surface(MetadataReader reader)
    {
        _reader = reader;
    }

    public static List<Member> Read(string assembly)
    {
        using var file = new PEReader(ImmutableArray.Create(File.ReadAllBytes(assembly)));
        var surface = new Surface(file.GetMetadataReader());
        return [.. surface._reader.TypeDefinitions.SelectMany(surface.Members)];
    }

    private IEnumerable<Member> Members(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        string name = _text.GetTypeFromDefinition(_reader, handle, 0);
        bool visible = IsVisible(type);
        yield return new Member(name, name, "type", visible, false);
        foreach (MethodDefinition method in type.GetMethods().Select(_reader.GetMethodDefinition))
        {
            MethodSignature<string> signature = method.DecodeSignature(_text, null);
            string key = $"{name}.{_reader.GetString(method.Name)}({string.Join(", ", signature.ParameterTypes)})";
            string isStatic = signature.Header.IsInstance ? "" : "static ";
            yield return new Member(
                name, key, $"{isStatic}{signature.ReturnType} {key} of {signature.GenericParameterCount}",
                visible && (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public,
                IsIntrinsic(method));
        }

        foreach (FieldDefinition field in type.GetFields().Select(_reader.GetFieldDefinition))
        {
            string key = $"{name}.{_reader.GetString(field.Name)}";
            yield return new Member(
                name, key, $"{field.DecodeSignature(_text, null)} {key}{Constant(field)}",
                visible && (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public, false);
        }
    }

    private bool IsVisible(TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic => IsVisible(_reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    private bool IsIntrinsic(MethodDefinition method) =>
        method.GetCustomAttributes().Select(_reader.GetCustomAttribute).Any(attribute =>
            attribute.Constructor.Kind == HandleKind.MethodDefinition &&
            _text.GetTypeFromDefinition(
                _reader,
                _reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType(),
                0).EndsWith(".IntrinsicAttribute", StringComparison.Ordinal));

    private string Constant(FieldDefinition field)
    {
        if (field.GetDefaultValue().IsNil)
        {
            return "";
        }

        Constant constant = _reader.GetConstant(field.GetDefaultValue());
        return " = " + Convert.ToHexString(_reader.GetBlobBytes(constant.Value));
    }
}
