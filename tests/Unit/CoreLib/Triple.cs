// An element whose size is no power of two.
namespace MinusOne.Tests.Unit.CoreLib;

internal readonly record struct Triple(int A, int B, int C);
