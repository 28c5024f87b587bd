// A remembered EPT table: where it lies, and the rights that the entries leading to it leave.
namespace MinusOne.Tests.Model;

internal readonly record struct EptTable(ulong Address, Access Rights);
