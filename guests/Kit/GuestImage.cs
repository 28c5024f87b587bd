// An assembled guest: its bytes, where they go, and in which mode the processor starts at the first of them.

using MinusOne.Hv.Guests;

namespace MinusOne.Guests.Kit;

internal sealed record GuestImage(StartMode Mode, ulong LoadAddress, byte[] Bytes);
