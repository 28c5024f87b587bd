// The cheapest way found to a position: its price, its last step, and what the steps before leave behind.

namespace MinusOne.Efi.Stubs.Packing;

internal struct PackNode
{
    public int Price;
    public PackStep Step;
    public int Distance;
    public int History;
}
