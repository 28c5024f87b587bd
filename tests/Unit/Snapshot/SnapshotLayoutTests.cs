// Structs go into snapshots as they lie in memory. So the format's version stands for their layout: who moves a field
// of one makes older snapshots mean something else.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed class SnapshotLayoutTests
{
    // With another layout, SnapshotFormat.Version gets its next number, and this the one that is told here.
    [Fact]
    public void TheVersionStandsForThisLayout()
    {
        string layout = string.Join('\n', new[]
        {
            typeof(SnapshotGuest), typeof(ProcessorImage), typeof(BoardImage), typeof(ApicImage),
            typeof(DeviceImage), typeof(SeenLeaves),
        }.SelectMany(type => Fields(type, type.Name)));
        byte[] bytes = Encoding.UTF8.GetBytes(layout);
        Assert.Equal((3u, 0x9EBD_B101u), (SnapshotFormat.Version, ~SnapshotFormat.Sum(~0u, bytes)));
    }

    // The sum is that of everybody's CRC-32.
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF4_3926u)]
    public void TheSumIsTheUsualOne(string text, uint sum) =>
        Assert.Equal(sum, ~SnapshotFormat.Sum(~0u, Encoding.ASCII.GetBytes(text)));

    private static IEnumerable<string> Fields(Type type, string path) => type
        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .SelectMany(field => field.FieldType.IsPrimitive || field.FieldType.IsPointer || field.FieldType.IsEnum
            ? [$"{path}.{field.Name} {field.FieldType} {Length(type)}"]
            : Fields(field.FieldType, $"{path}.{field.Name}").Prepend($"{path}.{field.Name} {Length(type)}"));

    // An inline array has its length in an attribute.
    private static int Length(Type type) => type.GetCustomAttribute<InlineArrayAttribute>()?.Length
        ?? type.StructLayoutAttribute!.Size;
}
