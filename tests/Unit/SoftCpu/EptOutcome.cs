namespace MinusOne.Tests.Unit.SoftCpu;

internal enum EptOutcome
{
    Translated,
    Violation,
    Misconfigured,
}
