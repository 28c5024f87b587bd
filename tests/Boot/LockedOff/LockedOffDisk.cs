// A disk that starts LockOffProgram, and our image after it: a copy of out/minusone.img with the files exchanged.

using System.Diagnostics;
using System.IO;
using Xunit;

namespace MinusOne.Tests.Boot.LockedOff;

internal static class LockedOffDisk
{
    private const string Started = "::EFI/BOOT/BOOTX64.EFI";
    private const string Next = @"\minusone\next.efi";

    // The image maker puts the only partition there.
    private const int PartitionOffset = 2048 * 512;

    private static readonly string s_output = Path.Combine(Row.Repository, "out");

    // Returns the name of the image file.
    public static string Make()
    {
        string folder = Path.Combine(s_output, "locked-off");
        Directory.CreateDirectory(folder);
        string program = Path.Combine(folder, "lock-off.efi");
        string linked = Path.Combine(folder, "lock-off.obj");
        File.WriteAllBytes(linked, LockOffProgram.Make(Next));
        Tool("lld-link",
            $"/entry:{LockOffProgram.Entry} /subsystem:efi_application /nodefaultlib {linked} /out:{program}");

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
