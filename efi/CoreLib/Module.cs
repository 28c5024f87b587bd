// What holds for all code that is compiled with this core library. Locals are not cleared before a function begins: C#
// lets nobody read one that was not written, and who asks for `stackalloc` or takes an address writes first.

[module: System.Runtime.CompilerServices.SkipLocalsInit]
