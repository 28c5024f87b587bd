// The names under which the image finds the built-in guests: the catalogue, and a function that says where it is,
// because C# imports functions, not data. Defined by guests.obj, declared by efi/Guests.cs.
namespace MinusOne.Efi.Stubs;

internal static class GuestSymbols
{
    public const string Catalogue = "GuestCatalogue";
    public const string CatalogueAddress = "GuestCatalogueAddress";
}
