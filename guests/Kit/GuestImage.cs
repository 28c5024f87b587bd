// An assembled guest: its bytes, where they go, and in which mode the processor starts at the first of them.
namespace MinusOne.Guests.Kit;

internal sealed record GuestImage(StartMode Mode, ulong LoadAddress, byte[] Bytes)
{
    // A configuration without a guest.
    public static GuestImage None { get; } = new(StartMode.Real, 0, []);

    // How many characters it prints on its way to the end.
    public uint ConsoleCharacters { get; init; }
}
