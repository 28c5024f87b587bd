// VT-x locked off by another program before ours starts: the firmware set-up of many machines.

using System.Threading.Tasks;
using Xunit;

namespace MinusOne.Tests.Boot.LockedOff;

public sealed class LockedOffTests() : BootTests(0)
{
    [Fact]
    public Task SaysThatVtxIsLockedOff() =>
        Check(new Row("locked-off", $"check --machine bochs --image {LockedOffDisk.Make()}", 2, 120, []));
}
