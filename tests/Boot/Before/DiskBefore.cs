// A disk that starts a ProgramBefore, and our image after it.

using System.IO;

namespace MinusOne.Tests.Boot.Before;

internal static class DiskBefore
{
    private const string Started = @"\EFI\BOOT\BOOTX64.EFI";
    private const string Next = @"\minusone\next.efi";

    private static readonly string s_output = Path.Combine(Row.Repository, "out");

    // Returns the name of the image file.
    public static string Make(ProgramBefore before, string name)
    {
        string folder = Path.Combine(s_output, name);
        Directory.CreateDirectory(folder);
        string program = Path.Combine(folder, "before.efi");
        string linked = Path.Combine(folder, "before.obj");
        File.WriteAllBytes(linked, before.Make(Next));
        DiskCopy.Tool("lld-link",
            $"/entry:{ProgramBefore.Entry} /subsystem:efi_application /nodefaultlib {linked} /out:{program}");
        return DiskCopy.Make(
            folder, new() { [Next] = Path.Combine(s_output, "BOOTX64.EFI"), [Started] = program });
    }
}
