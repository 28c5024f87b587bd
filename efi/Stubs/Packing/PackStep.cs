// One step of telling packed data: a literal byte (distance 0), or a copy.

namespace MinusOne.Efi.Stubs.Packing;

internal readonly record struct PackStep(int Length, int Distance);
