// A guest on AMD's processor, through the real run loop: what CoreMachine is, and the guest's VMCB.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

internal sealed unsafe class SvmScene : IDisposable
{
    public const ulong Entry = 0x1000;

    public SvmScene(string preset = nameof(Presets.Ryzen), bool isProtected = false, bool asks = false)
    {
        Core = new CoreMachine(Presets.All[preset]());
        Core.Lesson->Features |= asks ? LessonFeatures.InjectOnVmcall : 0;
        Core.Config->Start.Mode = isProtected ? StartMode.Protected : StartMode.Real;
    }

    public CoreMachine Core { get; }

    public ScriptedGuest Guest => Core.Guest;

    public SoftSvm Svm => Core.Processor.Svm;

    // While it runs.
    public Vm* Vm => VmSlots.Of(Core.Machine)->At(0)->Vm;

    public Vmcb* Vmcb => (Vmcb*)SvmVcpu.Of(Vm->At(0))->Region.Pointer;

    // The whole script, which ends with HLT.
    public void Play(Action<ScriptedGuest> script)
    {
        Guest.Then(guest =>
        {
            script(guest);
            guest.Cli();
            guest.Hlt();
        });
        Play(GuestEnd.Halted);
    }

    public void Play(GuestEnd end)
    {
        Core.Config->ExpectedEnd = end;
        Assert.True(Core.Run(), Core.Log);
        Guest.AssertFinished();
    }

    // An event as a lesson queues it, by the call of AMD's.
    public void Ask(ScriptedGuest guest, uint information, uint errorCode = 0, uint length = 0)
    {
        (guest.Registers.Rax, guest.Registers.Rdx, guest.Registers.Rcx) = (information, errorCode, length);
        guest.Vmmcall();
    }

    public void Dispose() => Core.Dispose();
}
