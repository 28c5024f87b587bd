// The options that say which devices a guest has beside its disks; what is not said stays as it was.
//   net = lan0
//   rng = on
//   balloon = 64M
//   console = virtio
//   window = 80x25

using MinusOne.Efi.Options;

namespace MinusOne.Efi;

internal static class DeviceOptions
{
    public static void Read(OptionText options, ref DeviceOrder order)
    {
        order.Console = ConsoleName.KindOf(options, order.Console);
        order.Network = NetworkName.NumberOf(options, order.Network);
        order.Rng = OptionValues.ChoiceOf(options, "rng"u8, order.Rng);
        BalloonSize.Read(options, ref order);
        WindowSize.Read(options, ref order);
    }
}
