// The same guests without virtual-interrupt delivery.
namespace MinusOne.Tests.Unit.Core;

public sealed class PlainBoardTests : WholeBoardTests
{
    private protected override bool HasPlainApic => true;
}
