// The names under which the image finds the built-in guests: two functions, because C# imports functions, not data,
// and the data that they answer for. Defined by guests.obj, declared by efi/Guests.cs.

namespace MinusOne.Efi.Stubs;

internal static class GuestSymbols
{
    public const string ProgramsAddress = "GuestProgramsAddress";
    public const string ReadProgramCount = "ReadGuestProgramCount";
    public const string Programs = "GuestPrograms";
    public const string ProgramCount = "GuestProgramCount";
    public const string Archive = "GuestArchive";
    public const string ArchiveAddress = "GuestArchiveAddress";
}
