// Why EPT did not let an access through, and what it would have allowed.

namespace MinusOne.Tests.Unit.SoftCpu;

internal readonly record struct EptFault(bool IsMisconfiguration, Access Allowed);
