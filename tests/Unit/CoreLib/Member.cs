// One type, method or field of an assembly. The key names it, the signature says everything that callers depend on.
namespace MinusOne.Tests.Unit.CoreLib;

internal sealed record Member(string Type, string Key, string Signature, bool IsVisible, bool IsIntrinsic);
