// A disk that starts a ProgramBefore, and our image after it: a copy of out/minusone.img with the files exchanged.

using System.Diagnostics;
using System.IO;
using Xunit;

namespace MinusOne.Tests.Boot.Before;

internal static class DiskBefore
{
    private const string Started = "::EFI/BOOT/BOOTX64.EFI";
    private const string Next = @"\minusone\next.efi";

    // The image maker puts the only partition there.
    private const int PartitionOffset = 2048 * 512;

    private static readonly string s_output = Path.Combine(Row.Repository, "out");

    // Returns the name of the image file.
    public static string Make(ProgramBefore before, string name)
    {
        string folder = Path.Combine(s_output, name);
        Directory.CreateDirectory(folder);
        string program = Path.Combine(folder, "before.efi");
        string linked = Path.Combine(folder, "before.obj");
        File.WriteAllBytes(linked, before.Make(Next));
        Tool("lld-link",
            $"/entry:{ProgramBefore.Entry} /subsystem:efi_application /nodefaultlib {linked} /out:{program}");

        string disk = Path.Combine(folder, "disk.img");
        string partition = $"{disk}@@{PartitionOffset}";
        File.Copy(Path.Combine(s_output, "minusone.img"), disk, overwrite: true);
        Tool("mcopy", $"-i {partition} {Path.Combine(s_output, "BOOTX64.EFI")} ::{Next.Replace('\\', '/')}");
        Tool("mcopy", $"-o -i {partition} {program} {Started}");
        return disk;
    }

    private static void Tool(string name, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{name} {arguments}\n{error}");
    }
}
