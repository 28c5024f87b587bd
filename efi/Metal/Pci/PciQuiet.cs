// Takes from PCI functions what would reach into our memory once firmware's drivers are gone: bus mastering, and
// messages and lines of interrupts. Bridges go on passing others' on, and the display goes on reading its picture.
// PCI Local Bus Specification 3.0, 6.2.2 Device Control, 6.8 Message Signaled Interrupts.
namespace MinusOne.Efi.Metal.Pci;

internal static class PciQuiet
{
    private const uint BusMaster = 1 << 2;
    private const uint LineOff = 1 << 10;
    private const uint HasCapabilities = 1 << 20;
    private const uint CommandMask = 0xFFFF;
    private const uint Capabilities = 0x34;
    private const uint MessageCapability = 0x05;
    private const uint MessageTableCapability = 0x11;
    private const uint MessagesOn = 1 << 16;
    private const uint MessageTableOn = 1u << 31;
    private const int MostCapabilities = 48;
    private const uint FirstCapability = 0x40;
    private const uint DisplayClass = 0x03;
    private const uint BridgeClass = 0x06;

    // How many had bus mastering and have it no longer.
    public static int Silence()
    {
        int count = 0;
        var walk = new PciWalk();
        while (walk.MoveNext())
        {
            PciFunctionAddress function = walk.Current;
            uint command = function.Read(PciRegister.Command);
            SilenceMessages(function, command);
            uint kind = function.Read(PciRegister.Class) >> 24;
            if (!walk.IsBridge && kind is not DisplayClass and not BridgeClass)
            {
                // The upper half is status, whose ones would be cleared.
                function.Write(PciRegister.Command, ((command & CommandMask) | LineOff) & ~BusMaster);
                count += (command & BusMaster) != 0 ? 1 : 0;
            }
        }

        return count;
    }

    // A list that goes in circles ends after as many as there can be.
    private static void SilenceMessages(in PciFunctionAddress function, uint command)
    {
        uint at = (command & HasCapabilities) != 0 ? function.Read(Capabilities) & 0xFC : 0;
        for (int i = 0; i < MostCapabilities && at >= FirstCapability; i++)
        {
            uint head = function.Read(at);
            uint on = (head & 0xFF) switch
            {
                MessageCapability => MessagesOn,
                MessageTableCapability => MessageTableOn,
                _ => 0,
            };
            if ((head & on) != 0)
            {
                function.Write(at, head & ~on);
            }

            at = head >> 8 & 0xFC;
        }
    }
}
