// A guest of the run loop that stops once, as for the monitor; then a test has it in its hands, as it would stand
// between two exits.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Core;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

internal sealed unsafe class SnapshotScene : IDisposable
{
    // The host's TSC when the guest was stopped, whatever the test takes.
    public const ulong Since = 50_000_000;

    // A word that the guest has written, and a page of zeroes that it has touched.
    public const ulong Written = 0x8000, Touched = 0x9000;

    // Memory of the machine that no guest was promised.
    private const int SpareFrames = 800;

    [ThreadStatic]
    private static Action<SnapshotScene> s_play;

    [ThreadStatic]
    private static Action<SnapshotScene> s_again;

    [ThreadStatic]
    private static SnapshotScene s_scene;

    public SnapshotScene(bool isAmd = false, uint vcpus = 1, DeviceOrder devices = default)
    {
        Core = new CoreMachine(isAmd ? Presets.All[nameof(Presets.Ryzen)]() : null, frames: 400);
        Spare = Core.Processor.Memory.Allocate(SpareFrames);
        Core.Machine->Memory.TrySet(Spare, SpareEnd, PhysicalKind.Usable);
        Core.Config->Flags = VmFeatures.Pc;
        Core.Settings = Core.Settings with { Vcpus = vcpus, Files = new KernelFiles { Devices = devices } };
    }

    public CoreMachine Core { get; }

    public Hpa Spare { get; }

    public Hpa SpareEnd => Spare + ((ulong)SpareFrames << 12);

    public Vm* Vm { get; private set; }

    public Vcpu* Vcpu { get; private set; }

    // What the guest does behind that, and who has it in their hands once more then. Leaf 1 is one that the run loop
    // answers, and asks behind it.
    public void Play(Action<SnapshotScene> play, Action<ScriptedGuest> work = null, Action<SnapshotScene> again = null)
    {
        (s_play, s_again, s_scene) = (play, again, this);
        Core.Machine->Hooks.Asked = &Asked;
        Core.Guest.Then(guest =>
        {
            guest.Write64(new Gpa(Written), 7);
            guest.Write64(new Gpa(Touched), 0);
            Core.Machine->At(0)->IsAsked = true;
            guest.Cpuid(work == null ? 0u : 1);
            if (work != null)
            {
                work(guest);
                Core.Machine->At(0)->IsAsked = true;
                guest.Cpuid(1);
            }

            guest.Cli();
            guest.Hlt();
        });
        Core.Run();
        Assert.Contains("every frame has come back", Core.Log);
        Assert.Equal(SpareEnd - Spare, Core.Machine->Memory.Total(PhysicalKind.Usable));
        Assert.True(s_play == null, Core.Log + Core.Console);
    }

    public byte[] Save()
    {
        SnapshotStore store = default;
        var frames = new SnapshotFrames(Vm->Machine);
        var writer = SnapshotWriter.Into(&store, &frames);
        GuestSnapshot.Save(ref writer, Vm, Vcpu, Since, withPages: true);
        Assert.False(writer.HasFailed);
        byte[] bytes = new byte[store.Bytes];
        int at = 0;
        for (byte* frame = store.First; frame != null; frame = SnapshotStore.Behind(frame))
        {
            int length = Math.Min(SnapshotStore.Room, bytes.Length - at);
            new ReadOnlySpan<byte>(frame + sizeof(ulong), length).CopyTo(bytes.AsSpan(at));
            at += length;
        }

        frames.Release();
        return bytes;
    }

    public SnapshotTrouble Load(byte[] bytes, ulong since = Since)
    {
        fixed (byte* start = bytes)
        {
            return GuestSnapshot.Load(SnapshotReader.Of(start, (ulong)bytes.Length), null, Vm, Vcpu, since);
        }
    }

    public void Dispose() => Core.Dispose();

    // An assertion that fails in here must not go through the run loop's frames unseen: xunit reports it as it comes.
    private static void Asked(Vm* vm, Vcpu* vcpu, ulong now)
    {
        vm->Processor->IsAsked = false;
        Action<SnapshotScene> play = s_play;
        (s_play, s_again) = (s_again, null);
        s_scene.Vm = vm;
        s_scene.Vcpu = vcpu;
        play(s_scene);
    }
}
