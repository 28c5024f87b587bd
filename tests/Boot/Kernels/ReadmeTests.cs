// The configuration that guests/README.md shows is taken from the page and runs as it stands, comments and all: a
// kernel of the test's own as the file that it names.

using System;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using MinusOne.Tests.Loading;
using Xunit;

namespace MinusOne.Tests.Boot.Kernels;

public sealed partial class ReadmeTests : IDisposable
{
    private const uint Load = 0x10_0000;

    private const string Told =
        """
        EAX 2BADB002memory 640 and 31744 KiB
        command line: quiet
        loader: MinusOne
        sections: 0
        modules: 1
        ld.so a=1, 5 bytes: more
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minusone-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task TheConfigurationOfThePageRuns()
    {
        string page = File.ReadAllText(Path.Combine(Row.Repository, "guests", "README.md"));
        string config = Write("my.conf", Encoding.UTF8.GetBytes(Example().Match(page).Groups[1].Value));
        byte[] header =
            MultibootWriter.Header(MultibootWriter.AddressFields, Load, Load, 0, 0, Load + TellingKernel.Code);
        string disk = DiskCopy.Make(_folder.FullName, new()
        {
            [@"\minusone\web.bin"] = Write("web.bin", TellingKernel.Make(Load, header)),
            [@"\minusone\ld.so"] = Write("ld.so", "more\0"u8.ToArray()),
            [@"\minusone\a.img"] = Write("a.img", new byte[512]),
        });

        RunProcess run = await RunProcess.Run($"--machine qemu --config {config} --image {disk}", 60, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.True(run.Text.StartsWith(Told), run.ToString());
        Assert.DoesNotContain("minusone.conf:", run.Error);
        Assert.Contains("guest name=web end=power-off expected=yes", run.Error);
    }

    private string Write(string name, byte[] content)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, content);
        return file;
    }

    [GeneratedRegex("```ini\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
