// Load options that are no text: the whole boot entry, as Dell's firmware passes it, at its end what the user wrote.

using System.Text;
using System.Threading.Tasks;
using Iced.Intel;
using Xunit;

namespace MinusOne.Tests.Boot.Before;

public sealed class LoadOptionTests() : BootTests(1)
{
    private const string Name = "boot-entry";

    // What the file says would be another guest.
    [Fact]
    public Task ReadsABootEntry() =>
        Check(new Row(
            Name, $"poweroff --machine qemu --image {DiskBefore.Make(new BootEntry(), Name)}", 0, 60, []));

    private sealed class BootEntry : ProgramBefore
    {
        private static readonly byte[] s_path = [4, 4, 8, 0, (byte)'x', 0, 0, 0, 0x7F, 0xFF, 4, 0];

        protected override byte[] LoadOptions =>
        [
            1, 0, 0, 0, (byte)s_path.Length, 0,
            .. Encoding.Unicode.GetBytes("MinusOne\0"), .. s_path, .. Encoding.Unicode.GetBytes("next hello\0"),
        ];

        protected override void Begin(Assembler c, Label end)
        {
        }
    }
}
