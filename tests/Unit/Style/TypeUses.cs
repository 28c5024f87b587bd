// Every type that a compiled type uses: what its fields and signatures name, its local variables, and what its code
// calls, reads, casts to or takes the address of. A constant is no use: the compiler leaves only its number.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;

namespace MinusOne.Tests.Unit.Style;

internal static class TypeUses
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
        | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<ushort, OpCode> s_opCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (ushort)code.Value);

    public static HashSet<Type> Of(Type type, bool withBodies = true)
    {
        HashSet<Type> found = [];
        Add(found, type.BaseType);
        AddAll(found, type.GetInterfaces());
        AddAll(found, type.GetFields(Declared).Select(field => field.FieldType));
        foreach (MethodBase method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)))
        {
            AddSignature(found, method);
            if (withBodies && method.GetMethodBody() is MethodBody body)
            {
                AddAll(found, body.LocalVariables.Select(local => local.LocalType));
                AddCode(found, method, body.GetILAsByteArray()!);
            }
        }

        return found;
    }

    private static void AddSignature(HashSet<Type> found, MethodBase method)
    {
        AddAll(found, method.GetParameters().Select(parameter => parameter.ParameterType));
        Add(found, (method as MethodInfo)?.ReturnType);
        if (method.IsGenericMethod)
        {
            AddAll(found, method.GetGenericArguments());
        }
    }

    private static void AddCode(HashSet<Type> found, MethodBase method, byte[] code)
    {
        for (int i = 0; i < code.Length;)
        {
            ushort value = code[i++];
            if (value == 0xFE)
            {
                value = (ushort)(value << 8 | code[i++]);
            }

            OperandType operand = s_opCodes[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                or OperandType.InlineType)
            {
                AddMember(found, method, BitConverter.ToInt32(code, i));
            }

            i += Size(operand, code, i);
        }
    }

    private static void AddMember(HashSet<Type> found, MethodBase method, int token)
    {
        Type[] ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        MemberInfo member = method.Module.ResolveMember(token, ofType, ofMethod)!;
        Add(found, member as Type ?? member.DeclaringType);
        Add(found, (member as FieldInfo)?.FieldType);
        if (member is MethodBase called)
        {
            AddSignature(found, called);
        }
    }

    private static int Size(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
        _ => 4,
    };

    private static void AddAll(HashSet<Type> found, IEnumerable<Type> types)
    {
        foreach (Type type in types)
        {
            Add(found, type);
        }
    }

    private static void Add(HashSet<Type> found, Type type)
    {
        if (type is null || type.IsGenericParameter)
        {
        }
        else if (type.IsFunctionPointer)
        {
            Add(found, type.GetFunctionPointerReturnType());
            AddAll(found, type.GetFunctionPointerParameterTypes());
        }
        else if (type.HasElementType)
        {
            Add(found, type.GetElementType());
        }
        else
        {
            AddAll(found, type.IsGenericType ? type.GetGenericArguments() : []);
            found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
        }
    }
}
