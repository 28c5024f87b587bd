// Why EPT did not let an access through, and what it would have allowed.
namespace MinusOne.Tests.Model;

internal readonly record struct EptFault(bool IsMisconfiguration, Access Allowed);
