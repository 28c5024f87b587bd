// The built-in guests as they lie in the image: constant data that guests/ made at build time. C# imports functions,
// not data, so guests.obj carries a function for the address and one for the count.

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using MinusOne.Hv.Guests;

namespace MinusOne.Efi;

internal static unsafe class Guests
{
    public static ReadOnlySpan<GuestProgram> All => new(GuestProgramsAddress(), (int)ReadGuestProgramCount());

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GuestProgramsAddress")]
    private static extern GuestProgram* GuestProgramsAddress();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "ReadGuestProgramCount")]
    private static extern ulong ReadGuestProgramCount();
}
