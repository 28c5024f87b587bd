// What is pasted reaches a guest whole and in order, however much it is, and comes back so.

using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.Console;

public sealed class PasteTests
{
    private const string Greeting = "type; a line 'quit' ends\n";
    private const string Letters = "plain, ümläut, Ж, 漢字, 🙂\r\n";

    [Fact]
    public Task Paste64KiB() => Paste(64 << 10, 120);

    // The line of the emulated machine takes 87 us of its time a byte, 90 s in all. Bochs needs about three minutes for
    // that if it has a core to itself, and the limit is for when it has not.
    [Fact]
    [Trait("Speed", "Slow")]
    public Task Paste1MiB() => Paste(1 << 20, 1800);

    // Text of several bytes a letter, then rubbish: every byte value, escapes and ends of line among them.
    private static async Task Paste(int length, int seconds)
    {
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);
        Encoding.UTF8.GetBytes(Letters).CopyTo(sent, 0);
        byte[] rest = Encoding.ASCII.GetBytes("\nquit\n");
        RunProcess run = await RunProcess.Run("echo --machine bochs", seconds, sent.Concat(rest).ToArray());
        Assert.True(run.Status == 0, $"status {run.Status}\n{run.Error}");

        byte[] expected = [.. Encoding.ASCII.GetBytes(Greeting), .. sent, .. rest];
        int same = expected.AsSpan().CommonPrefixLength(run.Output);
        Assert.True(
            SHA256.HashData(expected).AsSpan().SequenceEqual(SHA256.HashData(run.Output)),
            $"{run.Output.Length} bytes of {expected.Length} came back, the first {same} unchanged\n{run.Error}");
    }
}
