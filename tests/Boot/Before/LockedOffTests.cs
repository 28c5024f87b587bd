// VT-x locked off by another program before ours starts: the firmware set-up of many machines. SDM 3C 25.7 Enabling and
// Entering VMX Operation.

using System.Threading.Tasks;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Before;

public sealed class LockedOffTests() : BootTests(0)
{
    private const string Name = "locked-off";

    [Fact]
    public Task SaysThatVtxIsLockedOff() =>
        Check(new Row(Name, $"check --machine bochs --image {DiskBefore.Make(new LockOff(), Name)}", 2, 120, []));

    // FEATURE_CONTROL := locked, no VMX. Until the next reset nobody can change it.
    private sealed class LockOff : ProgramBefore
    {
        protected override void Begin(Assembler c, Label end)
        {
            c.mov(ecx, (uint)Msr.FeatureControl);
            c.mov(eax, (uint)FeatureControl.Lock);
            c.xor(edx, edx);
            c.wrmsr();
        }
    }
}
